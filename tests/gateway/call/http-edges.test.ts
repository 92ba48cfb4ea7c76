// Malformed HTTP, and HTTP that two readers could read differently.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSocket, parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { chatBody, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, {}))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

describe('is refused, with JSON, and reaches no upstream', () => {
  test.for([
    ['two hosts', 'GET /v1/files HTTP/1.1\r\nHost: a\r\nHost: b\r\nAuthorization: Bearer KEY\r\n\r\n', 400],
    [
      'a length and chunks',
      'POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'two lengths',
      'POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd',
      400,
    ],
    [
      'an unknown transfer coding',
      'POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nTransfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'a space before a colon',
      'GET /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization : Bearer KEY\r\n\r\n',
      400,
    ],
    [
      'a control character in a header',
      'GET /v1/files HTTP/1.1\r\nHost: a\r\nX: a\u0001b\u0000\r\n\r\n',
      400,
    ],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['a head of 40 KB', `GET /v1/files HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['a path of 40 KB', `GET /v1/${'x'.repeat(40_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
    [
      'a broken chunk',
      'POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer KEY\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
    ],
  ] as const)('%s', async ([, bytes, status]) => {
    const reply = parseRaw(await sendRaw(latchkey.url, bytes.replace('KEY', secret)))
    expect(reply.status).toBe(status)
    expect(reply.head).toContain('content-type: application/json')
    expect(reply.head).toContain('connection: close')
    const { error } = JSON.parse(reply.body.slice(reply.body.indexOf('{'), reply.body.lastIndexOf('}') + 1))
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type'])
    expect(upstream.received).toHaveLength(0)
  })
})

test.for([
  ['two hosts', 'Host: a\r\nHost: b\r\n', 'exactly one Host'],
  [
    'a Connection that names the credential',
    'Host: a\r\nConnection: Keep-Alive, Authorization\r\n',
    '`authorization`',
  ],
  [
    'a Connection that names the framing',
    'Host: a\r\nConnection: Transfer-Encoding\r\n',
    '`transfer-encoding`',
  ],
] as const)('%s: refused, with a request log of the key that was sent', async ([, headers, reported]) => {
  const bytes = `GET /v1/files HTTP/1.1\r\n${headers}Authorization: Bearer ${secret}\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
  const reply = parseRaw(await sendRaw(latchkey.url, bytes))
  expect(reply.status).toBe(400)
  const id = /x-request-id: (\S+)/.exec(reply.head)?.[1]
  const log = (await requestLogs(latchkey)).find((entry) => entry.id === id)
  expect(log).toMatchObject({ outcome: 'DENIED', httpStatus: 400, errorCode: 'invalid_request' })
  expect(log?.errorMessage).toContain(reported)
  expect(log?.apiKeyId).not.toBeNull()
  expect(upstream.received).toHaveLength(0)
})

test('a folded header cannot smuggle another past the gateway', async () => {
  const bytes = `GET /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nX-Folded: one\r\n X-Api-Key: two\r\nConnection: close\r\n\r\n`
  const { status } = parseRaw(await sendRaw(latchkey.url, bytes))
  expect([200, 400]).toContain(status)
  for (const { headers } of upstream.received) expect(headers).not.toHaveProperty('x-api-key')
})

test('headers that belong to the connection stay behind', async () => {
  const bytes = `GET /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nTE: trailers\r\nX-Kept: 2\r\n\r\n`
  await sendRaw(latchkey.url, bytes)
  expect(upstream.received[0]?.headers).toMatchObject({ 'x-kept': '2' })
  expect(upstream.received[0]?.headers).not.toHaveProperty('x-hop')
  expect(upstream.received[0]?.headers).not.toHaveProperty('te')
})

describe('a path that could leave the upstream’s base', () => {
  test.for([
    '/v1/../graphql',
    '/v1/files/../../admin',
    '/v1/files/%2e%2e/%2e%2e/admin',
    '/v1/files/..%2f..%2fadmin',
    '/v1/files/%252e%252e%252fadmin',
    '/v1/files/..;/admin',
    '/v1/files/..\\admin',
    '/v1//files',
    '/v1/files/%00',
    '/v1/files/%0d%0aX:1',
    '/v1/files/\xe9',
    '/v1/./files',
  ])('%j goes nowhere', async (path) => {
    const bytes = `GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nConnection: close\r\n\r\n`
    const reply = parseRaw(await sendRaw(latchkey.url, bytes))
    expect([400, 404]).toContain(reply.status)
    expect(reply.head).toContain('content-type: application/json')
    expect(upstream.received).toHaveLength(0)
  })
})

test('garbage behind a request never gets into its response', async () => {
  const sending = Promise.withResolvers<ServerResponse>()
  upstream.respondWith((_request, response) => {
    startEvents(response)
    response.write(event({ choices: [] }))
    sending.resolve(response)
  })
  const body = chatBody({ stream: true })
  const socket = await openSocket(latchkey.url)
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.on('error', () => undefined)
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  await once(socket, 'data')
  const closed = once(socket, 'close')
  socket.write('\u0000garbage\r\n\r\n')
  await closed
  ;(await sending.promise).destroy()
  expect(
    Buffer.concat(received)
      .toString('latin1')
      .match(/HTTP\/1\.1/g),
  ).toHaveLength(1)
  upstream.respondWith((_request, response) => json(response, 200, {}))
})

describe('paths and methods', () => {
  const headers = () => ({ authorization: `Bearer ${secret}` })

  test.for(['/v1', '/v1/', '/v1?x=1', '/v1/engines', '/v1/chat', '/v1/organization/projects'])(
    '%s is an unknown URL',
    async (path) => {
      const reply = await fetch(`${latchkey.url}${path}`, { headers: headers() })
      expect(reply.status).toBe(404)
      expect(await errorOf(reply)).toMatchObject({ code: 'unknown_url', type: 'invalid_request_error' })
      expect(await logOf(latchkey, reply)).toMatchObject({
        outcome: 'DENIED',
        errorCode: 'unknown_url',
        httpStatus: 404,
      })
    },
  )

  test('a method that an endpoint is not for says which are', async () => {
    const reply = await fetch(`${latchkey.url}/v1/embeddings`, { headers: headers() })
    expect(reply.status).toBe(405)
    expect(await errorOf(reply)).toMatchObject({
      code: 'method_not_allowed',
      message: expect.stringContaining('POST'),
    })
  })

  test('a page of any origin may ask first, without a key', async () => {
    const reply = await fetch(`${latchkey.url}/v1/chat/completions`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-stainless-os',
      },
    })
    expect(reply.status).toBe(204)
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    expect(reply.headers.get('access-control-allow-headers')).toBe('authorization,x-stainless-os')
    expect(reply.headers.get('access-control-allow-methods')).toContain('POST')
    expect(reply.headers.get('access-control-allow-credentials')).toBeNull()
  })

  test('and may read every header of a response', async () => {
    const reply = await fetch(`${latchkey.url}/v1/files`, {
      headers: { ...headers(), origin: 'https://app.example' },
    })
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    expect(reply.headers.get('access-control-expose-headers')).toBe('*')
  })
})
