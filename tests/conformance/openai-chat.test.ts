// Chat completions with OpenAI's SDK: plain, streamed, with tools.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Pair, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'
import { chat, clock, messages, saying, weather } from '../support/clients/sdk-chat.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

test('a completion, with its head', async () => {
  const { data, response } = await pair.same((side) =>
    openAi(side).chat.completions.create(chat).withResponse(),
  )
  expect(data.choices[0]?.message.content).toBe('You said “Grüß dich 👋”. 日本 🎉')
  expect(response.headers.get('openai-version')).toBe('2020-10-01')
  expect(response.headers.get('x-ratelimit-reset-tokens')).toBe('6m0s')
})

test('the response itself, unread', async () => {
  const text = await pair.same(async (side) => {
    const response = await openAi(side).chat.completions.create(chat).asResponse()
    return response.text()
  })
  expect(JSON.parse(text)).toMatchObject({ object: 'chat.completion' })
})

test('every setting of a completion reaches the upstream, and every part of the response the client', async () => {
  const completion = await pair.same((side) =>
    openAi(side).chat.completions.create(
      {
        ...chat,
        n: 2,
        logprobs: true,
        top_logprobs: 2,
        temperature: 0.1,
        seed: 7,
        max_completion_tokens: 3,
        stop: ['\n\n'],
        logit_bias: { '50256': -100 },
        metadata: { purpose: 'conformance' },
        reasoning_effort: 'low',
        service_tier: 'auto',
        user: 'someone',
      },
      { headers: { 'X-Client-Request-Id': 'mine-1', 'X-Custom': 'ü'.normalize('NFC') } },
    ),
  )
  expect(completion.choices).toHaveLength(2)
  expect(completion.choices[1]).toMatchObject({
    finish_reason: 'length',
    logprobs: { content: [{}, {}, {}] },
  })
  expect(completion.usage?.completion_tokens_details?.reasoning_tokens).toBe(5)
})

test('the client’s own headers and query reach the upstream', async () => {
  const received = await pair.same(async (side) => {
    const client = openAi(side, {
      defaultQuery: { 'api-version': '2026 a+b&c', list: ['1', '2'] as unknown as string },
      defaultHeaders: { 'OpenAI-Beta': 'assistants=v2', 'OpenAI-Safety-Identifier': 'x' },
    })
    await client.chat.completions.create(chat, { idempotencyKey: 'once', query: { debug: 'true' } })
    const { request } = side.upstream.exchanges.at(-1) ?? {}
    return [request?.path, request?.headers['openai-beta']]
  })
  expect(received[1]).toBe('assistants=v2')
  expect(received[0]).toContain('api-version=2026')
})

test('pictures and sounds in a message', async () => {
  const completion = await pair.same((side) =>
    openAi(side).chat.completions.create({
      model: 'm1',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            {
              type: 'image_url',
              image_url: { url: `data:image/png;base64,${'iVBORw0KGgo'.repeat(20_000)}` },
            },
            { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
          ],
        },
      ],
    }),
  )
  expect(completion.choices[0]?.message.content).toContain('What is this? [image_url] [input_audio]')
})

test.for([
  ['without a wish for usage', {}],
  ['with usage', { stream_options: { include_usage: true } }],
  ['without obfuscation', { stream_options: { include_obfuscation: false } }],
  ['of several choices with logprobs', { n: 2, logprobs: true }],
  ['of a refusal', saying('refuse this')],
  ['that is truncated', { max_tokens: 2 }],
] as const)('a stream %s', async ([, fields]) => {
  const chunks = await pair.same(async (side) =>
    Array.fromAsync(
      (await openAi(side).chat.completions.create({
        ...chat,
        ...fields,
        stream: true,
      })) as AsyncIterable<unknown>,
    ),
  )
  const usage = 'stream_options' in fields && 'include_usage' in fields.stream_options
  expect(chunks.length).toBeGreaterThan(3)
  expect(chunks.filter((chunk) => 'usage' in (chunk as object))).toHaveLength(usage ? chunks.length : 0)
})

