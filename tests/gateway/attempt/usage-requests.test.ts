// Upstreams that refuse `stream_options`, which the gateway adds to the streams of clients that do not ask for usage.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { chatStream, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

type Refusal = { status: number; body: unknown }

/** The refusals of known servers, as they were reported. */
const REFUSALS: [string, Refusal][] = [
  [
    'OpenAI',
    {
      status: 400,
      body: {
        error: {
          message: 'Unrecognized request argument supplied: stream_options',
          type: 'invalid_request_error',
          param: null,
          code: null,
        },
      },
    },
  ],
  [
    'FastAPI with pydantic',
    {
      status: 422,
      body: {
        detail: [
          { type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' },
        ],
      },
    },
  ],
  ['a text', { status: 400, body: 'unknown field "stream_options"' }],
  ['one that names the inner field', { status: 400, body: { error: 'include_usage is not supported' } }],
]

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''
let refusal: Refusal | null = null
let models = 0

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (refusal !== null && asksUsage(request.json)) return json(response, refusal.status, refusal.body)
    startEvents(response)
    response.end(chatStream(asksUsage(request.json)))
  })
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_ROUTING_EXTRA_ATTEMPTS: '0' },
  })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  upstream.received.length = 0
  refusal = null
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

function asksUsage(body: unknown): boolean {
  return (body as { stream_options?: { include_usage?: boolean } }).stream_options?.include_usage === true
}

const asked = () => upstream.received.map((request) => asksUsage(request.json))
const newModel = () => `m${++models}`

test.for(REFUSALS)('a stream whose usage request is refused is sent without it: %s', async ([, refused]) => {
  refusal = refused
  const model = newModel()
  const reply = await chat(latchkey, secret, { model, stream: true })
  expect(reply.status).toBe(200)
  expect(await reply.text()).toBe(chatStream(false))
  expect(asked()).toEqual([true, false])
  expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'SUCCESS', usageSource: 'ESTIMATED' })
  // Known from now on: not a request more than a client without a gateway would make.
  expect(await (await chat(latchkey, secret, { model, stream: true })).text()).toBe(chatStream(false))
  expect(asked()).toEqual([true, false, false])
  // Another model of the same upstream may be served by another server.
  expect(await (await chat(latchkey, secret, { model: newModel(), stream: true })).text()).toBe(
    chatStream(false),
  )
  expect(asked()).toEqual([true, false, false, true, false])
})

test('other stream options of the client stay', async () => {
  refusal = REFUSALS[0]?.[1] ?? null
  const options = { include_obfuscation: false }
  await (await chat(latchkey, secret, { model: newModel(), stream: true, stream_options: options })).text()
  expect(upstream.received.map(({ json }) => (json as { stream_options: unknown }).stream_options)).toEqual([
    { ...options, include_usage: true },
    options,
  ])
})

test.for<[string, Refusal, Record<string, unknown>]>([
  ['another field', { status: 400, body: { error: { message: 'Unknown field: top_k' } } }, {}],
  ['another status', { status: 500, body: { error: { message: 'stream_options broke me' } } }, {}],
  [
    'what the client itself asked for',
    { status: 400, body: { error: { message: 'Unknown field: stream_options' } } },
    { stream_options: { include_usage: true } },
  ],
])('a refusal of %s is the client’s', async ([, refused, fields]) => {
  refusal = refused
  const reply = await chat(latchkey, secret, { model: newModel(), stream: true, ...fields })
  expect(reply.status).toBe(refused.status)
  expect(await reply.json()).toEqual(refused.body)
  expect(upstream.received).toHaveLength(1)
})

test('a request that is refused without the usage request too is the client’s error, and nothing is remembered', async () => {
  const model = newModel()
  const echoed = {
    detail: [{ loc: ['body', 'messages'], msg: 'bad', input: { stream_options: { include_usage: true } } }],
  }
  upstream.respondWith((_request, response) => json(response, 422, echoed))
  const reply = await chat(latchkey, secret, { model, stream: true })
  expect(reply.status).toBe(422)
  expect(asked()).toEqual([true, false])
  upstream.respondWith((request, response) => {
    startEvents(response)
    response.end(chatStream(asksUsage(request.json)))
  })
  await (await chat(latchkey, secret, { model, stream: true })).text()
  expect(asked()).toEqual([true, false, true])
})

test('an upstream that is set to requestStreamUsage: false is never asked for usage', async () => {
  const run = async (text: string, input: Record<string, unknown>) => {
    const { data, errors } = await latchkey.graphql(text, { input })
    expect(errors).toBeUndefined()
    return data
  }
  const { createUpstream } = await run(
    'mutation ($input: CreateUpstreamInput!) { createUpstream(input: $input) { upstream { id requestStreamUsage } userErrors { message } } }',
    { name: 'strict', kind: 'GENERIC', baseUrl: upstream.baseUrl, requestStreamUsage: false },
  )
  expect(createUpstream).toMatchObject({ upstream: { requestStreamUsage: false }, userErrors: [] })
  const { id } = createUpstream.upstream
  await run(
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { userErrors { message } } }',
    { name: 'strict', routes: [{ upstreamId: id, upstreamModel: 'there' }] },
  )
  const reply = await chat(latchkey, secret, { model: 'strict', stream: true })
  await reply.text()
  expect(asked()).toEqual([false])
  expect(await logOf(latchkey, reply)).toMatchObject({ usageSource: 'ESTIMATED' })
  const { updateUpstream } = await run(
    'mutation ($input: UpdateUpstreamInput!) { updateUpstream(input: $input) { upstream { requestStreamUsage } userErrors { message } } }',
    { id, requestStreamUsage: true },
  )
  expect(updateUpstream).toEqual({ upstream: { requestStreamUsage: true }, userErrors: [] })
  await (await chat(latchkey, secret, { model: 'strict', stream: true })).text()
  expect(asked()).toEqual([false, true])
})
