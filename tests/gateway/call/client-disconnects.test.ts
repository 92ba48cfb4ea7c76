// A client that disconnects, at any moment: its upstream request is aborted, and the call is recorded once.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocket } from '../../support/clients/raw-http.ts'
import { chat, chatBody } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf, requestLogs } from '../../support/server/request-logs.ts'
import { chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { type HttpUpstream, startHttpUpstream } from '../../support/upstreams/http-upstream.ts'

type Arrival = { request: IncomingMessage; response: ServerResponse }

let upstream: HttpUpstream
let latchkey: TestLatchkey
let secret = ''
let arrived = Promise.withResolvers<Arrival>()

beforeAll(async () => {
  upstream = await startHttpUpstream((request, response) => {
    request.on('error', () => undefined)
    arrived.resolve({ request, response })
  })
  latchkey = await startLatchkey({
    // Upstream streams are aborted at once; other tests are about reading them to their end.
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DRAIN_SECONDS: '0' },
  })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test.for([true, false])('before the response head (stream: %j)', async (stream) => {
  arrived = Promise.withResolvers()
  const leaving = new AbortController()
  const call = chat(latchkey, secret, { stream }, { signal: leaving.signal }).catch(
    (error: Error) => error.name,
  )
  const { response } = await arrived.promise
  const closed = once(response, 'close')
  leaving.abort()
  expect(await call).toBe('AbortError')
  await closed
  expect((await requestLogs(latchkey))[0]).toMatchObject({
    outcome: 'CANCELLED',
    httpStatus: null,
    streamed: stream,
    errorCode: null,
    requestBytes: Buffer.byteLength(chatBody({ stream })),
    responseBytes: 0,
  })
})

test('in the middle of a stream, with what was known by then', async () => {
  arrived = Promise.withResolvers()
  const leaving = new AbortController()
  const call = chat(latchkey, secret, { stream: true }, { signal: leaving.signal })
  const { response } = await arrived.promise
  const closed = once(response, 'close')
  startEvents(response)
  response.write(event(chatChunks(false)[1]))
  const reply = await call
  const reader = reply.body?.getReader()
  await reader?.read()
  leaving.abort()
  await closed
  await expect
    .poll(() => logOf(latchkey, reply))
    .toMatchObject({
      outcome: 'CANCELLED',
      httpStatus: 200,
      streamed: true,
      // No usage was reported, but the text that arrived can be counted.
      usageSource: 'ESTIMATED',
      outputTokens: 1,
      timeToFirstTokenMs: expect.any(Number),
      responseBytes: Buffer.byteLength(event(chatChunks(false)[1])),
    })
})

test('in the middle of an upload', async () => {
  arrived = Promise.withResolvers()
  const socket = await openSocket(latchkey.url)
  socket.on('error', () => undefined)
  socket.write(
    `POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nhalf`,
  )
  const { request, response } = await arrived.promise
  const closed = once(response, 'close')
  await once(request, 'data')
  socket.destroy()
  await closed
  expect((await requestLogs(latchkey))[0]).toMatchObject({
    outcome: 'CANCELLED',
    httpStatus: null,
    endpoint: '/v1/files',
    requestBytes: 4,
  })
})

test('in the middle of a JSON body, which reaches no upstream', async () => {
  const before = (await requestLogs(latchkey)).length
  const accepted = once(latchkey.app.server, 'connection')
  const socket = await openSocket(latchkey.url)
  const [connection] = (await accepted) as [Socket]
  const begun = once(connection, 'data')
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"mod`,
  )
  await begun
  const disconnected = once(connection, 'close')
  socket.destroy()
  await disconnected
  const logs = await requestLogs(latchkey)
  expect(logs).toHaveLength(before + 1)
  expect(logs[0]).toMatchObject({ outcome: 'CANCELLED', upstream: null, httpStatus: null })
})

test('each of them once, and the server goes on', async () => {
  const logs = await requestLogs(latchkey)
  expect(new Set(logs.map(({ id }) => id)).size).toBe(logs.length)
  arrived = Promise.withResolvers()
  const call = chat(latchkey, secret)
  const { response } = await arrived.promise
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('{}')
  expect((await call).status).toBe(200)
})
