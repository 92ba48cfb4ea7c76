// The one listening socket: HTTP's limits, the response to what is not HTTP, and how it stops.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import type { Duplex } from 'node:stream'
import { callError } from '../../domain/errors.ts'
import { errorBody, errorHeaders } from '../wire/error-response.ts'
import { boundConnections, type ConnectionBound } from './connection-bound.ts'
import { type FastLane, type LaneOptions, openFastLane } from './h1/fast-lane.ts'

/** Takes over connections that request another protocol (RFC 9110 §7.8). */
export type UpgradeHandler = {
  /** True for an upgrade request that `handle` serves; any other is served as if it requested no upgrade. */
  takes(request: IncomingMessage): boolean
  /** Owns the connection from here on. `head`: the bytes that were read behind the request's head. */
  handle(request: IncomingMessage, head: Buffer): void
}

export type StopOptions = { graceMs: number; lingerMs: number; interrupt(): void }

export type Listener = {
  server: Server
  /** Resolves to the base URL, with the port that was given or found; rejects where the address cannot be bound. */
  listen(host: string, port: number): Promise<string>
  /**
   * Accepts no new connections, and resolves once all are closed. What arrives on those that are open within `lingerMs` is
   * served, with `Connection: close`; then idle ones are closed. After `graceMs`, `interrupt` is called, which ends the calls
   * that are left, and a moment later all connections are closed.
   */
  stop(options: StopOptions): Promise<void>
}

/**
 * Makes the server that hands each request to `handler`, and each WebSocket request to `realtime`, where there is one; the
 * fast lane comes before it where `laneOptions` are given, and `bound`, where there is one, before both. A request body of which no byte comes for `clientIdleMs` is not
 * waited for. Does not listen yet.
 */
export function createListener(
  handler: RequestListener,
  realtime: UpgradeHandler | null,
  clientIdleMs: number,
  laneOptions: LaneOptions | null,
  bound: ConnectionBound | null = null,
): Listener {
  // A server may ignore a request for any other protocol (RFC 9110 §7.8); some clients send one with every request.
  const shouldUpgradeCallback = realtime?.takes ?? (() => false)
  const server = createServer({ ...HTTP_LIMITS, shouldUpgradeCallback }, handler)
  server.on('checkContinue', (request, response) => {
    inviteWhenRead(request, response)
    server.emit('request', request, response)
  })
  server.on('request', noteResponse)
  server.on('request', (request, response) => limitSilence(server, request, response, clientIdleMs))
  if (realtime !== null) server.on('upgrade', (request, _socket, head) => upgrade(realtime, request, head))
  server.on('clientError', refuseMalformed)
  const lane = laneOptions === null ? null : openFastLane(server, laneOptions)
  if (bound !== null) boundConnections(server, bound)
  return {
    server,
    listen: (host, port) => listen(server, host, port),
    stop: (options) => stop(server, lane, options),
  }
}

/** True of a host that stands for every address of the machine. */
export function isWildcardHost(host: string): boolean {
  return /^(0\.0\.0\.0|::)$/.test(host)
}

/** The URL of a server that listens there, for people. */
export function baseUrl(host: string, port: number): string {
  // What a browser on this machine can open; a wildcard address cannot be opened.
  const shown = isWildcardHost(host) ? '127.0.0.1' : host
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
}

// Long enough for a large upload on a slow line; a head comes at once or not at all.
const HTTP_LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 15 * 60_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 32 * 1024,
  noDelay: true,
}

/**
 * A client that sends `Expect: 100-continue` (RFC 9110 §10.1.1) gets its 100 when the body begins to be read, so that a body
 * that is refused unread is not sent. Whether it still comes is not known then, so the refusal closes the connection.
 */
function inviteWhenRead(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close')
  const onReader = (event: string | symbol) => {
    if (event !== 'data' && event !== 'readable') return
    request.off('newListener', onReader)
    if (response.headersSent) return
    response.removeHeader('connection')
    response.writeContinue()
  }
  request.on('newListener', onReader)
}

