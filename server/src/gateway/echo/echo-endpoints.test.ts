import { describe, expect, test } from 'vitest'
import { echoResponse } from './echo-endpoints.ts'

const NOW = 1_763_800_000

describe('chat', () => {
  test('returns the text of the last user message', () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'first' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Hello' },
          { type: 'image_url', image_url: {} },
          { type: 'text', text: 'world' },
        ],
      },
      { role: 'assistant', content: 'no' },
    ]
    expect(json('/chat/completions', { model: 'echo', messages })).toMatchObject({
      object: 'chat.completion',
      created: NOW,
      model: 'echo',
      choices: [{ index: 0, message: { role: 'assistant' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 7, total_tokens: expect.any(Number) },
    })
  })

  test('the same request has the same response', () => {
    const body = { model: 'echo', messages: [{ role: 'user', content: 'x' }] }
    expect(ask('/chat/completions', body)).toEqual(ask('/chat/completions', body))
  })

  test.for([
    undefined,
    null,
    'text',
    [],
    [null, 1, 'x'],
    [{}],
    [{ role: 'user' }],
    [{ role: 'user', content: 7 }],
  ])('messages that are %j are an empty text, no fault', (messages) => {
    expect(json('/chat/completions', { model: 'echo', messages })).toMatchObject({
      choices: [{ message: { content: '' } }],
      usage: { completion_tokens: 0 },
    })
  })

  test('a stream is the same text in chunks, and reports usage only where requested', () => {
    const body = { model: 'echo', stream: true, messages: [{ role: 'user', content: 'one two' }] }
    const plain = dataOf(ask('/chat/completions', body).chunks)
    expect(plain.at(-1)).toBe('[DONE]')
    expect(plain.slice(0, -1).map(contentOf).join('')).toBe('one two')
    expect(plain.join()).not.toContain('usage')

    const includesUsage = dataOf(
      ask('/chat/completions', { ...body, stream_options: { include_usage: true } }).chunks,
    )
    const chunks = includesUsage.slice(0, -1).map((data) => JSON.parse(data) as Record<string, unknown>)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 2, completion_tokens: 2 } })
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
  })
})

describe('embeddings', () => {
  test('have length 1, depend on the text alone, and come in both forms', () => {
    const floats = json('/embeddings', { model: 'echo', input: ['a', 'b', 'a'] }) as Embeddings
    const [first, second, third] = floats.data.map(({ embedding }) => embedding as number[])
    expect(first).toHaveLength(256)
    expect(Math.hypot(...(first ?? []))).toBeCloseTo(1, 5)
    expect(third).toEqual(first)
    expect(second).not.toEqual(first)
    const base64 = json('/embeddings', { model: 'echo', input: 'a', encoding_format: 'base64' }) as Embeddings
    const bytes = Buffer.from(String(base64.data[0]?.embedding), 'base64')
    expect(Array.from({ length: 256 }, (_, at) => bytes.readFloatLE(at * 4))).toEqual(first)
  })

  test.for([
    [8, 8],
    [1e9, 4_096],
    [0, 256],
    [-1, 256],
    [1.5, 256],
    ['12', 256],
  ] as const)('dimensions %j make %d numbers', ([dimensions, length]) => {
    const { data } = json('/embeddings', { model: 'echo', input: 'a', dimensions }) as Embeddings
    expect(data[0]?.embedding).toHaveLength(length)
  })

  test('a prompt in tokens is one input', () => {
    expect((json('/embeddings', { model: 'echo', input: [1, 2, 3] }) as Embeddings).data).toHaveLength(1)
  })

  // OpenAI's own limit; each costs the process time.
  test('takes at most 2,048 inputs', () => {
    expect(ask('/embeddings', { model: 'echo', input: Array(2_048).fill('a'), dimensions: 1 }).status).toBe(
      200,
    )
    const refused = ask('/embeddings', { model: 'echo', input: Array(2_049).fill('a'), dimensions: 1 })
    expect(refused.status).toBe(400)
    expect(JSON.parse(Buffer.concat(refused.chunks).toString())).toMatchObject({ error: { param: 'input' } })
  })
})

test('completions echo their prompt', () => {
  expect(json('/completions', { model: 'echo', prompt: ['a', 'b'] })).toMatchObject({
    object: 'text_completion',
    choices: [{ text: 'a b', finish_reason: 'stop' }],
  })
})

test('the Responses API returns the last input', () => {
  expect(
    json('/responses', {
      model: 'echo',
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    }),
  ).toMatchObject({
    object: 'response',
    status: 'completed',
    output: [{ type: 'message', content: [{ type: 'output_text', text: 'hi' }] }],
  })
})

test('a response streams as numbered events', () => {
  const { chunks } = ask('/responses', { model: 'echo', input: 'one two', stream: true })
  const all = dataOf(chunks).map((data) => JSON.parse(data) as { type: string; sequence_number: number })
  expect(all.map(({ sequence_number }) => sequence_number)).toEqual(all.map((_, index) => index))
  expect(all.at(0)?.type).toBe('response.created')
  expect(all.at(-1)).toMatchObject({ type: 'response.completed', response: { usage: { output_tokens: 2 } } })
})

test('what it does not serve says how to get it', () => {
  const reply = echoResponse('POST', '/images/generations', Buffer.from('{}'), NOW)
  expect(reply.status).toBe(404)
  expect(JSON.parse(Buffer.concat(reply.chunks).toString())).toMatchObject({
    error: {
      code: 'unsupported_endpoint',
      param: null,
      message: expect.stringContaining('LATCHKEY_UPSTREAM_URL'),
    },
  })
})

// Bodies over 128 KiB reach an upstream unparsed, and the echo is one.
test.for([
  '{"model":"echo","x":[nonsense]}',
  `{"model":"echo","metadata":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`,
])('a body that it cannot read is a 400, not a crash', (body) => {
  expect(echoResponse('POST', '/responses', Buffer.from(body), NOW).status).toBe(400)
})

type Embeddings = { data: { embedding: number[] | string }[] }

function ask(path: string, body: unknown) {
  return echoResponse('POST', path, Buffer.from(JSON.stringify(body)), NOW)
}

function json(path: string, body: unknown): unknown {
  return JSON.parse(Buffer.concat(ask(path, body).chunks).toString())
}

function dataOf(chunks: Buffer[]): string[] {
  return Buffer.concat(chunks)
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6))
}

function contentOf(data: string): string {
  const { choices } = JSON.parse(data) as { choices: { delta: { content?: string } }[] }
  return choices[0]?.delta.content ?? ''
}
