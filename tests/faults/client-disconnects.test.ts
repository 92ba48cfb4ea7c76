// A client disconnects before the head, in the middle and at the end: one row each, with the true outcome.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, request } from 'node:http'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { findRequestLog } from '@latchkey/server/ledger/logs/request-logs.ts'
import { afterEach, describe, expect, test } from 'vitest'
import { chatBody } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { requestLogs } from '../support/server/request-logs.ts'
import { COMPLETION, chatChunks, event, startEvents, USAGE } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

const WITHIN = { interval: 10 }

let latchkey: TestLatchkey
let upstream: TestUpstream
/** The upstream's side of the call, once it has the request. */
let asked: ServerResponse | null = null
const agent = new Agent()

async function place(drainSeconds: number): Promise<string> {
  asked = null
  upstream = await startUpstream((_request, response) => {
    asked = response
  })
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DRAIN_SECONDS: String(drainSeconds) },
  })
  return (await latchkey.createKey()).secret
}
afterEach(async () => {
  await latchkey.close()
  await upstream.close()
})

describe.each([true, false])('before the response head, stream: %s', (stream) => {
  test('the upstream request is aborted at once, and the call is CANCELLED without a status', async () => {
    const secret = await place(600)
    const call = begin(secret, stream)
    const response = await upstreamAsked()
    call.leave()
    await expect.poll(() => response.closed, WITHIN).toBe(true)
    expect(await onlyLog()).toMatchObject({ outcome: 'CANCELLED', httpStatus: null, usageSource: 'NONE' })
  })
})

describe('in the middle of a stream', () => {
  test('without draining, the upstream request is aborted at once, and the call is CANCELLED with the usage reported so far', async () => {
    const secret = await place(0)
    const call = begin(secret, true)
    const response = await upstreamAsked()
    startEvents(response)
    response.write(event(chatChunks(true)[0]))
    const reply = await call.head
    await nextChunk(reply)
    call.leave()
    await expect.poll(() => response.closed, WITHIN).toBe(true)
    const log = await onlyLog()
    expect(log).toMatchObject({ outcome: 'CANCELLED', httpStatus: 200, streamed: true, inputTokens: null })
    expect(log.id).toBe(reply.headers['x-request-id'])
    expect(log.responseBytes).toBeGreaterThan(0)
  })

  test('the usage that the upstream had reported by then is in the log', async () => {
    const secret = await place(0)
    const call = begin(secret, true)
    const response = await upstreamAsked()
    startEvents(response)
    const [first] = chatChunks(true)
    response.write(event({ ...first, usage: USAGE }))
    await nextChunk(await call.head)
    call.leave()
    await expect.poll(() => response.closed, WITHIN).toBe(true)
    expect(await onlyLog()).toMatchObject({ outcome: 'CANCELLED', usageSource: 'PROVIDER', inputTokens: 9 })
  })

  test('with draining, the upstream ends its response, and the call is CANCELLED with its true usage', async () => {
    const secret = await place(600)
    const before = await latchkeyConnections()
    const call = begin(secret, true)
    const response = await upstreamAsked()
    startEvents(response)
    const [first, ...others] = chatChunks(true)
    response.write(event(first))
    await nextChunk(await call.head)
    call.leave()
    await expect.poll(() => latchkeyConnections(), WITHIN).toBe(before)
    response.end([...others, '[DONE]'].map((chunk) => event(chunk)).join(''))
    await expect.poll(async () => (await requestLogs(latchkey)).length, WITHIN).toBe(1)
    expect(await onlyLog()).toMatchObject({
      outcome: 'CANCELLED',
      usageSource: 'PROVIDER',
      inputTokens: 9,
      outputTokens: 12,
    })
  })

  test('an upstream that does not end is aborted after the time that was set', async () => {
    const secret = await place(1)
    const call = begin(secret, true)
    const response = await upstreamAsked()
    startEvents(response)
    response.write(event(chatChunks(true)[0]))
    await nextChunk(await call.head)
    call.leave()
    await expect.poll(() => response.closed, WITHIN).toBe(true)
    expect(await onlyLog()).toMatchObject({ outcome: 'CANCELLED', usageSource: 'NONE' })
  })
})

describe('at the end', () => {
  test('a stream whose [DONE] has come is a SUCCESS, once, whenever its client disconnects', async () => {
    const secret = await place(0)
    const call = begin(secret, true)
    const response = await upstreamAsked()
    startEvents(response)
    response.write([...chatChunks(true), '[DONE]'].map((chunk) => event(chunk)).join(''))
    const reply = await call.head
    let text = ''
    for await (const chunk of reply) {
      text += chunk
      if (text.includes('[DONE]')) break
    }
    call.leave()
    response.end()
    await expect.poll(async () => (await requestLogs(latchkey)).length, WITHIN).toBe(1)
    expect(await onlyLog()).toMatchObject({ outcome: 'SUCCESS', usageSource: 'PROVIDER', outputTokens: 12 })
  })

  test('a complete JSON response is a SUCCESS, once', async () => {
    const secret = await place(0)
    const call = begin(secret, false)
    json(await upstreamAsked(), 200, COMPLETION)
    const reply = await call.head
    call.leave()
    expect(reply.statusCode).toBe(200)
    await expect.poll(async () => (await requestLogs(latchkey)).length, WITHIN).toBe(1)
    expect(await onlyLog()).toMatchObject({ outcome: 'SUCCESS', inputTokens: 9 })
  })
})

function begin(secret: string, stream: boolean): { head: Promise<IncomingMessage>; leave(): void } {
  const head = Promise.withResolvers<IncomingMessage>()
  head.promise.catch(() => undefined)
  const sent = request(
    `${latchkey.url}/v1/chat/completions`,
    {
      agent,
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    },
    (reply) => {
      reply.on('error', () => undefined)
      head.resolve(reply)
    },
  )
  sent.on('error', head.reject)
  sent.end(chatBody({ stream }))
  return { head: head.promise, leave: () => void sent.destroy() }
}

async function upstreamAsked(): Promise<ServerResponse> {
  await expect.poll(() => asked, WITHIN).not.toBeNull()
  if (asked === null) throw new Error('the upstream got no request')
  return asked
}

function nextChunk(reply: IncomingMessage): Promise<unknown> {
  return new Promise((resolve) => reply.once('data', resolve))
}

function latchkeyConnections(): Promise<number> {
  return new Promise((resolve, reject) =>
    latchkey.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}

/** The one row of the call, read again after everything has settled. */
async function onlyLog(): Promise<CallRecord> {
  await expect.poll(async () => (await requestLogs(latchkey)).length, WITHIN).toBe(1)
  const [log] = await requestLogs(latchkey)
  const found = log === undefined ? null : await findRequestLog(latchkey.app.store, log.id)
  if (found === null) throw new Error('there is no row')
  return found
}