// The oldest response of each connection that may still be in flight.
const responses = new WeakMap<Duplex, ServerResponse>()

function noteResponse({ socket }: IncomingMessage, response: ServerResponse): void {
  if (responses.get(socket)?.writableFinished !== false) responses.set(socket, response)
}

/** Closes a connection whose client sends nothing more within the body of a request. */
function limitSilence(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  idleMs: number,
): void {
  const { socket, headers } = request
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  socket.setTimeout(idleMs)
  // While there is a listener here, Node does not close the connection by itself.
  const onSilence = () => {
    if (response.writableEnded) return void socket.destroy()
    // The body is complete, though it may not have been read yet.
    if (request.complete) return
    // Where the gateway does not read, the client is not at fault.
    if (request.isPaused() || request.readableLength > 0) return void socket.setTimeout(idleMs)
    const silence = Object.assign(new Error('the client sent nothing for too long'), {
      code: 'ERR_HTTP_REQUEST_TIMEOUT',
    })
    server.emit('clientError', silence, socket)
  }
  response.on('timeout', onSilence)
  request.once('end', () => {
    response.off('timeout', onSilence)
    // Once the response is sent, the connection has a timeout of its own.
    if (!response.writableEnded) socket.setTimeout(0)
  })
}

function upgrade(realtime: UpgradeHandler, request: IncomingMessage, head: Buffer): void {
  // Sent without waiting for the response before it: the bytes of the two would mix.
  if (responses.get(request.socket)?.writableFinished === false) request.socket.destroy()
  else realtime.handle(request, head)
}

const TIMED_OUT = '408 Request Timeout'

/** What is not HTTP reaches no handler; it gets a response that a person can read, and the connection closes. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const reply = responses.get(socket)
  // In the middle of a response, a second head would be read as a part of it.
  const responding = reply?.headersSent === true && !reply.writableFinished
  if (error.code === 'ECONNRESET' || !socket.writable || responding) return void socket.destroy()
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? TIMED_OUT
        : '400 Bad Request'
  const refusal = callError('invalid_request', {
    message:
      status === TIMED_OUT
        ? 'Request Timeout: the request did not come to its end in time.'
        : `${status.slice(4)}: the request is not well-formed HTTP.`,
  })
  const body = errorBody(refusal)
  const headers = { ...errorHeaders(refusal), 'content-length': String(body.length), connection: 'close' }
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status}\r\n${head.join('')}\r\n${body.toString('utf8')}`)
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve(baseUrl(host, (server.address() as AddressInfo).port))
    })
  })
}

// How soon, while stopping, a connection is closed whose last response has ended.
const IDLE_CHECK_MS = 50
// For what an interrupted call is still sent: an error, and the end of its response.
const INTERRUPT_MS = 1_000

async function stop(server: Server, lane: FastLane | null, options: StopOptions): Promise<void> {
  if (!server.listening) return
  const { graceMs, lingerMs, interrupt } = options
  // The first to see each request: its response says that the connection closes.
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
  // That of node:http would close idle connections at once, on which a request may be on its way.
  const closed = new Promise<void>((resolve) =>
    Reflect.apply(NetServer.prototype.close, server, [() => resolve()]),
  )
  const closeIdle = () => {
    server.closeIdleConnections()
    lane?.closeIdle()
  }
  let idle: NodeJS.Timeout | undefined
  const linger = setTimeout(() => {
    closeIdle()
    // Node keeps a connection whose last response ends after this for as long as any idle one.
    idle = setInterval(closeIdle, IDLE_CHECK_MS)
  }, lingerMs)
  let late: NodeJS.Timeout | undefined
  const timer = setTimeout(() => {
    interrupt()
    late = setTimeout(() => {
      server.closeAllConnections()
      lane?.closeAll()
    }, INTERRUPT_MS)
  }, graceMs)
  await closed
  for (const each of [linger, idle, timer, late]) clearTimeout(each)
  // What node:http's own close would have ended.
  server.close()
}
