// An upstream client over undici.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction, Socket } from 'node:net'
import { Agent, type Dispatcher, errors, Pool, ProxyAgent } from 'undici'
import { transportReasonOf } from '../../domain/upstreams/transport-reason-of.ts'
import {
  type EgressOptions,
  IDLE_CONNECTION_MS,
  isIdempotent,
  isRace,
  type TransportError,
  timeoutsOn,
  type UpstreamCall,
  type UpstreamClient,
  type UpstreamListener,
  type UpstreamRequest,
  type UpstreamTimeouts,
} from './upstream-client.ts'

// With EgressOptions for more than this, the oldest agent is dropped.
const AGENTS_MAX = 1_000

/**
 * An upstream client over undici's `dispatch`, the cheapest interface of the library (no stream objects per call).
 * `lookup` is for calls with EgressOptions.
 */
export function undiciClient(
  timeouts: UpstreamTimeouts,
  lookup: LookupFunction,
  connect: Agent.Options['connect'] = { timeout: timeouts.connectMs },
): UpstreamClient {
  const usual = agentsFor(timeouts, (options) => new Agent({ ...options, connect }))
  // Owner: this client. Key: that of the EgressOptions. Bound: AGENTS_MAX, the newest. Lifetime: the client's; of a dropped one,
  // that of the calls on it.
  const agentsByKey = new Map<string, Agents>()
  subscribe(SENDING, noteSocket)

  function agentsOn(egress: EgressOptions): Agents {
    const known = agentsByKey.get(egress.key)
    if (known !== undefined) return known
    const agents = agentsThrough(egress, timeoutsOn(egress, timeouts), lookup)
    agentsByKey.set(egress.key, agents)
    const [oldest] = agentsByKey
    if (agentsByKey.size > AGENTS_MAX && oldest !== undefined) {
      agentsByKey.delete(oldest[0])
      for (const agent of [oldest[1].agent, oldest[1].afresh]) agent.close().catch(() => undefined)
    }
    return agents
  }

  return {
    send: (request, listener) =>
      dispatch(request.egress ? agentsOn(request.egress) : usual, request, listener),
    close: async () => {
      unsubscribe(SENDING, noteSocket)
      const all = [usual, ...agentsByKey.values()].flatMap(({ agent, afresh }) => [agent, afresh])
      await Promise.all(all.map((agent) => agent.destroy()))
    },
  }
}

type Agents = {
  agent: Dispatcher
  /** Without keep-alive, so each of its requests has a new connection. */
  afresh: Dispatcher
  timeouts: UpstreamTimeouts
}

type AgentOptions = Omit<Agent.Options, 'connect' | 'factory'>

function agentsThrough(
  { proxyUrl, isTrusted = false }: EgressOptions,
  timeouts: UpstreamTimeouts,
  lookup: LookupFunction,
): Agents {
  const timeout = timeouts.connectMs
  const found = isTrusted ? {} : { lookup }
  return agentsFor(timeouts, (options) => {
    if (proxyUrl === null) return new Agent({ ...options, connect: { timeout, ...found } })
    return new ProxyAgent({
      ...options,
      uri: proxyUrl,
      proxyTls: { timeout, ...found },
      // The proxy resolves the upstream's name.
      requestTls: { timeout },
      // To the proxy itself: it responds to a CONNECT as soon as it is connected.
      clientFactory: (origin, given) => new Pool(origin, { ...given, headersTimeout: timeout }),
      factory: (origin, given) => new Pool(origin, { ...options, ...given }),
    })
  })
}

function agentsFor(timeouts: UpstreamTimeouts, agentOf: (options: AgentOptions) => Dispatcher): Agents {
  const options: AgentOptions = {
    headersTimeout: timeouts.headMs,
    bodyTimeout: timeouts.idleMs,
    // Closed before the upstream does, so that a call is not sent into a closing one; earlier where its Keep-Alive says so.
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    // Every in-flight call has a connection of its own; streams must not wait for each other.
    connections: null,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
  }
  return { agent: agentOf(options), afresh: agentOf({ ...options, pipelining: 0 }), timeouts }
}

/** One sending of a request, with what shows whether it met a connection that was closing; on the clock of `performance`. */
type Attempt = { socket: Socket | null; readBefore: number; writtenAtMs: number }

