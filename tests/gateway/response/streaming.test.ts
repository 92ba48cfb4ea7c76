// Streams of events: what the client sees, and when.
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { chat, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { chatChunks, chatStream, event, startEvents, USAGE } from '../../support/upstreams/chat-responses.ts'
import { type Responder, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const response: Responder = (request, response) => {
  startEvents(response)
  const { stream_options: options } = request.json as { stream_options?: { include_usage?: boolean } }
  response.end(chatStream(options?.include_usage === true))
}

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream(response)
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => upstream.respondWith(response))
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([undefined, null, {}, { include_usage: false }])(
  'with stream_options %j the client sees no usage, and the log has it',
  async (options) => {
    const reply = await chat(latchkey, secret, { stream: true, stream_options: options })
    expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(reply.headers.get('cache-control')).toBe('no-cache')
    expect(reply.headers.get('x-accel-buffering')).toBe('no')
    expect(await reply.text()).toBe(chatStream(false))
    expect(upstream.received.at(-1)?.json).toMatchObject({ stream_options: { include_usage: true } })
    expect(await logOf(latchkey, reply)).toMatchObject({
      inputTokens: 9,
      outputTokens: 12,
      usageSource: 'PROVIDER',
    })
  },
)

test('a client that requests usage gets the upstream’s stream to the byte', async () => {
  const reply = await chat(latchkey, secret, { stream: true, stream_options: { include_usage: true } })
  expect(await reply.text()).toBe(chatStream(true))
  expect(await logOf(latchkey, reply)).toMatchObject({ inputTokens: 9, outputTokens: 12 })
})

test.for([{}, { choices: null }, { choices: [] }])(
  'what an upstream adds to the usage chunk (choices: %j) reaches the client, which never gets an empty object',
  async (choices) => {
    const timings = { timings: { predicted_ms: 7 } }
    const content = chatChunks(true).slice(0, -1)
    const streams: [object[], object[]][] = [
      [[...content, { ...choices, usage: USAGE }], chatChunks(false)],
      [
        [...content, { ...choices, usage: USAGE, ...timings }],
        [...chatChunks(false), { ...choices, ...timings }],
      ],
    ]
    for (const [sent, expected] of streams) {
      upstream.respondWith((_request, response) => {
        startEvents(response)
        response.end([...sent, '[DONE]'].map(event).join(''))
      })
      const reply = await chat(latchkey, secret, { stream: true })
      expect(await reply.text()).toBe([...expected, '[DONE]'].map(event).join(''))
      expect(await logOf(latchkey, reply)).toMatchObject({ inputTokens: 9, outputTokens: 12 })
    }
  },
)

test('usage that an upstream sends unasked in every chunk reaches the client', async () => {
  const chunks = chatChunks(false).map((chunk, at) => ({
    ...chunk,
    usage: { ...USAGE, completion_tokens: at + 9 },
  }))
  upstream.respondWith((_request, response) => {
    startEvents(response)
    response.end([...chunks, '[DONE]'].map(event).join(''))
  })
  const reply = await chat(latchkey, secret, { stream: true })
  expect(await reply.text()).toBe([...chunks, '[DONE]'].map(event).join(''))
  expect(await logOf(latchkey, reply)).toMatchObject({ inputTokens: 9, outputTokens: 12 })
})

test('other stream options reach the upstream', async () => {
  await (
    await chat(latchkey, secret, { stream: true, stream_options: { include_obfuscation: false } })
  ).text()
  expect(upstream.received.at(-1)?.json).toMatchObject({
    stream_options: { include_obfuscation: false, include_usage: true },
  })
})

test('a Responses stream is requested unchanged, and metered by its last event', async () => {
  const response = { object: 'response', status: 'completed', usage: { input_tokens: 3, output_tokens: 4 } }
  const text = `event: response.completed\ndata: ${JSON.stringify({ type: 'response.completed', response })}\n\n`
  const before = upstream.received.length
  upstream.respondWith((_request, reply) => {
    startEvents(reply)
    reply.end(text)
  })
  const reply = await post(latchkey, secret, '/v1/responses', '{"model":"m1","stream":true,"input":"x"}')
  expect(await reply.text()).toBe(text)
  expect(upstream.received[before]?.body.toString()).toBe('{"model":"m1","stream":true,"input":"x"}')
  expect(await logOf(latchkey, reply)).toMatchObject({
    inputTokens: 3,
    outputTokens: 4,
    finishReason: 'completed',
  })
})

test('each event arrives before the next is sent', async () => {
  const upstreamResponse = Promise.withResolvers<ServerResponse>()
  upstream.respondWith((_request, response) => {
    startEvents(response)
    upstreamResponse.resolve(response)
  })
  const reply = await chat(latchkey, secret, { stream: true })
  const sending = await upstreamResponse.promise
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (const chunk of chatChunks(false)) {
    sending.write(event(chunk))
    expect((await reader?.read())?.value).toBe(event(chunk))
  }
  sending.end(event('[DONE]'))
  expect((await reader?.read())?.value).toBe(event('[DONE]'))
  expect((await reader?.read())?.done).toBe(true)
})

test('a comment that keeps the line open goes on at once', async () => {
  const upstreamResponse = Promise.withResolvers<ServerResponse>()
  upstream.respondWith((_request, response) => {
    startEvents(response)
    upstreamResponse.resolve(response)
  })
  const reply = await chat(latchkey, secret, { stream: true, stream_options: { include_usage: true } })
  const sending = await upstreamResponse.promise
  const reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
  sending.write(': ping\n')
  expect((await reader?.read())?.value).toBe(': ping\n')
  sending.end()
  await reader?.read()
})
