// Bodies that are too large, broken, or of the wrong kind: a clear error, nothing upstream, a row in the log.
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSocket, parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const LIMIT = 64 * 1024
const UPLOAD_LIMIT = 1024 * 1024

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
    limits: { jsonBodyBytes: LIMIT, uploadBytes: UPLOAD_LIMIT },
  })
  secret = (await makeRuledKey(latchkey, { sharedObjects: true })).secret
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

describe('a body over the limit', () => {
  const large = `{"model":"m1","pad":"${'x'.repeat(8 * 1024 * 1024)}"}`

  test.for([
    ['declared', large],
    ['chunked', stream(large)],
  ] as const)('%s, is a 413 that the client can read', async ([, body]) => {
    const reply = await post(latchkey, secret, '/v1/chat/completions', body, duplex)
    expect(reply.status).toBe(413)
    expect(reply.headers.get('x-should-retry')).toBe('false')
    expect(await errorOf(reply)).toMatchObject({
      code: 'request_too_large',
      type: 'invalid_request_error',
      message: expect.stringContaining('65536 bytes'),
    })
    expect(upstream.received).toHaveLength(0)
    expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'DENIED', errorCode: 'request_too_large' })
  })

  test('an upload that says so first is refused before it is read', async () => {
    const reply = await post(latchkey, secret, '/v1/files', 'x'.repeat(UPLOAD_LIMIT + 1), {
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(reply.status).toBe(413)
    expect(upstream.received).toHaveLength(0)
  })

  test('an upload that does not say so is aborted', async () => {
    const reply = await post(latchkey, secret, '/v1/files', stream('x'.repeat(4 * UPLOAD_LIMIT)), {
      ...duplex,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(reply.status).toBe(413)
    expect(await errorOf(reply)).toMatchObject({ code: 'request_too_large' })
    expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: 'request_too_large', httpStatus: 413 })
  })

  test('one at the limit is not', async () => {
    const frame = '{"model":"m1","pad":""}'
    const body = frame.replace('""', `"${'x'.repeat(LIMIT - frame.length)}"`)
    expect((await post(latchkey, secret, '/v1/chat/completions', body)).status).toBe(200)
    expect((await post(latchkey, secret, '/v1/chat/completions', `${body} `)).status).toBe(413)
  })
})

