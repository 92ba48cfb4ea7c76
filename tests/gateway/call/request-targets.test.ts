// Request targets and methods as clients with a base URL of their own spell them.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseRaw, sendRaw } from '../../support/clients/raw-http.ts'
import { chatBody, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DEFAULT_MODEL: 'm1' },
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

test.for([
  ['GET', '/models'],
  ['GET', '/models/org/m:1'],
  ['HEAD', '/models'],
  ['POST', '/chat/completions'],
  ['POST', '/chat/completions?api-version=1'],
  ['POST', '/responses'],
  ['POST', '/embeddings'],
  ['GET', '/files/f1'],
  ['GET', '/key'],
  ['POST', '/v1/v1/chat/completions'],
  ['GET', '/v1/v1/models'],
] as const)('%s %s, without /v1 or with it twice, says which path is meant', async ([method, path]) => {
  const reply = await fetch(`${latchkey.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: chatBody() } : {}),
  })
  expect(reply.status).toBe(404)
  expect(reply.headers.get('content-type')).toContain('application/json')
  if (method !== 'HEAD')
    expect(await errorOf(reply)).toMatchObject({
      code: 'unknown_url',
      message: expect.stringContaining(`Did you mean /v1${path.split('?')[0]?.replace(/^(\/v1)+/, '')}?`),
    })
  expect(upstream.received).toHaveLength(0)
})

test.for([
  '/v1/chat/completions/',
  '/v1/chat/%63ompletions/',
  '/v1/chat/completions/x1/cancel',
  '/v1/chat/completions;a=b',
  '/v1/Chat/completions',
  '/v1/embeddings/x',
  '/v1/audio/speech%2f',
])('POST %s, which the table does not know, is a 404 and goes nowhere', async (path) => {
  const reply = await fetch(`${latchkey.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: chatBody(),
  })
  expect(reply.status).toBe(404)
  expect(await errorOf(reply)).toMatchObject({ code: 'unknown_url', type: 'invalid_request_error' })
  expect(upstream.received).toHaveLength(0)
})

test('a browser that asks for a page gets no such error', async () => {
  const reply = await fetch(`${latchkey.url}/models`, { headers: { accept: 'text/html,*/*' } })
  expect(await reply.text()).not.toContain('Did you mean')
})

test.for(['/v1/models', '/v1/models/auto', '/v1/key', '/v1/files', '/v1/files/f1'])(
  'HEAD %s has the head of GET, and no body',
  async (path) => {
    const ask = (method: string) =>
      sendRaw(
        latchkey.url,
        `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nConnection: close\r\n\r\n`,
      )
    const [got, head] = [parseRaw(await ask('GET')), parseRaw(await ask('HEAD'))]
    expect([head.status, head.body]).toEqual([200, ''])
    const type = /content-type: .*/
    expect(head.head.match(type)?.[0]).toBe(got.head.match(type)?.[0])
  },
)

test.for(['http://other.test:99', 'HTTPS://x'])(
  'a target in absolute form, %s/v1/…, is the same as its path (RFC 9112 §3.2.2)',
  async (origin) => {
    const body = chatBody()
    const text = await sendRaw(
      latchkey.url,
      `POST ${origin}/v1/chat/completions?x=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
    expect(parseRaw(text).status).toBe(200)
    expect(upstream.received).toMatchObject([{ path: '/v1/chat/completions?x=1' }])
    expect((await requestLogs(latchkey))[0]).toMatchObject({ endpoint: '/v1/chat/completions' })
    const health = await sendRaw(
      latchkey.url,
      `GET ${origin}/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    )
    expect(parseRaw(health).status).toBe(200)
  },
)

test.for([
  ['the same', 'KEY', 'KEY'],
  ['a wrong one second', 'KEY', 'sk-other'],
  ['a wrong one first', 'sk-other', 'KEY'],
] as const)('two Authorization headers are a 400: %s', async ([, first, second]) => {
  const body = chatBody()
  const text = await sendRaw(
    latchkey.url,
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${first}\r\nauthorization: Bearer ${second}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`.replaceAll(
      'KEY',
      secret,
    ),
  )
  const { status, body: refusal } = parseRaw(text)
  expect(status).toBe(400)
  expect(refusal).toContain('at most one Authorization header')
  expect(upstream.received).toHaveLength(0)
})