test('a stream as the bytes of its lines', async () => {
  const text = await pair.same(async (side) => {
    const response = await openAi(side)
      .chat.completions.create({ ...chat, stream: true })
      .asResponse()
    return response.text()
  })
  expect(text).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s)
})

test('a stream split in two, and one made to be read by another program', async () => {
  const [remaining, right, lines] = await pair.same(async (side) => {
    const stream = await openAi(side).chat.completions.create({ ...chat, stream: true })
    const [one, two] = stream.tee()
    const other = await openAi(side).chat.completions.create({ ...chat, stream: true })
    return [
      await Array.fromAsync(one),
      await Array.fromAsync(two),
      await new Response(other.toReadableStream()).text(),
    ] as const
  })
  expect(remaining).toEqual(right)
  expect(lines.trim().split('\n')).toHaveLength(remaining.length)
})

test('calls of tools, their outputs, and the response that follows', async () => {
  const [asked, reported] = await pair.same(async (side) => {
    const client = openAi(side)
    const first = await client.chat.completions.create({ ...chat, tools: [weather, clock] })
    const calls = first.choices[0]?.message.tool_calls ?? []
    const second = await client.chat.completions.create({
      ...chat,
      tools: [weather, clock],
      messages: [
        ...messages,
        ...first.choices.map(({ message }) => message),
        ...calls.map(({ id }) => ({ role: 'tool' as const, tool_call_id: id, content: `output of ${id}` })),
      ],
    })
    return [first, second] as const
  })
  expect(asked.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: null,
      tool_calls: [
        { type: 'function', function: { name: 'weather', arguments: '{"city":"Zürich","days":3}' } },
        { type: 'function', function: { name: 'clock', arguments: '{"zone":"Europe/Zurich"}' } },
      ],
    },
  })
  expect(reported.choices[0]?.message.content).toMatch(/^The tools say: output of call_\w+; output of call_/)
})

test('one tool that must be called, and tools that must not', async () => {
  const [one, none] = await pair.same((side) =>
    Promise.all([
      openAi(side).chat.completions.create({
        ...chat,
        tools: [weather, clock],
        tool_choice: { type: 'function', function: { name: 'weather' } },
        parallel_tool_calls: false,
      }),
      openAi(side).chat.completions.create({ ...chat, tools: [weather], tool_choice: 'none' }),
    ]),
  )
  expect(one.choices[0]?.message.tool_calls).toHaveLength(1)
  expect(none.choices[0]?.message.tool_calls).toBeUndefined()
})

test('stored completions: made, looked up, listed', async () => {
  const [made, found, listed] = await pair.same(async (side) => {
    const client = openAi(side)
    const completion = await client.chat.completions.create({
      ...chat,
      store: true,
      metadata: { case: 'stored' },
    })
    return [
      completion,
      await client.chat.completions.retrieve(completion.id),
      (await client.chat.completions.list({ limit: 5, metadata: { case: 'stored' } })).data,
    ] as const
  })
  expect(found).toMatchObject({ id: made.id, metadata: { case: 'stored' } })
  expect(listed).toHaveLength(1)
})

test('the older completions, whole and streamed', async () => {
  const older = { model: 'm1', prompt: 'Once upon', max_tokens: 50 }
  const [whole, ...streams] = await pair.same(async (side) => {
    const client = openAi(side)
    return [
      await client.completions.create(older),
      await Array.fromAsync(await client.completions.create({ ...older, stream: true })),
      await Array.fromAsync(
        await client.completions.create({ ...older, stream: true, stream_options: { include_usage: true } }),
      ),
    ] as const
  })
  expect(whole.choices[0]?.text).toContain('Once upon')
  expect(streams[1]?.length).toBe((streams[0]?.length ?? 0) + 1)
})
