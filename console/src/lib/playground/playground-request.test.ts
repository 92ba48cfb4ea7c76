import { expect, test } from 'vitest'
import { noParameters, requestOf, wrongNumbers } from './playground-request.ts'
import { isShortened, languages, requestCode } from './request-code.ts'

const prompt = (text: string, images: string[] = []) => ({ text, images, recording: null })
const PICTURE = `data:image/png;base64,${'A'.repeat(1_000)}`

test('a chat has its system prompt, what was said before, and no parameter that nobody has set', () => {
  const past = [{ prompt: prompt('one'), reply: 'two' }]
  const plain = requestOf('chat', 'm1', noParameters, [], prompt('hello'))
  expect(plain).toEqual({
    path: '/v1/chat/completions',
    json: { model: 'm1', messages: [{ role: 'user', content: 'hello' }], stream: true },
  })
  const parameters = {
    ...noParameters,
    system: 'Be brief.',
    temperature: '0',
    maxTokens: '50',
    reasoning: 'low',
  }
  expect(requestOf('chat', 'm1', parameters, past, prompt('', [PICTURE]))).toMatchObject({
    json: {
      temperature: 0,
      max_completion_tokens: 50,
      reasoning_effort: 'low',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'two' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: PICTURE } }] },
      ],
    },
  })
})

test('numbers that are none are named', () => {
  expect([...wrongNumbers(noParameters)]).toEqual([])
  const typed = { ...noParameters, temperature: '2.1', topP: 'half', maxTokens: '1.5' }
  expect([...wrongNumbers(typed)]).toEqual(['temperature', 'topP', 'maxTokens'])
})

test('the request as code names the variable of the secret, and quotes what was typed', () => {
  const request = requestOf('chat', 'm1', { ...noParameters, temperature: '0.5' }, [], prompt(`it's "so"`))
  const [curl, python, node] = languages.map((language) => requestCode(language, request, 'http://host'))
  expect(curl).toContain(
    `curl 'http://host/v1/chat/completions' -N \\\n  -H "Authorization: Bearer $LATCHKEY_API_KEY"`,
  )
  expect(curl).toContain(`it'\\''s \\"so\\"`)
  expect(python).toContain('api_key=os.environ["LATCHKEY_API_KEY"]')
  expect(python).toContain(
    'messages=[{"role": "user", "content": "it\'s \\"so\\""}],\n    temperature=0.5,\n    stream=True,',
  )
  expect(node).toContain('apiKey: process.env.LATCHKEY_API_KEY')
})

test('a picture is shortened in the code, and a recording is a file', () => {
  const picture = requestOf('chat', 'm1', noParameters, [], prompt('what?', [PICTURE]))
  expect(isShortened(picture)).toBe(true)
  for (const language of languages)
    expect(requestCode(language, picture, '')).toContain('data:image/png;base64,…')
  const recording = new File(['x'], "what's said.mp3")
  const transcription = requestOf('transcription', 'w1', noParameters, [], {
    text: '',
    images: [],
    recording,
  })
  expect(isShortened(transcription)).toBe(false)
  expect(requestCode('curl', transcription, '')).toContain(`-F 'file=@what'\\''s said.mp3'`)
})
