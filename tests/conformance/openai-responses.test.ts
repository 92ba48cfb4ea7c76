// The Responses API with OpenAI's SDK: whole, streamed, with tools, reasoning, structured outputs, and stored.
import { zodTextFormat } from 'openai/helpers/zod'
import type { ResponseInputItem, Tool } from 'openai/resources/responses/responses'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { type Pair, startPair } from '../support/clients/direct-and-through.ts'
import { openAi } from '../support/clients/openai-client.ts'

let pair: Pair

beforeAll(async () => {
  pair = await startPair()
})
afterAll(() => pair.close())

const ask = { model: 'm1', input: 'Grüß dich 👋' }
const weather: Tool = {
  type: 'function',
  name: 'weather',
  description: null,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  strict: true,
}

test('a response, with its head', async () => {
  const { data, response } = await pair.same((side) =>
    openAi(side)
      .responses.create({ ...ask, instructions: 'Be brief.', metadata: { purpose: 'conformance' } })
      .withResponse(),
  )
  expect(data.output_text).toBe('You said “Grüß dich 👋”. 日本 🎉')
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('9999')
})

test.for([
  ['a text', {}, 'response.output_text.delta', 'response.completed'],
  ['a refusal', { input: 'refuse' }, 'response.refusal.delta', 'response.completed'],
  ['a call of a tool', { tools: [weather] }, 'response.function_call_arguments.delta', 'response.completed'],
  [
    'reasoning',
    { reasoning: { effort: 'low' as const, summary: 'auto' as const } },
    'response.reasoning_summary_text.delta',
    'response.completed',
  ],
  ['a text that is truncated', { max_output_tokens: 2 }, 'response.output_text.delta', 'response.incomplete'],
  ['a failure', { model: 'failing-late' }, 'response.in_progress', 'response.failed'],
] as const)('a stream of %s', async ([, fields, amid, last]) => {
  const events = await pair.same(async (side) =>
    Array.fromAsync(
      await openAi(side).responses.create({
        ...ask,
        ...fields,
        tools: [...('tools' in fields ? fields.tools : [])],
        stream: true,
      }),
    ),
  )
  const types = events.map(({ type }) => type)
  expect(types.slice(0, 2)).toEqual(['response.created', 'response.in_progress'])
  expect(types).toContain(amid)
  expect(types.at(-1)).toBe(last)
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
})

test('a stream as the bytes of its lines', async () => {
  const text = await pair.same(async (side) => {
    const response = await openAi(side)
      .responses.create({ ...ask, stream: true })
      .asResponse()
    return response.text()
  })
  expect(text).toMatch(
    /^event: response\.created\ndata: \{.*\nevent: response\.completed\ndata: \{[^\n]*\n\n$/s,
  )
})

test('stream(): the helper’s events and its final response', async () => {
  const heard = await pair.same(async (side) => {
    const events: unknown[] = []
    const stream = openAi(side).responses.stream({ ...ask, tools: [weather], reasoning: { summary: 'auto' } })
    stream
      .on('event', ({ type }) => events.push(type))
      .on('response.function_call_arguments.delta', ({ delta, snapshot }) => events.push([delta, snapshot]))
    return [...events, await stream.finalResponse()]
  })
  expect(heard.at(-1)).toMatchObject({
    status: 'completed',
    output: [{ type: 'reasoning' }, { name: 'weather' }],
  })
})

test('parse(): a response that fits a schema, at once and streamed', async () => {
  const City = z.object({ name: z.string(), people: z.number().int(), rivers: z.array(z.string()) })
  const wanted = { ...ask, text: { format: zodTextFormat(City, 'city') } }
  const [whole, streamed] = await pair.same(async (side) => {
    const client = openAi(side)
    return [
      (await client.responses.parse(wanted)).output_parsed,
      (await client.responses.stream(wanted).finalResponse()).output_parsed,
    ]
  })
  expect(whole).toEqual({ name: 'Zürich', people: 3, rivers: ['Zürich', 'Zürich'] })
  expect(streamed).toEqual(whole)
})

test('a tool’s output, given with all that came before', async () => {
  const text = await pair.same(async (side) => {
    const client = openAi(side)
    const input: ResponseInputItem[] = [{ role: 'user', content: ask.input }]
    const first = await client.responses.create({ model: 'm1', input, tools: [weather], store: false })
    for (const item of first.output) {
      if (item.type !== 'function_call') continue
      input.push(item, {
        type: 'function_call_output',
        call_id: item.call_id,
        output: `sun in ${item.arguments}`,
      })
    }
    return (await client.responses.create({ model: 'm1', input, tools: [weather], store: false })).output_text
  })
  expect(text).toBe('The tools say: sun in {"city":"Zürich"}')
})

test('a stored response as a stream, from where another was aborted', async () => {
  const types = await pair.same(async (side) => {
    const client = openAi(side)
    const { id } = await client.responses.create(ask)
    const events = await Array.fromAsync(
      await client.responses.retrieve(id, { stream: true, starting_after: 3 }),
    )
    return events.map(({ type }) => type)
  })
  expect(types[0]).toBe('response.output_text.delta')
  expect(types.at(-1)).toBe('response.completed')
})

test('a conversation that is compacted, and one whose tokens are counted', async () => {
  const [compacted, counted] = await pair.same(async (side) => {
    const client = openAi(side)
    return [
      await client.responses.compact({ model: 'm1', input: ask.input }),
      await client.responses.inputTokens.count(ask),
    ] as const
  })
  expect(compacted).toMatchObject({ object: 'response.compaction', usage: { output_tokens_details: {} } })
  expect(counted.input_tokens).toBeGreaterThan(5)
})

test('stored responses: followed up, looked up, cancelled, deleted, not found', async () => {
  const [first, next, items] = await pair.same(async (side) => {
    const client = openAi(side)
    const one = await client.responses.create({ ...ask, store: true })
    const two = await client.responses.create({ model: 'm1', input: 'And?', previous_response_id: one.id })
    const found = await client.responses.retrieve(one.id)
    const inputs = await Array.fromAsync(client.responses.inputItems.list(two.id))
    await client.responses.cancel(one.id)
    await client.responses.delete(one.id)
    return [found, two, inputs] as const
  })
  expect(next.previous_response_id).toBe(first.id)
  expect(next.usage?.input_tokens).toBeGreaterThan(first.usage?.input_tokens ?? 0)
  expect(items).toHaveLength(1)
  expect(await pair.sameFailure((side) => openAi(side).responses.retrieve(first.id))).toMatchObject({
    status: 404,
  })
})
