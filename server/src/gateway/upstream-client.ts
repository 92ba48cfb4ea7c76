// The gateway's side towards an upstream: one request out, one answer back, as events.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { Agent, type Dispatcher, errors } from 'undici'

export type UpstreamRequest = {
  /** Up to and including the version, without a slash at the end; "echo:" for the built-in one. */
  baseUrl: string
  method: string
  /** What follows the base URL, with its query: `/chat/completions?x=1`. */
  path: string
  /** Complete, but for Host, Content-Length and Transfer-Encoding. */
  headers: Record<string, string | string[]>
  /** A Buffer is sent with its length; a stream as it comes, with the length given, if one is. */
  body: Buffer | Readable | null
  bodyBytes: number | null
}

/** Why an answer did not come, or not whole. */
export type UpstreamFailure = 'unreachable' | 'timeout' | 'interrupted'

export type UpstreamListener = {
  onHead(status: number, headers: IncomingHttpHeaders): void
  /** False asks the client to pause until `resume`. */
  onChunk(chunk: Buffer): boolean
  onEnd(): void
  /** At most once, and never after onEnd. `interrupted` comes only after onHead. */
  onFailure(failure: UpstreamFailure): void
}

/** One call under way at an upstream. */
export type UpstreamCall = {
  resume(): void
  /** Lets the upstream go; nothing is told to the listener after it. */
  abort(): void
}

/**
 * The second of the two interfaces that keep the machinery of HTTP apart from the rules (the first is Exchange).
 *
 * A client follows no redirect and decodes no body. It hands out no byte that lies outside the framing of the answer, and
 * uses no connection again on which such a byte has come. An answer that is cut short of its framing, its length or its last
 * chunk, is a failure and never an end.
 *
 * A request on a connection that has answered before, and that closes without one byte in reply, met a connection that the
 * upstream was letting go (RFC 9112 §9.3.1): it is sent again once, on a new connection, unless its body is a stream.
 */
export type UpstreamClient = {
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall
  close(): Promise<void>
}

export type UpstreamTimeouts = {
  connectMs: number
  /** To the head of the answer: a model may think for minutes before its first byte. */
  headMs: number
  /** Between two chunks. */
  idleMs: number
}

/** An upstream client over undici's `dispatch`, which costs least of the library's ways (no stream objects per call). */
export function undiciClient(
  timeouts: UpstreamTimeouts,
  connect: Agent.Options['connect'] = { timeout: timeouts.connectMs },
): UpstreamClient {
  const options = {
    connect,
    headersTimeout: timeouts.headMs,
    bodyTimeout: timeouts.idleMs,
    // Let go of an idle connection before common servers do (Node: 5 s), so that a call is not sent into a closing one.
    keepAliveTimeout: 4_000,
    // Every call in flight has a connection of its own; streams must not wait for each other.
    connections: null,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
  }
  const agent = new Agent(options)
  // Without keep-alive, so each of its requests has a new connection.
  const afresh = new Agent({ ...options, pipelining: 0 })
  subscribe(SENDING, noteSocket)
  return {
    send: (request, listener) => dispatch({ agent, afresh, headMs: timeouts.headMs }, request, listener),
    close: async () => {
      unsubscribe(SENDING, noteSocket)
      await Promise.all([agent.destroy(), afresh.destroy()])
    },
  }
}

/** One sending of a request, with what tells whether it met a connection that was closing. */
type Attempt = { socket: Socket | null; readBefore: number }

// undici tells a handler nothing of its socket, but publishes it as it begins to write, right after `onRequestStart`.
// https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
const SENDING = 'undici:client:sendHeaders'
let starting: Attempt | null = null

function noteSocket(message: unknown): void {
  if (starting === null) return
  const { socket } = message as { socket: Socket }
  starting.socket = socket
  starting.readBefore = socket.bytesRead
  starting = null
}

/** True where the connection had answered before, and brought nothing of this answer. */
function metClosing({ socket, readBefore }: Attempt): boolean {
  return socket !== null && readBefore > 0 && socket.bytesRead === readBefore
}

function dispatch(
  { agent, afresh, headMs }: { agent: Agent; afresh: Agent; headMs: number },
  request: UpstreamRequest,
  listener: UpstreamListener,
): UpstreamCall {
  let controller: Dispatcher.DispatchController | null = null
  let aborted = false
  let headed = false
  // undici takes each 1xx for a sign of life; without an end of their own they would keep a call for ever.
  let hinted: NodeJS.Timeout | null = null
  const { origin, folder } = placeOf(request.baseUrl)
  const headers = { ...request.headers }
  if (request.bodyBytes !== null) headers['content-length'] = String(request.bodyBytes)
  const replayable = request.body === null || Buffer.isBuffer(request.body)

  function sendOver(dispatcher: Agent): void {
    const attempt: Attempt = { socket: null, readBefore: 0 }
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
          if (aborted) started.abort(new Error('the caller has left'))
          else starting = attempt
        },
        onResponseStart(_controller, status, answerHeaders) {
          // 1xx answers are between two hops.
          if (aborted) return
          if (status < 200) {
            hinted ??= setTimeout(() => controller?.abort(new errors.HeadersTimeoutError()), headMs)
            return
          }
          headed = true
          stopHintTimer()
          listener.onHead(status, answerHeaders as IncomingHttpHeaders)
        },
        onResponseData(current, chunk) {
          if (!aborted && !listener.onChunk(chunk)) current.pause()
        },
        onResponseEnd() {
          if (!aborted) listener.onEnd()
        },
        onResponseError(_controller, error) {
          if (aborted) return
          stopHintTimer()
          const failure = failureOf(error, headed)
          const again = failure === 'unreachable' && replayable && dispatcher === agent && metClosing(attempt)
          if (again) sendOver(afresh)
          else listener.onFailure(failure)
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
      aborted = true
      stopHintTimer()
      controller?.abort(new Error('the caller has left'))
    },
  }
}

type Place = { origin: string; folder: string }

// The base URLs of the configured upstreams, which are few and live as long as the process.
const places = new Map<string, Place>()

function placeOf(baseUrl: string): Place {
  let place = places.get(baseUrl)
  if (place === undefined) {
    const { origin, pathname } = new URL(baseUrl)
    place = { origin, folder: pathname === '/' ? '' : pathname }
    places.set(baseUrl, place)
  }
  return place
}

function failureOf(error: unknown, headed: boolean): UpstreamFailure {
  if (
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError
  ) {
    return 'timeout'
  }
  return headed ? 'interrupted' : 'unreachable'
}
