// Two servers that differ in one thing, the fast lane, and what each makes of the same bytes.
import type { Server } from 'node:http'
import type { Exchange } from '@latchkey/server/http/server/exchange.ts'
import { createListener } from '@latchkey/server/http/server/listener.ts'
import { nodeExchange } from '@latchkey/server/http/server/node-exchange.ts'
import { openSocket } from '../support/clients/raw-http.ts'
import { ClientConnection, textOf, turn } from './client-connection.ts'
import type { RequestCase } from './request-bytes.ts'
import { type Understood, understand } from './understanding.ts'

/** What came of one connection. */
export type Reading = {
  /** One entry a request. */
  understood: Understood[]
  /** Every byte that was sent back, without the dates. */
  succeeded: string
  /** The server has ended the connection. */
  closed: boolean
  /** After how many bytes the lane gave the connection to node:http; null where it did not. */
  handedOverAt: number | null
}

export type Front = {
  /** Requests that the fast lane has handled. */
  taken(): number
  /** Reads each case over a connection of its own, all of them side by side. */
  read(cases: readonly RequestCase[]): Promise<Reading[]>
  /**
   * Sends each case over a TCP connection, all of them side by side. What has been sent back so far is asked for as often as
   * one likes; ends with `close`.
   */
  send(cases: readonly RequestCase[]): Promise<{ succeeded(): string[]; close(): void }>
  close(): Promise<void>
}

// Enough for four requests, one after the other, each of which gets its response within three turns.
const QUIET_TURNS = 14
// What the lane takes by its length; the handler takes less.
const LANE_MAX_BYTES = 1_100
const CLIENT_IDLE_MS = 3_600_000
const HOUR_MS = 3_600_000
/** Every connection is a proxy's, and the client's address is what it reports. */
const ADDRESSES = {
  trusts: () => true,
  of: (peer: string | null, forwardedFor: unknown) => `${peer} for ${JSON.stringify(forwardedFor)}`,
}

/** Starts the real listener, with or without the lane, before a handler that says what it was given. */
export async function openFront(withLane: boolean): Promise<Front> {
  let taken = 0
  let readings: Reading[] = []
  // A connection in memory has its number for an address.
  const handle = (exchange: Exchange) =>
    void understand(exchange, readings[Number.parseInt(exchange.clientIp ?? '', 10)]?.understood ?? [])
  const listener = createListener(
    (request, response) => handle(nodeExchange(request, response, CLIENT_IDLE_MS, ADDRESSES)),
    null,
    CLIENT_IDLE_MS,
    withLane
      ? {
          takes: ({ path, contentLength }) => path !== '/v1/files' && contentLength <= LANE_MAX_BYTES,
          handle: (exchange) => {
            taken++
            handle(exchange)
          },
          addresses: ADDRESSES,
          clientIdleMs: CLIENT_IDLE_MS,
          responseHeaders: {},
        }
      : null,
  )
  // So that no response says that it is stopping.
  const url = await listener.listen('127.0.0.1', 0)
  // Thousands of connections side by side, byte by byte, take longer than a client may.
  Object.assign(listener.server, { headersTimeout: HOUR_MS, requestTimeout: HOUR_MS })
  return {
    taken: () => taken,
    async read(cases) {
      readings = cases.map(() => ({ understood: [], succeeded: '', closed: false, handedOverAt: null }))
      const connections = cases.map((_, index) => new ClientConnection(String(index)))
      for (const connection of connections) listener.server.emit('connection', connection)
      await inPieces(
        cases,
        (index, bytes) => connections[index]?.arrive(bytes),
        (index) => connections[index]?.arrive(null),
      )
      for (const [index, connection] of connections.entries()) {
        const reading = readings[index]
        if (reading === undefined) continue
        reading.succeeded = connection.succeeded()
        reading.closed = connection.ended
        reading.handedOverAt = connection.returnedAt
        connection.destroy()
      }
      await quiet()
      return readings
    },
    async send(cases) {
      const sockets = await Promise.all(cases.map(() => openSocket(url)))
      // Two pieces that wait for a connection to be accepted become one.
      while ((await connectionsOf(listener.server)) < cases.length) await turn()
      const received = sockets.map((socket) => {
        const chunks: Buffer[] = []
        socket.on('data', (chunk) => chunks.push(chunk))
        // A write to a connection that was ended fails with an error.
        socket.on('error', () => undefined)
        return chunks
      })
      await inPieces(
        cases,
        (index, bytes) => sockets[index]?.write(bytes),
        (index) => sockets[index]?.end(),
      )
      return {
        succeeded: () => received.map(textOf),
        close: () => {
          for (const socket of sockets) socket.destroy()
        },
      }
    },
    close: () => listener.stop({ graceMs: 0, lingerMs: 0, interrupt: () => undefined }),
  }
}

/** Lets the first piece of each case arrive, then the second of each, and so on, and then the end of those that say so. */
async function inPieces(
  cases: readonly RequestCase[],
  arrive: (index: number, bytes: Buffer) => void,
  end: (index: number) => void,
): Promise<void> {
  const steps = Math.max(...cases.map(({ segments }) => segments.length))
  for (let step = 0; step < steps; step++) {
    for (const [index, { segments }] of cases.entries()) {
      const segment = segments[step]
      if (segment !== undefined) arrive(index, segment)
    }
    await quiet()
  }
  for (const [index, test] of cases.entries()) if (test.end === 'says so') end(index)
  await quiet()
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  )
}

async function quiet(): Promise<void> {
  for (let turns = 0; turns < QUIET_TURNS; turns++) await turn()
}
