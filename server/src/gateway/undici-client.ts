// An upstream client over undici.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { Agent, type Dispatcher, errors } from 'undici'
import type {
  UpstreamCall,
  UpstreamClient,
  UpstreamFailure,
  UpstreamListener,
  UpstreamRequest,
  UpstreamTimeouts,
} from './upstream-client.ts'

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
