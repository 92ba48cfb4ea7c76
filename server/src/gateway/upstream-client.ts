// The gateway's side towards an upstream: one request out, one answer back, as events.

import type { IncomingHttpHeaders } from 'node:http'
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

/** The second of the two interfaces that keep the machinery of HTTP apart from the rules (the first is Exchange). */
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

/** Ten minutes for the head is what OpenAI's own SDKs wait; five between chunks is undici's default. */
export const UPSTREAM_TIMEOUTS: UpstreamTimeouts = { connectMs: 10_000, headMs: 600_000, idleMs: 300_000 }

/** An upstream client over undici's `dispatch`, which costs least of the library's ways (no stream objects per call). */
export function undiciClient(timeouts: UpstreamTimeouts): UpstreamClient {
  const agent = new Agent({
    connect: { timeout: timeouts.connectMs },
    headersTimeout: timeouts.headMs,
    bodyTimeout: timeouts.idleMs,
    // Let go of an idle connection before common servers do (Node: 5 s), so that a call is not sent into a closing one.
    keepAliveTimeout: 4_000,
    // Every call in flight has a connection of its own; streams must not wait for each other.
    connections: null,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
  })
  return {
    send: (request, listener) => dispatch(agent, request, listener),
    close: () => agent.destroy(),
  }
}

function dispatch(agent: Agent, request: UpstreamRequest, listener: UpstreamListener): UpstreamCall {
  let controller: Dispatcher.DispatchController | null = null
  let aborted = false
  let headed = false
  const url = new URL(request.baseUrl)
  const headers = { ...request.headers }
  if (request.bodyBytes !== null) headers['content-length'] = String(request.bodyBytes)
  agent.dispatch(
    {
      origin: url.origin,
      path: (url.pathname === '/' ? '' : url.pathname) + request.path,
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body: request.body,
    },
    {
      onRequestStart(started) {
        controller = started
        if (aborted) started.abort(new Error('the caller has left'))
      },
      onResponseStart(_controller, status, answerHeaders) {
        // 1xx answers are between two hops.
        if (aborted || status < 200) return
        headed = true
        listener.onHead(status, answerHeaders as IncomingHttpHeaders)
      },
      onResponseData(current, chunk) {
        if (!aborted && !listener.onChunk(chunk)) current.pause()
      },
      onResponseEnd() {
        if (!aborted) listener.onEnd()
      },
      onResponseError(_controller, error) {
        if (!aborted) listener.onFailure(failureOf(error, headed))
      },
    },
  )
  return {
    resume: () => controller?.resume(),
    abort: () => {
      aborted = true
      controller?.abort(new Error('the caller has left'))
    },
  }
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
