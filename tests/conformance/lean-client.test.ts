// The lean client on real sockets: which connection serves which call, and what it does when an upstream goes wrong.
import { lookup } from 'node:dns'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { leanClient } from '@latchkey/server/http/client/h1/lean-client.ts'
import type {
  TransportError,
  UpstreamCall,
  UpstreamClient,
  UpstreamTimeouts,
} from '@latchkey/server/http/client/upstream-client.ts'
import { afterEach, expect, test, vi } from 'vitest'

const PATIENT: UpstreamTimeouts = { connectMs: 10_000, headMs: 10_000, idleMs: 10_000 }
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

type Heard = { connection: number; request: string }

type Upstream = {
  baseUrl: string
  /** Every request, with the number of the connection that it came over. */
  heard: Heard[]
  sockets: Socket[]
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** Calls `onRequest` for each request of a small body; nothing else is read off the bytes. */
async function startUpstream(
  onRequest: (socket: Socket, request: string, count: number) => void,
): Promise<Upstream> {
  const heard: Heard[] = []
  const sockets: Socket[] = []
  const server: Server = createServer((socket) => {
    const connection = sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const request = bytes.toString('latin1')
      heard.push({ connection, request })
      onRequest(socket, request, heard.length)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { baseUrl: `http://127.0.0.1:${port}/v1`, heard, sockets }
}

function startClient(timeouts = PATIENT): { client: UpstreamClient; handedOn: string[] } {
  const handedOn: string[] = []
  const client = leanClient(
    {
      send(request) {
        handedOn.push(request.method)
        return { resume: () => undefined, abort: () => undefined }
      },
      close: () => Promise.resolve(),
    },
    timeouts,
    lookup,
  )
  closers.push(() => client.close())
  return { client, handedOn }
}

type Reported = {
  call: UpstreamCall
  done: Promise<string>
  status: number | null
  body: string
  chunks: number
}

/** A call; `done` is its end in a word and what came: `end 200 ok`. */
function call(
  client: UpstreamClient,
  baseUrl: string,
  { body = '{}', flows = () => true }: { body?: string; flows?: () => boolean } = {},
): Reported {
  const reported: Reported = { call: NONE, done: Promise.resolve(''), status: null, body: '', chunks: 0 }
  reported.done = new Promise((resolve) => {
    const end = (how: 'end' | TransportError) => resolve(`${how} ${reported.status} ${reported.body}`)
    const bytes = Buffer.from(body)
    reported.call = client.send(
      { baseUrl, method: 'POST', path: '/x', headers: { a: 'b' }, body: bytes, bodyBytes: bytes.length },
      {
        onHead: (status) => {
          reported.status = status
        },
        onChunk: (chunk) => {
          reported.chunks++
          reported.body += chunk.toString('latin1')
          return flows()
        },
        onEnd: () => end('end'),
        onFailure: end,
      },
    )
  })
  return reported
}

const NONE: UpstreamCall = { resume: () => undefined, abort: () => undefined }

test('one call after the other goes over one connection, and calls at once over one each, the newest first again', async () => {
  const { client } = startClient()
  const upstream = await startUpstream((socket) => socket.write(OK))
  for (let n = 0; n < 3; n++) expect(await call(client, upstream.baseUrl).done).toBe('end 200 ok')
  expect(upstream.sockets).toHaveLength(1)
  expect(upstream.heard[0]?.request).toBe(
    `POST /v1/x HTTP/1.1\r\nhost: ${new URL(upstream.baseUrl).host}\r\nconnection: keep-alive\r\na: b\r\ncontent-length: 2\r\n\r\n{}`,
  )
  await Promise.all([call(client, upstream.baseUrl).done, call(client, upstream.baseUrl).done])
  expect(upstream.sockets).toHaveLength(2)
  await call(client, upstream.baseUrl).done
  expect(upstream.sockets).toHaveLength(2)
})

test('an upstream that closes a kept connection during a call gets the request again, once, on a fresh one', async () => {
  const { client } = startClient({ ...PATIENT, raceMs: 60_000 })
  const upstream = await startUpstream((socket, _request, count) => {
    // Every second request finds its connection closing.
    if (count % 2 === 1) socket.write(OK)
    else socket.resetAndDestroy()
  })
  for (let n = 0; n < 30; n++) expect(await call(client, upstream.baseUrl).done).toBe('end 200 ok')
  expect(upstream.heard.length).toBe(59)
})

test('a fresh connection that closes is a failure, and so is a kept one after a byte of its response', async () => {
  const { client } = startClient()
  let response: string | null = null
  const upstream = await startUpstream((socket) => {
    if (response === null) socket.destroy()
    else if (response === OK) socket.write(OK)
    else socket.end(response)
  })
  expect(await call(client, upstream.baseUrl).done).toBe('unreachable null ')
  response = OK
  expect(await call(client, upstream.baseUrl).done).toBe('end 200 ok')
  response = 'H'
  expect(await call(client, upstream.baseUrl).done).toBe('unreachable null ')
  expect(upstream.heard).toHaveLength(3)
})

test('bytes without a request never reach another call', async () => {
  const { client } = startClient()
  const upstream = await startUpstream((socket, request) => {
    if (!request.includes('poison')) return void socket.write(OK)
    socket.write(OK)
    setImmediate(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison'))
  })
  for (let n = 0; n < 20; n++) {
    const before = upstream.sockets.length
    expect(await call(client, upstream.baseUrl, { body: 'poison' }).done).toBe('end 200 ok')
    // The client sees them and closes the connection.
    await expect.poll(() => upstream.sockets.filter(({ closed }) => !closed)).toHaveLength(0)
    expect(await call(client, upstream.baseUrl).done).toBe('end 200 ok')
    expect(upstream.sockets.length).toBeGreaterThan(before)
  }
})

test('bytes after a response end its connection at once', async () => {
  const { client } = startClient()
  const upstream = await startUpstream((socket) => socket.write(`${OK}${OK}`))
  for (let n = 0; n < 5; n++) expect(await call(client, upstream.baseUrl).done).toBe('end 200 ok')
  expect(upstream.sockets).toHaveLength(5)
})

test('an idle connection is closed before common servers would', async () => {
  const { client } = startClient()
  const upstream = await startUpstream((socket) => socket.write(OK))
  await call(client, upstream.baseUrl).done
  const [socket] = upstream.sockets
  if (socket === undefined) throw new Error('no connection')
  await once(socket, 'close')
})

test.for([
  ['the head', '', 'timeout null '],
  ['the next chunk', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart', 'timeout 200 part'],
] as const)('silence before %s is a timeout', async ([, sent, reported]) => {
  const { client } = startClient({ connectMs: 10_000, headMs: 200, idleMs: 200 })
  const upstream = await startUpstream((socket) => socket.write(sent))
  expect(await call(client, upstream.baseUrl).done).toBe(reported)
})

test('a slow listener is not a silent upstream, and holds it back', async () => {
  const { client } = startClient({ ...PATIENT, idleMs: 1_000 })
  const bytes = 32 * 1024 * 1024
  let written = false
  const upstream = await startUpstream((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`)
    socket.end(Buffer.alloc(bytes, 'x'), () => {
      written = true
    })
  })
  let flowing = false
  const reported = call(client, upstream.baseUrl, { flows: () => flowing })
  await expect.poll(() => reported.chunks).toBe(1)
  // Longer than an upstream may be silent.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect([reported.chunks, written]).toEqual([1, false])
  flowing = true
  reported.call.resume()
  expect((await reported.done).length).toBe('end 200 '.length + bytes)
})

test('an abort closes the connection, at any time, and no event follows', async () => {
  const { client } = startClient()
  const upstream = await startUpstream((socket, request) => {
    if (request.includes('part')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart')
    else if (request.includes('ok')) socket.write(OK)
  })
  const ended = vi.fn()
  const before = call(client, upstream.baseUrl)
  before.done.then(ended)
  before.call.abort()
  const waiting = call(client, upstream.baseUrl, { body: 'wait' })
  waiting.done.then(ended)
  await expect.poll(() => upstream.heard.some(({ request }) => request.endsWith('wait'))).toBe(true)
  waiting.call.abort()
  const middle = call(client, upstream.baseUrl, { body: 'part' })
  middle.done.then(ended)
  await expect.poll(() => middle.body).toBe('part')
  middle.call.abort()
  await expect.poll(() => upstream.sockets.every(({ closed }) => closed)).toBe(true)
  // One that waits for the turn in which its kept connection is written to.
  await call(client, upstream.baseUrl, { body: 'ok' }).done
  const reserved = call(client, upstream.baseUrl, { body: 'never' })
  reserved.done.then(ended)
  reserved.call.abort()
  expect(await call(client, upstream.baseUrl, { body: 'ok' }).done).toBe('end 200 ok')
  expect(upstream.heard.some(({ request }) => request.endsWith('never'))).toBe(false)
  expect(ended).not.toHaveBeenCalled()
})

test('a body of many writes arrives whole', async () => {
  const { client } = startClient()
  const body = 'y'.repeat(3_000_000)
  let bytes = 0
  const upstream = await startUpstream((socket, request) => {
    bytes += request.length
    if (request.endsWith('.')) socket.write(OK)
  })
  expect(await call(client, upstream.baseUrl, { body: `${body}.` }).done).toBe('end 200 ok')
  expect(bytes).toBe((upstream.heard[0]?.request.indexOf('\r\n\r\n') ?? 0) + 4 + body.length + 1)
})

test('a port without a listener is unreachable; a name that does not exist too', async () => {
  const { client } = startClient()
  const upstream = await startUpstream(() => undefined)
  for (const close of closers.splice(1)) await close()
  expect(await call(client, upstream.baseUrl).done).toBe('unreachable null ')
  expect(await call(client, 'http://nowhere.invalid/v1').done).toBe('unreachable null ')
})

test('an in-flight call fails when the client closes, and a later one is not taken', async () => {
  const { client, handedOn } = startClient()
  const upstream = await startUpstream(() => undefined)
  const reported = call(client, upstream.baseUrl)
  await expect.poll(() => upstream.heard).toHaveLength(1)
  await client.close()
  expect(await reported.done).toBe('unreachable null ')
  call(client, upstream.baseUrl)
  expect(handedOn).toEqual(['POST'])
})

test('a listener that throws loses its call alone', async () => {
  const { client } = startClient()
  const upstream = await startUpstream((socket) => socket.write(OK))
  const reported = call(client, upstream.baseUrl, {
    flows: () => {
      throw new Error('a mistake')
    },
  })
  expect(await reported.done).toBe('interrupted 200 ok')
  expect(await call(client, upstream.baseUrl).done).toBe('end 200 ok')
})
