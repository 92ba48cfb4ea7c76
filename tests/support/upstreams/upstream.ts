// An upstream for tests: a real HTTP server that keeps what it was sent and responds as the test says.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** One request as the upstream received it. */
export type Received = {
  method: string
  /** With its query. */
  path: string
  headers: IncomingMessage['headers']
  body: Buffer
  /** The body as JSON; undefined where it is none. */
  json: unknown
}

export type Responder = (request: Received, response: ServerResponse) => void | Promise<void>

export type TestUpstream = {
  /** A base URL as LATCHKEY_UPSTREAM_URL takes it. */
  baseUrl: string
  received: Received[]
  /** What responds from now on. */
  respondWith(answerer: Responder): void
  /** Open connections at this moment. */
  connections(): number
  close(): Promise<void>
}

/** Starts on a free port. Bodies are read whole before the handler is called; `upgrade` is for WebSockets. */
export async function startUpstream(
  first: Responder,
  upgrade: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | null = null,
): Promise<TestUpstream> {
  let answerer = first
  const received: Received[] = []
  const sockets = new Set<Duplex>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => undefined)
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      // The client disconnected in the middle of its body: nothing was received.
      return
    }
    const body = Buffer.concat(chunks)
    const entry: Received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      json: parsed(body),
    }
    received.push(entry)
    await answerer(entry, response)
  })
  if (upgrade !== null) server.on('upgrade', upgrade)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    received,
    respondWith(next) {
      answerer = next
    },
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        // Those of WebSockets are no longer the server's.
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Responds with JSON. */
export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
