// The front before node:http: plain calls are answered on the connections themselves, at less than half of node:http's
// cost, and everything else is given to node:http, bytes and all. tests/fuzz holds that nobody can tell which it was.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientAddresses } from '../../wire/client-address.ts'
import type { Exchange } from '../exchange.ts'
import { type Lane, LaneConnection } from './lane-connection.ts'
import type { RequestHead } from './request-head.ts'
import { connectionLines, headerLines, type ResponseHeaders } from './response-bytes.ts'

export type LaneOptions = {
  /** Whether a request of this head is for the lane; the rest is node:http's. */
  takes(head: RequestHead): boolean
  handle(exchange: Exchange): void
  addresses: ClientAddresses
  /** How long a caller may take nothing of what is left of an answer that has ended; milliseconds. */
  clientIdleMs: number
  /** Sent with every answer. */
  responseHeaders: ResponseHeaders
}

export type FastLane = {
  /** Closes the connections without a call. */
  closeIdle(): void
  closeAll(): void
}

// How often connections are looked at; what has a limit may last this much longer.
const CHECK_MS = 5_000
// node:http's own default (server.keepAliveTimeoutBuffer): a caller that counts as we do must not run into the close.
const KEEP_ALIVE_BUFFER_MS = 1_000

/**
 * Puts the lane in front of a server: its connections come here first. The server's time limits hold here too, and its
 * 'clientError' answers what is not HTTP. Connections live until they close, or are handed over for good.
 */
export function openFastLane(server: Server, options: LaneOptions): FastLane {
  const connections = new Set<LaneConnection>()
  // Node's way of taking a connection, which is public as `server.emit('connection', socket)`.
  const takers = server.listeners('connection')
  const first = headerLines(options.responseHeaders)
  const staying = { first, last: connectionLines(server.keepAliveTimeout) }
  const ending = { first, last: connectionLines(null) }
  const lane: Lane = {
    takes: options.takes,
    handle: options.handle,
    addresses: options.addresses,
    clientIdleMs: options.clientIdleMs,
    fixedLines: () => (server.listening ? staying : ending),
    isClosing: () => !server.listening,
    handOver(socket, bytes) {
      socket.pause()
      socket.unshift(bytes)
      for (const take of takers) Reflect.apply(take, server, [socket])
      socket.resume()
    },
    refuse: (error, socket) => void server.emit('clientError', error, socket),
    forget: (connection) => void connections.delete(connection),
  }
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => void connections.add(new LaneConnection(lane, socket)))
  let checks: NodeJS.Timeout | undefined
  server.on('listening', () => {
    checks = setInterval(() => {
      const { headersTimeout, requestTimeout, keepAliveTimeout } = server
      const limits = {
        headersTimeout,
        requestTimeout,
        keepAliveTimeout: keepAliveTimeout + KEEP_ALIVE_BUFFER_MS,
      }
      for (const connection of connections) connection.expire(performance.now(), limits)
    }, CHECK_MS).unref()
  })
  server.on('close', () => clearInterval(checks))

  return {
    closeIdle() {
      for (const { isIdle, socket } of connections) if (isIdle) socket.destroy()
    },
    closeAll() {
      for (const { socket } of connections) socket.destroy()
    },
  }
}
