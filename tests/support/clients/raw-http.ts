// HTTP by the byte, for what no client library would send, and for upstreams that break off.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { listenOnLoopback } from '../listen-on-loopback.ts'

export type RawResponse = { status: number; head: string; body: string }

/**
 * Sends bytes as they are, and returns all that came back when the server closed the connection (send
 * `Connection: close`, or something that a server must close after).
 */
export async function sendRaw(url: string, bytes: string | Buffer): Promise<string> {
  const socket = await openSocket(url)
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.on('error', () => undefined)
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  await once(socket, 'close')
  return Buffer.concat(received).toString('latin1')
}

/** A connected socket to the server behind a URL; the test closes it. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  return socket
}

/** The one response in what `sendRaw` returned; its body is taken as it stands, chunked or not. */
export function parseRaw(text: string): RawResponse {
  const end = text.indexOf('\r\n\r\n')
  return {
    status: Number(text.slice(9, 12)),
    head: text.slice(0, end).toLowerCase(),
    body: text.slice(end + 4),
  }
}

export type RawUpstream = { baseUrl: string; close(): Promise<void> }

/** An upstream that gets each connection once the first bytes of a request are there. */
export function startRawUpstream(onRequest: (socket: Socket) => void): Promise<RawUpstream> {
  return startRawConnections((socket, nth) => {
    if (nth === 1) onRequest(socket)
  })
}

/** An upstream whose handler gets each request, as its first bytes come, with its number on its connection, from 1. */
export async function startRawConnections(
  onRequest: (socket: Socket, nth: number) => void,
): Promise<RawUpstream> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let nth = 0
    socket.on('data', (bytes: Buffer) => {
      if (/^[A-Z]+ \/\S* HTTP\/1\.1\r\n/.test(bytes.toString('latin1', 0, 4_096))) onRequest(socket, ++nth)
    })
  })
  const port = await listenOnLoopback(server)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
