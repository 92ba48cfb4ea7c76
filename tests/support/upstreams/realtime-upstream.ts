// An upstream with a realtime API: a real WebSocket server that keeps the handshakes that it got and does as the test says.

import { createServer, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { listenOnLoopback } from '../listen-on-loopback.ts'

export type RealtimeUpstream = {
  /** A base URL as LATCHKEY_UPSTREAM_URL takes it. */
  baseUrl: string
  /** The handshakes, oldest first. */
  handshakes: { path: string; headers: IncomingMessage['headers'] }[]
  /** What is done with each session from now on. */
  serve(onSession: (peer: WebSocket) => void): void
  /** Bytes that are sent to every handshake from now on; null: they are accepted. */
  refuseWith(reply: string | null): void
  /** Responds to no handshake from now on; resolves when one is waiting. */
  stall(): Promise<void>
  /** Open connections at this moment. */
  connections(): number
  close(): Promise<void>
}

/** Starts on a free port. */
export async function startRealtimeUpstream(
  first: (peer: WebSocket) => void = () => undefined,
): Promise<RealtimeUpstream> {
  let onSession = first
  let refusal: string | null = null
  let stalled: (() => void) | null = null
  const handshakes: RealtimeUpstream['handshakes'] = []
  const sockets = new Set<Duplex>()
  const server = createServer((_request, response) => response.writeHead(404).end())
  const sessions = new WebSocketServer({ noServer: true, perMessageDeflate: true })
  sessions.on('headers', (lines) => lines.push('x-request-id: req_realtime', 'server: canary'))
  server.on('upgrade', (request, socket, head) => {
    handshakes.push({ path: request.url ?? '', headers: request.headers })
    if (stalled !== null) {
      // A connection that nobody reads does not see its end.
      socket.resume().on('end', () => socket.destroy())
      return stalled()
    }
    if (refusal !== null) return void socket.end(refusal)
    sessions.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => undefined)
      onSession(peer)
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listenOnLoopback(server)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    handshakes,
    serve(next) {
      onSession = next
      refusal = null
    },
    refuseWith(reply) {
      refusal = reply
    },
    stall: () =>
      new Promise((resolve) => {
        stalled = resolve
      }),
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** An HTTP response with a JSON body, by the byte. */
export function rawJson(status: string, body: unknown, headers: string[] = []): string {
  const text = JSON.stringify(body)
  const lines = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
    ...headers,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}
