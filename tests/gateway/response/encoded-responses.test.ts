// Upstreams that compress although the request forbids it.
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION, chatStream } from '../../support/upstreams/chat-responses.ts'
import { startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const CREDENTIAL = 'sk-upstream-canary-4712'
const MIB = 1024 * 1024
const ENCODERS = [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
] as const

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => void response.end())
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
  })
  secret = (await makeRuledKey(latchkey, { sharedObjects: true })).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

/** Responds with these bytes, in pieces of a few. */
function respondWith(status: number, type: string, encoding: string, bytes: Buffer): void {
  upstream.respondWith((_request, response) => {
    response.writeHead(status, { 'content-type': type, 'content-encoding': encoding })
    const pieceBytes = Math.max(7, Math.ceil(bytes.length / 50))
    const sendFrom = (at: number) => {
      if (at >= bytes.length) return void response.end()
      response.write(bytes.subarray(at, at + pieceBytes), () => setImmediate(sendFrom, at + pieceBytes))
    }
    sendFrom(0)
  })
}

describe.for(ENCODERS)('%s', ([encoding, encode]) => {
  test('is not requested where the response is read', async () => {
    respondWith(200, 'application/json', encoding, encode(JSON.stringify(COMPLETION)))
    await (await chat(latchkey, secret, {}, { headers: { 'accept-encoding': 'gzip, br' } })).text()
    expect(upstream.received.at(-1)?.headers['accept-encoding']).toBe('identity')
  })

  test('JSON is unpacked, and its usage is in the log', async () => {
    respondWith(200, 'application/json', encoding, encode(JSON.stringify(COMPLETION)))
    const reply = await chat(latchkey, secret)
    expect(reply.headers.get('content-encoding')).toBeNull()
    expect(await reply.text()).toBe(JSON.stringify(COMPLETION))
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'SUCCESS',
      usageSource: 'PROVIDER',
      inputTokens: 9,
      finishReason: 'stop',
    })
  })

  test.for([false, true])(
    'a stream is decoded, and loses the usage that its client did not request (requested: %j)',
    async (asks) => {
      respondWith(200, 'text/event-stream', encoding, encode(chatStream(true)))
      const reply = await chat(latchkey, secret, {
        stream: true,
        stream_options: asks ? { include_usage: true } : undefined,
      })
      expect(reply.headers.get('content-encoding')).toBeNull()
      expect(await reply.text()).toBe(chatStream(asks))
      expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'SUCCESS', inputTokens: 9 })
    },
  )

  test('an error is unpacked, and loses our credential', async () => {
    const error = { message: `You sent ${CREDENTIAL}.`, type: 't', param: null, code: 'c' }
    respondWith(500, 'application/json', encoding, encode(JSON.stringify({ error })))
    const reply = await chat(latchkey, secret)
    expect([reply.status, reply.headers.get('content-encoding')]).toEqual([500, null])
    expect(await errorOf(reply)).toEqual({ ...error, message: 'You sent [credential].' })
    expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: 'c' })
  })

  test('that breaks off is never a clean end', async () => {
    const json = encode(JSON.stringify(COMPLETION))
    respondWith(200, 'application/json', encoding, json.subarray(0, -6))
    const reply = await chat(latchkey, secret).catch(() => null)
    expect(reply === null || reply.status === 502 || (await reply.text().catch(() => null)) === null).toBe(
      true,
    )
    respondWith(200, 'text/event-stream', encoding, encode(chatStream(true)).subarray(0, 60))
    const stream = await chat(latchkey, secret, { stream: true })
    await expect(stream.text()).rejects.toThrow()
    expect(await logOf(latchkey, stream)).toMatchObject({
      outcome: 'ERROR',
      errorCode: 'upstream_invalid_answer',
    })
  })
})

test('a body that is not in its declared coding is never a clean end', async () => {
  respondWith(200, 'text/event-stream', 'gzip', Buffer.from(chatStream(true)))
  const stream = await chat(latchkey, secret, { stream: true })
  await expect(stream.text()).rejects.toThrow()
  expect(await logOf(latchkey, stream)).toMatchObject({
    outcome: 'ERROR',
    errorCode: 'upstream_invalid_answer',
  })
})

test('an unknown content coding passes unread', async () => {
  respondWith(200, 'application/json', 'x-rot13', Buffer.from('{}'))
  const reply = await chat(latchkey, secret)
  expect([reply.status, reply.headers.get('content-encoding')]).toEqual([200, 'x-rot13'])
  expect(await reply.text()).toBe('{}')
})

test('a compressed download keeps its coding and its length', async () => {
  const bytes = gzipSync('{"a":1}')
  upstream.respondWith((_request, response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'content-length': bytes.length,
    })
    response.end(bytes)
  })
  const reply = await fetch(`${latchkey.url}/v1/files`, { headers: { authorization: `Bearer ${secret}` } })
  expect(reply.headers.get('content-encoding')).toBe('gzip')
  expect(reply.headers.get('content-length')).toBe(String(bytes.length))
  expect(await reply.json()).toEqual({ a: 1 })
})

test.for(['application/json', 'text/event-stream'])('a bomb of 200 MB (%s) takes no memory', async (type) => {
  const bomb = gzipSync(Buffer.alloc(200 * MIB, 0x20))
  respondWith(200, type, 'gzip', bomb)
  const before = process.memoryUsage().rss
  const reply = await post(latchkey, secret, '/v1/chat/completions', '{"model":"m1","stream":true}', {
    headers: { 'accept-encoding': 'identity' },
  }).catch(() => null)
  let most = 0
  let bytes = 0
  try {
    for await (const chunk of reply?.body ?? []) {
      bytes += chunk.length
      most = Math.max(most, process.memoryUsage().rss - before)
    }
  } catch {
    // It may well end in an error.
  }
  expect(bytes).toBeGreaterThan(0)
  expect(most).toBeLessThan(150 * MIB)
  expect(
    (await fetch(`${latchkey.url}/v1/key`, { headers: { authorization: `Bearer ${secret}` } })).status,
  ).toBe(200)
})
