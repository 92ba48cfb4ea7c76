// The official SDK against a Latchkey with nothing configured: what the documentation shows, offline.
import OpenAI, { NotFoundError } from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { requestLogs } from '../support/server/request-logs.ts'

const messages = [{ role: 'user' as const, content: 'Hello, 世界!' }]

let latchkey: TestLatchkey
let openai: OpenAI

beforeAll(async () => {
  latchkey = await startLatchkey()
  const { secret } = await latchkey.createKey()
  openai = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: secret })
})
afterAll(() => latchkey.close())

test('the original documentation’s own example', async () => {
  const completion = await openai.chat.completions.create({ model: 'local-gemini-auto', messages })
  expect(completion.choices[0]?.message.content).toBe('Hello, 世界!')
  expect(completion.usage?.total_tokens).toBe(10)
  expect(completion._request_id).toBe((await requestLogs(latchkey))[0]?.id)
})

test('a key with `sk-` before it', async () => {
  const prefixed = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: `sk-${openai.apiKey}` })
  expect((await prefixed.chat.completions.create({ model: 'auto', messages })).choices).toHaveLength(1)
})

test('a stream, whose usage comes only where it was requested', async () => {
  for (const include_usage of [undefined, true]) {
    const stream = await openai.chat.completions.create({
      model: 'auto',
      messages,
      stream: true,
      ...(include_usage ? { stream_options: { include_usage } } : {}),
    })
    let text = ''
    const usages: unknown[] = []
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (chunk.usage) usages.push(chunk.usage.total_tokens)
      else expect('usage' in chunk).toBe(include_usage === true)
    }
    expect(text).toBe('Hello, 世界!')
    expect(usages).toEqual(include_usage ? [10] : [])
    expect((await requestLogs(latchkey))[0]).toMatchObject({
      inputTokens: 5,
      outputTokens: 5,
      streamed: true,
    })
  }
})

test('the stream helper', async () => {
  const helper = openai.chat.completions.stream({ model: 'auto', messages })
  const deltas: string[] = []
  helper.on('content', (delta) => deltas.push(delta))
  const final = await helper.finalChatCompletion()
  expect(deltas.join('')).toBe('Hello, 世界!')
  expect(final.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Hello, 世界!' } })
})

test('completions', async () => {
  const completion = await openai.completions.create({ model: 'auto', prompt: 'Once' })
  expect(completion.choices[0]?.text).toBe('Once')
  let text = ''
  for await (const chunk of await openai.completions.create({
    model: 'auto',
    prompt: 'one two',
    stream: true,
  }))
    text += chunk.choices[0]?.text ?? ''
  expect(text).toBe('one two')
})

test('embeddings, the same in both encodings', async () => {
  const byDefault = await openai.embeddings.create({ model: 'auto', input: ['a', 'b'] })
  const floats = await openai.embeddings.create({
    model: 'auto',
    input: ['a', 'b'],
    encoding_format: 'float',
  })
  expect(byDefault.data).toHaveLength(2)
  expect(byDefault.data.map(({ embedding }) => [...embedding])).toEqual(
    floats.data.map(({ embedding }) => embedding),
  )
})

test('responses, whole and streamed', async () => {
  const response = await openai.responses.create({ model: 'auto', input: 'Hello there' })
  expect(response.output_text).toBe('Hello there')
  const types: string[] = []
  let text = ''
  for await (const event of await openai.responses.create({
    model: 'auto',
    input: 'Hello there',
    stream: true,
  })) {
    types.push(event.type)
    if (event.type === 'response.output_text.delta') text += event.delta
  }
  expect(text).toBe('Hello there')
  expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed'])
  const helper = openai.responses.stream({ model: 'auto', input: 'Hello there' })
  expect((await helper.finalResponse()).output_text).toBe('Hello there')
})

test('models', async () => {
  const ids: string[] = []
  for await (const model of openai.models.list()) ids.push(model.id)
  expect(ids).toEqual(['auto', 'local-gemini-auto', 'echo'])
  expect(await openai.models.retrieve('echo')).toMatchObject({ id: 'echo', object: 'model' })
  await expect(openai.models.retrieve('gpt-9')).rejects.toThrow(NotFoundError)
})
