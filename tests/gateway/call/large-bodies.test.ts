// Uploads and downloads pass through; neither side can make the gateway keep them.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSocket } from '../../support/clients/raw-http.ts'
import { chatBody, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { type HttpUpstream, startHttpUpstream } from '../../support/upstreams/http-upstream.ts'

const MIB = 1024 * 1024

let upstream: HttpUpstream
let latchkey: TestLatchkey
let secret = ''
let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined

beforeAll(async () => {
  upstream = await startHttpUpstream((request, response) => handle(request, response))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  secret = (await latchkey.createKey()).secret
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

test('100 MB go up as they come, whole, and wait where the upstream does', async () => {
  const piece = randomBytes(MIB)
  const hash = createHash('sha256')
  let received = 0
  let sent = 0
  let sentWhileWaiting = 0
  handle = (request, response) => {
    const read = () => {
      sentWhileWaiting = sent
      request.on('data', (chunk: Buffer) => {
        hash.update(chunk)
        received += chunk.length
      })
    }
    // Begins to read once the client can send no more.
    const stalled = setInterval(
      (before) => {
        if (sent !== before.sent) return void Object.assign(before, { sent })
        clearInterval(stalled)
        read()
      },
      100,
      { sent: -1 },
    )
    request.on('end', () => response.end(JSON.stringify({ received })))
  }
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 100) return controller.close()
      controller.enqueue(piece)
      sent++
    },
  })
  const reply = await post(latchkey, secret, '/v1/files', body, {
    duplex: 'half',
    headers: { 'content-type': 'application/octet-stream' },
  } as RequestInit)
  expect(await reply.json()).toEqual({ received: 100 * MIB })
  const expected = createHash('sha256')
  for (let n = 0; n < 100; n++) expected.update(piece)
  expect(hash.digest('hex')).toBe(expected.digest('hex'))
  // Sockets hold a few; a gateway that kept the body would have taken all of it.
  expect(sentWhileWaiting).toBeLessThan(40)
  expect(await logOf(latchkey, reply)).toMatchObject({ outcome: 'SUCCESS', requestBytes: 100 * MIB })
})

test('an upload reaches the upstream before it has ended', async () => {
  const arrived = Promise.withResolvers<IncomingMessage>()
  handle = (request, response) => {
    arrived.resolve(request)
    request.on('end', () => response.end('{}'))
  }
  const socket = await openSocket(latchkey.url)
  socket.write(
    `POST /v1/files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\nConnection: close\r\n\r\nfirst`,
  )
  const request = await arrived.promise
  expect(request.headers['content-length']).toBe('10')
  const [chunk] = (await once(request, 'data')) as [Buffer]
  expect(chunk.toString()).toBe('first')
  request.resume()
  socket.write('after')
  socket.resume()
  await once(socket, 'close')
})

test('a response to an upload that is still coming reaches its client', async () => {
  handle = (_request, response) => {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end('{"error":{"message":"not this","type":"t","param":null,"code":"c"}}')
  }
  const reply = await post(latchkey, secret, '/v1/files', randomBytes(20 * MIB), {
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({ error: { code: 'c' } })
})

test('bytes that are no text come down unchanged', async () => {
  const bytes = randomBytes(3 * MIB)
  handle = (_request, response) => {
    response.writeHead(200, {
      'content-type': 'audio/mpeg',
      'content-disposition': 'attachment; filename="a.mp3"',
    })
    response.end(bytes)
  }
  const reply = await post(latchkey, secret, '/v1/audio/speech', '{"model":"tts","input":"x","voice":"v"}')
  expect(reply.headers.get('content-type')).toBe('audio/mpeg')
  expect(reply.headers.get('content-disposition')).toBe('attachment; filename="a.mp3"')
  expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
  expect(await logOf(latchkey, reply)).toMatchObject({ responseBytes: bytes.length, usageSource: 'NONE' })
})

test('a client that does not read makes the upstream wait', async () => {
  const piece = Buffer.from(event({ choices: [{ delta: { content: 'x'.repeat(64 * 1024) } }] }))
  const stopped = Promise.withResolvers<number>()
  let sent = 0
  handle = (_request, response) => {
    startEvents(response)
    const sendMore = () => {
      // Enough for the sockets' own buffers many times over.
      while (sent < 200 * MIB) {
        sent += piece.length
        if (response.write(piece)) continue
        const refilled = new Promise<boolean>((resolve) => {
          response.once('drain', () => resolve(true))
          setTimeout(resolve, 500, false).unref()
        })
        refilled.then((more) => (more ? sendMore() : stopped.resolve(sent)))
        return
      }
      stopped.resolve(sent)
    }
    sendMore()
  }
  const body = chatBody({ stream: true, stream_options: { include_usage: true } })
  const socket = await openSocket(latchkey.url)
  socket.pause()
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  expect(await stopped.promise).toBeLessThan(50 * MIB)
  socket.destroy()
})

test('a single event of 20 MB passes, and the stream after it too', async () => {
  const big = event({ choices: [{ delta: { content: 'x'.repeat(20 * MIB) } }] })
  const rest = event(chatChunks(false)[3]) + event('[DONE]')
  handle = (_request, response) => {
    startEvents(response)
    response.end(big + rest)
  }
  const reply = await post(latchkey, secret, '/v1/chat/completions', chatBody({ stream: true }))
  expect((await reply.text()) === big + rest).toBe(true)
})