// undici does not pass its socket to a handler, but publishes it as it begins to write, right after `onRequestStart`.
// https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
const SENDING = 'undici:client:sendHeaders'
let starting: Attempt | null = null

function noteSocket(message: unknown): void {
  if (starting === null) return
  const { socket } = message as { socket: Socket }
  starting.socket = socket
  starting.readBefore = socket.bytesRead
  starting.writtenAtMs = performance.now()
  starting = null
}

/** True where the connection had served a response before, brought nothing of this one, and the request may be sent again. */
function metClosing(
  { socket, readBefore, writtenAtMs }: Attempt,
  method: string,
  timeouts: UpstreamTimeouts,
): boolean {
  // A socket that does not count what it reads has served nothing that is known.
  const hasServed = readBefore > 0
  if (socket === null || !hasServed || socket.bytesRead !== readBefore) return false
  return isRace(isIdempotent(method), performance.now() - writtenAtMs, timeouts)
}

function dispatch(
  { agent, afresh, timeouts }: Agents,
  request: UpstreamRequest,
  listener: UpstreamListener,
): UpstreamCall {
  let controller: Dispatcher.DispatchController | null = null
  // Nothing more is passed to the listener.
  let over = false
  let headed = false
  // undici takes each 1xx for activity; without a timeout of their own they would keep a call for ever.
  let hinted: NodeJS.Timeout | null = null
  const { origin, folder } = placeOf(request.baseUrl)
  const headers = { ...request.headers }
  if (request.bodyBytes !== null) headers['content-length'] = String(request.bodyBytes)
  const replayable = request.body === null || Buffer.isBuffer(request.body)

  function sendOver(dispatcher: Dispatcher): void {
    const attempt: Attempt = { socket: null, readBefore: 0, writtenAtMs: 0 }
    dispatcher.dispatch(
      {
        origin,
        path: folder + request.path,
        method: request.method as Dispatcher.HttpMethod,
        headers,
        body: request.body,
      },
      {
        onRequestStart(started) {
          controller = started
          if (over) started.abort(new Error('the client has disconnected'))
          else starting = attempt
        },
        onResponseStart(_controller, status, responseHeaders) {
          // 1xx responses are between two hops.
          if (over) return
          if (status < 200) {
            hinted ??= setTimeout(() => controller?.abort(new errors.HeadersTimeoutError()), timeouts.headMs)
            return
          }
          headed = true
          stopHintTimer()
          listener.onHead(status, responseHeaders as IncomingHttpHeaders)
        },
        onResponseData(current, chunk) {
          if (!over && !listener.onChunk(chunk)) current.pause()
        },
        onResponseEnd() {
          if (!over) listener.onEnd()
        },
        onResponseError(_controller, error) {
          if (over) return
          stopHintTimer()
          const failure = failureOf(error, headed)
          const mayRepeat = failure === 'unreachable' && replayable && dispatcher === agent
          if (mayRepeat && metClosing(attempt, request.method, timeouts)) return sendOver(afresh)
          // Where a proxy requires a password, the end of its response follows the failure.
          over = true
          // A connection that undici has not begun to write on has no socket here.
          listener.onFailure(failure, attempt.socket !== null, transportReasonOf(error))
        },
      },
    )
  }

  function stopHintTimer(): void {
    if (hinted !== null) clearTimeout(hinted)
    hinted = null
  }

  sendOver(agent)
  return {
    resume: () => controller?.resume(),
    abort: () => {
      over = true
      stopHintTimer()
      controller?.abort(new Error('the client has disconnected'))
    },
  }
}

type Place = { origin: string; folder: string }

// Owner: this module. Key: the base URL. Bound: AGENTS_MAX, emptied where there are more. Lifetime: the process's.
const places = new Map<string, Place>()

function placeOf(baseUrl: string): Place {
  let place = places.get(baseUrl)
  if (place === undefined) {
    const { origin, pathname } = new URL(baseUrl)
    place = { origin, folder: pathname === '/' ? '' : pathname }
    if (places.size >= AGENTS_MAX) places.clear()
    places.set(baseUrl, place)
  }
  return place
}

function failureOf(error: unknown, headed: boolean): TransportError {
  if (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  ) {
    return 'timeout'
  }
  return headed ? 'interrupted' : 'unreachable'
}
