// The gateway's side towards an upstream: one request out, one answer back, as events.
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

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
  /** Null or absent: as the machine reaches anything, within the client's own timeouts. */
  egress?: EgressOptions | null
}

/**
 * The way to an upstream that an admin has set up. Names on it are looked up by the lookup that the client was given, for
 * every connection; no connection of it serves another way.
 */
export type EgressOptions = {
  /** The same for ways to one base URL that are alike, and for no others. */
  key: string
  /** Null: the client's own. */
  timeouts: { connectMs: number | null; headMs: number | null; idleMs: number | null }
  /** The HTTP proxy that connections go through. */
  proxyUrl: string | null
}

/** Why an answer did not come, or not whole. */
export type TransportError = 'unreachable' | 'timeout' | 'interrupted'

export type UpstreamListener = {
  onHead(status: number, headers: IncomingHttpHeaders): void
  /** False asks the client to pause until `resume`. */
  onChunk(chunk: Buffer): boolean
  onEnd(): void
  /**
   * At most once, and never after onEnd. `interrupted` comes only after onHead. `begun`: false where no byte of the request
   * was sent, so that nothing can have come of it.
   */
  onFailure(failure: TransportError, begun: boolean): void
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

/** What holds on a way of its own. */
export function timeoutsOn({ timeouts }: EgressOptions, usual: UpstreamTimeouts): UpstreamTimeouts {
  return {
    connectMs: timeouts.connectMs ?? usual.connectMs,
    headMs: timeouts.headMs ?? usual.headMs,
    idleMs: timeouts.idleMs ?? usual.idleMs,
  }
}