describe('a client that sends Expect: 100-continue', () => {
  const head = (path: string, key: string, bytes: number) =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`

  test.for([
    ['with a key that is none', '/v1/chat/completions', 'sk-nobody', 10, 401],
    ['with more than an endpoint takes', '/v1/chat/completions', null, LIMIT + 1, 413],
    ['with more than an upload may be', '/v1/files', null, UPLOAD_LIMIT + 1, 413],
    ['at a path that is none', '/v1/nothing', null, 10, 404],
  ] as const)('%s gets no 100 Continue', async ([, path, key, bytes, status]) => {
    const reply = parseRaw(await sendRaw(latchkey.url, head(path, key ?? secret, bytes)))
    expect(reply.status).toBe(status)
    expect(reply.head).toContain('connection: close')
    expect(upstream.received).toHaveLength(0)
  })

  test.for(['/v1/chat/completions', '/v1/files'])(
    '%s gets 100 Continue once its body is read',
    async (path) => {
      const body = '{"model":"m1"}'
      const socket = await openSocket(latchkey.url)
      let text = ''
      socket.setEncoding('latin1').on('data', (piece) => {
        text += piece
      })
      for (let call = 1; call <= 2; call++) {
        text = ''
        socket.write(head(path, secret, body.length))
        await expect.poll(() => text).toBe('HTTP/1.1 100 Continue\r\n\r\n')
        socket.write(body)
        await expect.poll(() => text).toMatch(/Continue\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*"chat.completion"/)
        expect(upstream.received).toHaveLength(call)
        expect(upstream.received[call - 1]?.body.toString()).toBe(body)
      }
      socket.destroy()
    },
  )
})

describe('a broken body', () => {
  test.for([
    ['nothing', '', null],
    ['no JSON', 'model=m1', null],
    ['half of JSON', '{"model":"m1"', null],
    ['a list', '[{"model":"m1"}]', null],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), null],
    ['no model', '{"messages":[]}', 'model'],
    ['a model that is a number', '{"model":5}', 'model'],
    ['an empty model', '{"model":""}', 'model'],
    ['a stream that is a word', '{"model":"m1","stream":"yes"}', 'stream'],
    ['stream options that are a list', '{"model":"m1","stream_options":[]}', 'stream_options'],
    ['a model named a hundred times', `{${'"model":"m1",'.repeat(100)}"x":1}`, null],
  ] as const)('of %s is a 400', async ([, body, param]) => {
    const reply = await post(latchkey, secret, '/v1/chat/completions', body)
    expect(reply.status).toBe(400)
    expect(await errorOf(reply)).toMatchObject({ type: 'invalid_request_error', param })
    expect(upstream.received).toHaveLength(0)
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'DENIED',
      httpStatus: 400,
      upstream: null,
    })
  })
})

describe('a body of another kind', () => {
  test.for([
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'multipart/form-data; boundary=x' }, 415],
    [{ 'content-type': 'application/jsonp' }, 415],
    [{ 'content-type': 'application/json; charset=utf-8' }, 200],
    [{ 'content-type': 'APPLICATION/JSON' }, 200],
    [{ 'content-type': 'application/vnd.api+json' }, 200],
    [{ 'content-encoding': 'identity' }, 200],
  ] as [Record<string, string>, number][])('%j gets %d', async ([headers, status]) => {
    const reply = await chat(latchkey, secret, {}, { headers })
    expect(reply.status).toBe(status)
    await reply.text()
  })

  test('of two encodings, or one that is not known, is refused, saying so', async () => {
    for (const encoding of ['gzip, gzip', 'compress']) {
      const reply = await post(latchkey, secret, '/v1/chat/completions', gzipSync('{"model":"m1"}'), {
        headers: { 'content-encoding': encoding },
      })
      expect(reply.status).toBe(415)
      expect(await errorOf(reply)).toMatchObject({ message: expect.stringContaining('Content-Encoding') })
    }
    expect(upstream.received).toHaveLength(0)
  })
})

describe('a compressed body', () => {
  const encodings = [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const
  const send = (encoding: string, body: Buffer<ArrayBuffer>) =>
    post(latchkey, secret, '/v1/chat/completions', body, { headers: { 'content-encoding': encoding } })

  test.for(encodings)('in %s is read, and goes on as it was read', async ([encoding, compress]) => {
    const body = '{"model":"m1","messages":[]}'
    const reply = await send(encoding, compress(body))
    expect([reply.status, await reply.json()]).toEqual([200, COMPLETION])
    expect(upstream.received).toHaveLength(1)
    const [received] = upstream.received
    expect(received?.body.toString()).toBe(body)
    expect(received?.headers).not.toHaveProperty('content-encoding')
    expect(await logOf(latchkey, reply)).toMatchObject({ requestedModel: 'm1', outcome: 'SUCCESS' })
  })

  test.for(encodings)(
    'in %s is a 413 over the limit, and a 400 where it is not that',
    async ([encoding, compress]) => {
      const bomb = compress(`{"model":"m1","pad":"${'x'.repeat(LIMIT)}"}`)
      expect(bomb.length).toBeLessThan(LIMIT / 10)
      const large = await send(encoding, bomb)
      expect(large.status).toBe(413)
      expect(await errorOf(large)).toMatchObject({ code: 'request_too_large' })
      const broken = await send(encoding, Buffer.from('{"model":"m1"}'))
      expect(broken.status).toBe(400)
      expect(await errorOf(broken)).toMatchObject({ message: expect.stringContaining('Content-Encoding') })
      expect(upstream.received).toHaveLength(0)
    },
  )

  test('is bounded by LATCHKEY_JSON_BODY_MAX_BYTES, and takes more than the former 32 MiB', async () => {
    const own = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
    const { secret: key } = await own.createKey()
    const body = `{"model":"m1","pad":"${'x'.repeat(33 * 1024 * 1024)}"}`
    expect((await post(own, key, '/v1/chat/completions', body)).status).toBe(200)
    await own.close()
    const small = await startLatchkey({
      env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_JSON_BODY_MAX_BYTES: '65536' },
    })
    const { secret: other } = await small.createKey()
    const reply = await post(
      small,
      other,
      '/v1/chat/completions',
      `{"model":"m1","pad":"${'x'.repeat(65_536)}"}`,
    )
    expect(reply.status).toBe(413)
    await small.close()
  })
})

test.for(['GET', 'DELETE'])('%s with an empty body is passed on as one without', async (method) => {
  const text = await sendRaw(
    latchkey.url,
    `${method} /v1/files/f1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  )
  expect(parseRaw(text).status).toBe(200)
  expect(upstream.received).toMatchObject([{ method, path: '/v1/files/f1' }])
})

test('a query with characters that no URL may have gets a response', async () => {
  const text = await sendRaw(
    latchkey.url,
    `GET /v1/files?x=\xe9\xff|"<> HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nConnection: close\r\n\r\n`,
  )
  expect([200, 400, 404]).toContain(parseRaw(text).status)
})

test('after all of it the server still responds', async () => {
  expect((await chat(latchkey, secret)).status).toBe(200)
  const logs = await requestLogs(latchkey)
  expect(new Set(logs.map(({ id }) => id)).size).toBe(logs.length)
})

const duplex = { duplex: 'half' } as RequestInit

function stream(text: string): ReadableStream<Uint8Array> {
  const bytes = Buffer.from(text)
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + 65_536))
      at += 65_536
    },
  })
}
