// Two servers that differ in one thing, the fast lane, and what each makes of the same bytes.
import type { Exchange } from '@latchkey/server/gateway/exchange.ts'
import { nodeExchange } from '@latchkey/server/gateway/node-exchange.ts'
import { createListener } from '@latchkey/server/listener.ts'
import { CallerConnection, turn } from './caller-connection.ts'
import type { RequestCase } from './request-bytes.ts'
import { understand } from './understanding.ts'

/** What came of one connection. */
export type Reading = {
  /** One entry a request: what the handler was given, and how that ended. */
  understood: string[]
  /** Every byte that was answered, but for the dates. */
  answered: string
  /** The server has ended the connection. */
  closed: boolean
  /** After how many bytes the lane gave the connection to node:http; null where it did not. */
  handedOverAt: number | null
}

export type Front = {
  /** Requests that the fast lane has handled. */
  taken(): number
  /** Reads each case over a connection of its own, all of them side by side. */
  read(cases: RequestCase[]): Promise<Reading[]>
  close(): Promise<void>
}

// Enough for four requests, one after the other, each of which is answered within three turns.
const QUIET_TURNS = 14
// What the lane takes by its length; the handler takes less.
const LANE_MAX_BYTES = 1_100
const CALLER_IDLE_MS = 60_000
const HOUR_MS = 3_600_000

/** Starts the real listener, with or without the lane, before a handler that says what it was given. */
export async function openFront(withLane: boolean): Promise<Front> {
  let taken = 0
  let readings: Reading[] = []
  // A connection in memory has its number for an address.
  const handle = (exchange: Exchange) =>
    void understand(exchange, readings[Number(exchange.clientIp)]?.understood ?? [])
  const listener = createListener(
    (request, response) => handle(nodeExchange(request, response, CALLER_IDLE_MS)),
    null,
    withLane
      ? {
          takes: ({ path, contentLength }) => path !== '/v1/files' && contentLength <= LANE_MAX_BYTES,
          handle: (exchange) => {
            taken++
            handle(exchange)
          },
          callerIdleMs: CALLER_IDLE_MS,
          answerHeaders: {},
        }
      : null,
  )
  // Its time limits run, and no answer says that it is stopping.
  await listener.listen('127.0.0.1', 0)
  return {
    taken: () => taken,
    async read(cases) {
      readings = cases.map(() => ({ understood: [], answered: '', closed: false, handedOverAt: null }))
      const connections = cases.map((_, index) => new CallerConnection(String(index)))
      for (const connection of connections) listener.server.emit('connection', connection)
      const steps = Math.max(...cases.map(({ segments }) => segments.length))
      for (let step = 0; step < steps; step++) {
        for (const [index, { segments }] of cases.entries()) {
          const segment = segments[step]
          if (segment !== undefined) connections[index]?.arrive(segment)
        }
        await quiet()
      }
      for (const [index, { end }] of cases.entries()) if (end === 'says so') connections[index]?.arrive(null)
      await quiet()
      for (const [index, connection] of connections.entries()) {
        const reading = readings[index]
        if (reading === undefined) continue
        reading.answered = connection.answered()
        reading.closed = connection.ended
        reading.handedOverAt = connection.returnedAt
        connection.destroy()
      }
      await quiet()
      return readings
    },
    close: () => listener.stop(0),
  }
}

async function quiet(): Promise<void> {
  for (let turns = 0; turns < QUIET_TURNS; turns++) await turn()
}
