// Connections of the fast lane: what goes over them, when they are left to node:http, and when they end.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSocket } from '../../support/clients/raw-http.ts'
import { chatBody } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''
let overNode: string[] = []

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, { ok: true }))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_FAST_LANE: 'on' },
    limits: { jsonBodyBytes: 100_000, uploadBytes: 100_000 },
  })
  secret = (await latchkey.createKey()).secret
  latchkey.app.server.on('request', ({ url }) => overNode.push(url ?? ''))
})
beforeEach(() => {
  overNode = []
  upstream.received.length = 0
  upstream.respondWith((_request, response) => json(response, 200, { ok: true }))
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

describe('one connection', () => {
  test('takes calls one after the other', async () => {
    const client = await connectClient()
    for (let calls = 1; calls <= 3; calls++) {
      client.send(post(chatBody()))
      await client.heard(calls)
    }
    expect(overNode).toEqual([])
    expect(client.text()).toMatch(/\r\nConnection: keep-alive\r\nKeep-Alive: timeout=65\r\n/)
    expect(await requestLogs(latchkey)).toMatchObject(
      Array.from({ length: 3 }, () => ({ outcome: 'SUCCESS', clientIp: '127.0.0.1' })),
    )
  })

  test('takes calls that come at once, and responds to them in their order', async () => {
    const client = await connectClient()
    upstream.respondWith((request, response) =>
      json(response, 200, { model: JSON.parse(request.body.toString('utf8')).model }),
    )
    client.send(['m1', 'm2', 'm3'].map((model) => post(chatBody({ model }))).join(''))
    await client.heard(3)
    expect(client.text().match(/"model":"m\d"/g)).toEqual(['"model":"m1"', '"model":"m2"', '"model":"m3"'])
    expect(overNode).toEqual([])
  })

  test('goes to node:http with the first request that is another’s, and stays there', async () => {
    const client = await connectClient()
    client.send(post(chatBody()))
    await client.heard(1)
    client.send(`GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\n\r\n`)
    await client.heard(2)
    client.send(post(chatBody()))
    await client.heard(3)
    expect(overNode).toEqual(['/v1/models', '/v1/chat/completions'])
  })

  test('goes there with what has been read already, and with what comes later', async () => {
    const client = await connectClient()
    const other = post(chatBody(), 'X-Latin: caf\xe9\r\n')
    client.send(post(chatBody()) + other.slice(0, -20))
    await client.heard(1)
    client.send(other.slice(-20) + post(chatBody()))
    await client.heard(3)
    expect(overNode).toEqual(['/v1/chat/completions', '/v1/chat/completions'])
    expect(upstream.received.map(({ body }) => body.toString('utf8'))).toEqual([
      chatBody(),
      chatBody(),
      chatBody(),
    ])
  })

  test('serves the next call after one that was refused before its body had come', async () => {
    const client = await connectClient()
    const long = 'x'.repeat(90_000)
    const refused = post(long).replace(secret, 'sk-unknown')
    client.send(refused.slice(0, 1_000))
    await client.heard(1)
    expect(client.text()).toMatch(/^HTTP\/1\.1 401 /)
    client.send(refused.slice(1_000) + post(chatBody()))
    await client.heard(2)
    expect(client.text()).toContain('{"ok":true}')
    expect(overNode).toEqual([])
  })
})

describe('a response', () => {
  test('whose upstream’s header would begin another line is none', async () => {
    upstream.respondWith((_request, response) => {
      response.socket?.end('HTTP/1.1 200 OK\r\nX-A: a\rX-B: b\r\nContent-Length: 2\r\n\r\n{}')
    })
    const client = await connectClient()
    client.send(post(chatBody()))
    await client.heard(1)
    expect(client.text()).toMatch(/^HTTP\/1\.1 502 /)
    expect(client.text()).not.toMatch(/x-[ab]:/i)
  })

  test('ends with the connection for a client that says that nothing follows', async () => {
    const asked = Promise.withResolvers<ServerResponse>()
    upstream.respondWith((_request, response) => asked.resolve(response))
    const client = await connectClient()
    client.send(post(chatBody()))
    const response = await asked.promise
    const remaining = once(response, 'close')
    client.socket.end()
    await client.closed
    await remaining
    expect(client.text()).toBe('')
    expect((await requestLogs(latchkey))[0]).toMatchObject({ outcome: 'CANCELLED' })
  })
})

test('what takes too long is ended: silence before a call, half a body, silence after a call', async () => {
  const [silent, half, idle] = [await connectClient(), await connectClient(), await connectClient()]
  half.send(post(chatBody()).slice(0, -1))
  idle.send(post(chatBody()))
  await idle.heard(1)
  const { server } = latchkey.app
  const { headersTimeout, requestTimeout, keepAliveTimeout } = server
  Object.assign(server, { headersTimeout: 1, requestTimeout: 1, keepAliveTimeout: 1 })
  await Promise.all([silent.closed, half.closed, idle.closed])
  Object.assign(server, { headersTimeout, requestTimeout, keepAliveTimeout })
  expect(silent.text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*"type":"invalid_request_error"/)
  expect(half.text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*"type":"invalid_request_error"/)
  expect(idle.text().match(/HTTP\/1\.1/g)).toHaveLength(1)
})

// The last, since it stops the server.
test('a stop lets the in-flight call end, says that it is the last, and closes', async () => {
  const asked = Promise.withResolvers<ServerResponse>()
  upstream.respondWith((_request, response) => asked.resolve(response))
  const idle = await connectClient()
  idle.send(post(chatBody()).replace(secret, 'sk-unknown'))
  await idle.heard(1)
  const client = await connectClient()
  client.send(post(chatBody({ stream: true })))
  const response = await asked.promise
  const stopped = latchkey.app.close(20_000)
  await idle.closed
  startEvents(response)
  response.end(event('[DONE]'))
  await client.closed
  expect(client.text()).toMatch(/\r\nConnection: close\r\n[\s\S]*\[DONE\]\n\n\r\n0\r\n\r\n$/)
  await stopped
})

function post(body: string, lines = ''): string {
  return `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n${lines}Authorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

type Requester = {
  socket: Socket
  send(bytes: string): void
  /** All responses so far. */
  text(): string
  /** Waits until so many responses are whole; each of these tests' ends with the end of a JSON object. */
  heard(responses: number): Promise<void>
  closed: Promise<unknown>
}

async function connectClient(): Promise<Requester> {
  const socket = await openSocket(latchkey.url)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  return {
    socket,
    send: (bytes) => void socket.write(bytes, 'latin1'),
    text: () => text,
    heard: (responses) =>
      expect
        .poll(() => text.match(/HTTP\/1\.1 [\s\S]*?\r\n\r\n[\s\S]*?\}(?=$|\r\n0|HTTP)/g)?.length, {
          timeout: 10_000,
        })
        .toBe(responses),
    closed: once(socket, 'close'),
  }
}
