import { expect, test } from 'vitest'
import { noParameters } from './playground-request.ts'
import { replayOf } from './replay.ts'

const CHAT = '/v1/chat/completions'
const prompt = (text: string) => ({ text, images: [], recording: null })
const NONE = { image: 0, audio: 0, file: 0, tool: 0, other: 0 }
const chat = (messages: unknown, more: object = {}) =>
  replayOf(CHAT, JSON.stringify({ model: 'm1', stream: true, messages, ...more }))

test('a chat has its system prompt, what was said before, its last prompt and its parameters', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two' },
    { role: 'user', content: [{ type: 'text', text: 'three' }] },
  ]
  const more = { temperature: 0, top_p: 0.5, max_tokens: 50, reasoning_effort: 'low', user: 'u', seed: null }
  expect(chat(messages, more)).toEqual({
    mode: 'chat',
    parameters: {
      ...noParameters,
      system: 'Be brief.',
      temperature: '0',
      topP: '0.5',
      maxTokens: '50',
      reasoning: 'low',
    },
    past: [{ prompt: prompt('one'), reply: 'two' }],
    text: 'three',
    leftOut: { parts: NONE, members: [] },
  })
})

test('what the playground cannot send is counted and named', () => {
  const messages = [
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'data:,' } },
        { type: 'text', text: 'a' },
      ],
    },
    { role: 'assistant', content: null, tool_calls: [{ id: 'c1' }, { id: 'c2' }] },
    { role: 'tool', tool_call_id: 'c1', content: 'result' },
    { role: 'user', content: [{ type: 'input_audio' }, { type: 'file' }, { type: 'text', text: 'b' }] },
  ]
  expect(chat(messages, { tools: [], response_format: {} })).toMatchObject({
    // Nothing was said to the first of them.
    past: [],
    text: 'a\n\nb',
    leftOut: {
      parts: { image: 1, audio: 1, file: 1, tool: 3, other: 0 },
      members: ['tools', 'response_format'],
    },
  })
})

test('items that are no messages are counted, whatever their kind', () => {
  const input = [
    { type: 'web_search_call', id: 'ws_1' },
    { type: 'computer_call_output', output: {} },
    { type: 'item_reference', id: 'msg_1' },
    7,
    { role: 'user', content: 'a' },
  ]
  const reasoning = { effort: 'low', summary: 'auto' }
  expect(replayOf('/v1/responses', JSON.stringify({ input, reasoning }))).toMatchObject({
    text: 'a',
    leftOut: { parts: { ...NONE, tool: 2, other: 2 }, members: ['reasoning.summary'] },
  })
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: null, function_call: { name: 'f' } },
    { role: 'assistant', audio: { id: 'audio_1' } },
  ]
  expect(chat(messages)).toMatchObject({ leftOut: { parts: { ...NONE, tool: 1, audio: 1 } } })
})

test('words of the model come after a prompt', () => {
  const said = (role: string, content: string) => ({ role, content })
  expect(
    chat([said('assistant', 'hello'), said('user', 'a'), said('assistant', 'b'), said('assistant', 'c')]),
  ).toMatchObject({
    past: [{ prompt: prompt('a'), reply: 'b\n\nc' }],
    text: '',
    leftOut: { parts: { ...NONE, other: 1 } },
  })
})

test('a request to /v1/responses is a chat', () => {
  const read = (body: object) => replayOf('/v1/responses', JSON.stringify(body))
  expect(
    read({ input: 'hi', instructions: 'Be brief.', max_output_tokens: 9, reasoning: { effort: 'high' } }),
  ).toMatchObject({
    mode: 'chat',
    text: 'hi',
    parameters: { system: 'Be brief.', maxTokens: '9', reasoning: 'high' },
  })
  const input = [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'a' }, { type: 'input_image' }] },
    { type: 'function_call', name: 'f' },
    { type: 'reasoning', summary: [] },
    { role: 'assistant', content: [{ type: 'output_text', text: 'b' }] },
    { role: 'user', content: 'c' },
  ]
  expect(read({ input, previous_response_id: 'resp_1' })).toMatchObject({
    past: [{ prompt: prompt('a'), reply: 'b' }],
    text: 'c',
    leftOut: { parts: { ...NONE, image: 1, tool: 1 }, members: ['previous_response_id'] },
  })
})

test('pictures and speech have their own parameters', () => {
  expect(replayOf('/v1/images/generations', '{"prompt":"a pixel","size":"1024x1024","n":2}')).toMatchObject({
    mode: 'image',
    text: 'a pixel',
    parameters: { imageSize: '1024x1024' },
    leftOut: { members: ['n'] },
  })
  expect(replayOf('/v1/audio/speech', '{"input":"Good morning.","voice":"sage"}')).toMatchObject({
    mode: 'speech',
    text: 'Good morning.',
    parameters: { voice: 'sage' },
  })
  const own = '{"input":"Good morning.","voice":{"id":"voice_1"}}'
  expect(replayOf('/v1/audio/speech', own)).toMatchObject({ leftOut: { members: ['voice'] } })
})

test('what is no request of the playground says why', () => {
  expect(replayOf('/v1/embeddings', '{"input":"a"}')).toBe('endpoint')
  expect(replayOf('/v1/audio/transcriptions', '')).toBe('endpoint')
  for (const body of ['', '[]', '{"messages":"a b"', '{"messages":7}'])
    expect(replayOf(CHAT, body)).toBe('unreadable')
  expect(replayOf('/v1/images/generations', '{}')).toBe('unreadable')
})
