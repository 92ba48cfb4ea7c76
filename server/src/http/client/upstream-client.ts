// The gateway's interface to an upstream: one request out, one response back, as events.
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { TransportReason } from '../../domain/upstreams/transport-reason.ts'

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
  /** Null or absent: as the machine connects to anything, within the client's own timeouts. */
  egress?: EgressOptions | null
}

/**
 * How an upstream that an admin has set up is connected to. Its names are resolved by the lookup that the client was given,
 * for every connection; no connection is shared with other EgressOptions.
 */
export type EgressOptions = {
  /** The same for equal options to one base URL, and for no others. */
  key: string
  /** Null: the client's own. */
  timeouts: { connectMs: number | null; headMs: number | null; idleMs: number | null }
  /** The HTTP proxy that connections go through; it may have a user and a password. */
  proxyUrl: string | null
  /** True: set up by whoever starts the server, so names are resolved as for any program, and addresses are not checked. */
  isTrusted?: boolean
}

/** Why a response did not come, or not whole. */
export type TransportError = 'unreachable' | 'timeout' | 'interrupted'

export type UpstreamListener = {
  onHead(status: number, headers: IncomingHttpHeaders): void
  /** False asks the client to pause until `resume`. */
  onChunk(chunk: Buffer): boolean
  onEnd(): void
  /**
   * At most once, and never after onEnd. `interrupted` comes only after onHead. `begun`: false where no byte of the request
   * was sent, so that the upstream cannot have acted on it. `reason`: for admins, never for the client.
   */
  onFailure(failure: TransportError, begun: boolean, reason?: TransportReason): void
}

/** One in-flight call at an upstream. */
export type UpstreamCall = {
  resume(): void
  /** Aborts the call; nothing is passed to the listener after it. */
  abort(): void
}

/**
 * The second of the two interfaces that keep the machinery of HTTP apart from the rules (the first is Exchange).
 *
 * A client follows no redirect and decodes no body. It passes on no byte outside the framing of the response, and reuses no
 * connection on which such a byte has come. A response that ends before its framing, its length or its last chunk, is a
 * failure and never an end.
 *
 * A request on a connection that has served a response before, and that closes without one byte in reply, is sent once more, on a
 * new connection, where that cannot have an effect twice (`isRace`); never where its body is a stream.
 */
export type UpstreamClient = {
  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamCall
  close(): Promise<void>
}

export type UpstreamTimeouts = {
  connectMs: number
  /** To the head of the response: a model may think for minutes before its first byte. */
  headMs: number
  /** Between two chunks. */
  idleMs: number
  /** RACE_MS, where it is absent. */
  raceMs?: number
}

/**
 * A connection that the upstream closed before it had read a byte of a request shows that within this time after the request
 * was written. One that closes later may have served it: an upstream that works on a call is not asked twice.
 */
const RACE_MS = 5

/** How long an idle connection is kept at most: common servers close theirs after 5 s (Node, uvicorn) or later. */
export const IDLE_CONNECTION_MS = 4_000

// RFC 9110 §9.2.2.
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** Whether a request may be repeated whatever became of the first (RFC 9110 §9.2.2). */
export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method)
}

/**
 * Whether a request that a kept connection did not respond to met one that its upstream was closing (RFC 9112 §9.3.1), so that
 * it may be sent again. `afterMs`: from the writing of the request to the close.
 */
export function isRace(
  idempotent: boolean,
  afterMs: number,
  { raceMs = RACE_MS }: UpstreamTimeouts,
): boolean {
  return idempotent || afterMs <= raceMs
}

/** The limits of calls with EgressOptions. */
export function timeoutsOn({ timeouts }: EgressOptions, usual: UpstreamTimeouts): UpstreamTimeouts {
  return {
    connectMs: timeouts.connectMs ?? usual.connectMs,
    headMs: timeouts.headMs ?? usual.headMs,
    idleMs: timeouts.idleMs ?? usual.idleMs,
    ...(usual.raceMs === undefined ? {} : { raceMs: usual.raceMs }),
  }
}
