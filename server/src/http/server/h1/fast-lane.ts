// The fast lane before node:http: plain calls are served on the connections themselves, at less than half of node:http's
// cost, and everything else is handed to node:http with all its bytes. tests/fuzz checks that a client cannot distinguish the two.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { ClientAddresses } from '../../wire/client-address.ts'
import type { Exchange } from '../exchange.ts'
import { type Lane, LaneConnection } from './lane-connection.ts'
import type { RequestHead } from './request-head.ts'
import { connectionLines, headerLines, type ResponseHeaders } from './response-bytes.ts'

export type LaneOptions = {
  /** Whether the lane serves a request with this head; all others are node:http's. */
  takes(head: RequestHead): boolean
  handle(exchange: Exchange): void
  addresses: ClientAddresses
  /** How long a client may take no byte of the remainder of an ended response; milliseconds. */
  clientIdleMs: number
  /** Sent with every response. */
  responseHeaders: ResponseHeaders
}

export type FastLane = {
  /** Closes the connections without an in-flight call. */
  closeIdle(): void
  closeAll(): void
}

// How often the time limits are checked; each may be exceeded by this much.
const CHECK_MS = 5_000
// node:http's own default (server.keepAliveTimeoutBuffer): a client with the same timeout must not run into the close.
const KEEP_ALIVE_BUFFER_MS = 1_000

/**
 * Puts the lane in front of a server: its connections come here first. The server's time limits hold here too, and its
 * 'clientError' responds to what is not HTTP. Connections live until they close, or are handed over for good.
 */
export function openFastLane(server: Server, options: LaneOptions): FastLane {
  const connections = new Set<LaneConnection>()
  // Node's own connection listener, which is public as `server.emit('connection', socket)`.
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
