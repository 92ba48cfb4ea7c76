// Clients that do not read their responses.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocket } from '../../support/clients/raw-http.ts'
import { chat, chatBody } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestLogs } from '../../support/server/request-logs.ts'
import { event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { type HttpUpstream, startHttpUpstream } from '../../support/upstreams/http-upstream.ts'

const MIB = 1024 * 1024

let upstream: HttpUpstream
let latchkey: TestLatchkey
let secret = ''
let reply: (response: ServerResponse) => void = (response) => void response.end()

beforeAll(async () => {
  upstream = await startHttpUpstream((request, response) => {
    request.resume()
    response.on('error', () => undefined)
    reply(response)
  })
  latchkey = await startLatchkey({
    env: {
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS: '1',
      LATCHKEY_DRAIN_SECONDS: '0',
    },
  })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

/** Asks, and reads nothing. */
async function ask(fields: object): Promise<{ client: Socket; connection: Socket }> {
  const accepted = once(latchkey.app.server, 'connection')
  const client = await openSocket(latchkey.url)
  client.on('error', () => undefined)
  client.pause()
  const [connection] = (await accepted) as [Socket]
  const body = chatBody({ ...fields })
  client.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return { client, connection }
}

test('a stream that its client does not read is aborted with its upstream request, and the log says why', async () => {
  const upstreamClosed = Promise.withResolvers<void>()
  let sent = 0
  reply = (response) => {
    response.on('close', upstreamClosed.resolve)
    startEvents(response)
    const piece = event({ choices: [{ delta: { content: 'x'.repeat(64 * 1024) } }] })
    const more = () => {
      while (!response.destroyed && sent < 500 * MIB) {
        sent += piece.length
        if (!response.write(piece)) return
      }
    }
    response.on('drain', more)
    more()
  }
  const { client, connection } = await ask({ stream: true, stream_options: { include_usage: true } })
  const closed = once(connection, 'close')
  await Promise.all([closed, upstreamClosed.promise])
  expect(sent).toBeLessThan(50 * MIB)
  await expect
    .poll(async () => (await requestLogs(latchkey))[0])
    .toMatchObject({ outcome: 'CANCELLED', errorCode: 'caller_too_slow', httpStatus: 200 })
  client.destroy()
})

test('the remainder of a response that has ended does not wait for ever either', async () => {
  reply = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ choices: [], padding: 'x'.repeat(8 * MIB) }))
  }
  const { client, connection } = await ask({})
  await once(connection, 'close')
  client.destroy()
})

test('a client that reads slowly gets everything', async () => {
  const body = JSON.stringify({ choices: [], padding: 'x'.repeat(8 * MIB) })
  reply = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(body)
  }
  const { client } = await ask({})
  let bytes = 0
  let all = ''
  const wake = setInterval(() => client.resume(), 20)
  client.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    all = chunk.subarray(-200).toString('latin1')
    client.pause()
    if (bytes > body.length && all.endsWith('0\r\n\r\n')) client.destroy()
  })
  await once(client, 'close')
  clearInterval(wake)
  expect(bytes).toBeGreaterThan(body.length)
  expect((await chat(latchkey, secret)).status).toBe(200)
})

test('a body that its client stops sending times out, and one that continues does not, however slow', async () => {
  reply = (response) => void response.req.once('end', () => response.end('{}'))
  const body = chatBody({})
  const form = 'multipart/form-data; boundary=b'
  const begin = async (path: string, type: string, bytes: string, length: number) => {
    const client = await openSocket(latchkey.url)
    let text = ''
    client.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
    client.write(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n${bytes}`,
    )
    return { client, closed: once(client, 'close'), text: () => text }
  }
  const slow = await begin('/v1/chat/completions', 'application/json', '', body.length)
  const silent = [
    await begin('/v1/chat/completions', 'application/json', body.slice(0, -1), body.length),
    await begin('/v1/files', form, '--b\r\n', 1_000),
  ]
  const rest = [...body]
  const timer = setInterval(() => slow.client.write(rest.shift() ?? ''), 3_000 / body.length)
  await Promise.all(silent.map(({ closed }) => closed))
  for (const { text } of silent)
    expect(text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*did not come to its end in time/)
  await expect.poll(slow.text).toMatch(/^HTTP\/1\.1 200 /)
  clearInterval(timer)
  slow.client.destroy()
})
