// The gateway's side towards a caller: one request in, one answer out. The first of the two interfaces that keep the
// machinery of HTTP apart from the rules (the second is UpstreamClient).
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

export type WholeBody = Buffer | 'too-large' | 'gone'

export type Exchange = {
  method: string
  /** As it was sent, without its query; starts with `/v1/`. */
  path: string
  /** With its question mark, or empty. */
  query: string
  headers: IncomingHttpHeaders
  /**
   * The caller's, also where trusted proxies stand between, without the `::ffff:` of an IPv4 address on an IPv6 socket; null
   * where it is not known.
   */
  clientIp: string | null
  /** Reads the whole body, which may be there; 'too-large' as soon as that is known, 'gone' when the caller leaves before its end. */
  readBody(maxBytes: number): WholeBody | Promise<WholeBody>
  /** The body as it comes, or null where there is none. Asked for once, instead of readBody. */
  bodyStream(): Readable | null
  /** The announced length of the body; null where none is. */
  bodyBytes: number | null
  sendHead(status: number, headers: Record<string, string | string[]>): void
  /** False: the caller reads slowly; wait until it takes more. */
  sendChunk(chunk: Buffer): boolean
  /** Ends the answer, whole. A caller that takes nothing of what is left of it is let go by the exchange itself. */
  end(lastChunk?: Buffer): void
  /**
   * Sends what is given and breaks the answer off, so that the caller cannot take it for a whole one. A caller that takes
   * nothing of it is let go by the exchange itself.
   */
  abort(lastChunk?: Buffer): void
  /** Once for an exchange. */
  listen(listener: ExchangeListener): void
}

/** Told of the caller. */
export type ExchangeListener = {
  /** It takes more. */
  onDrain(): void
  /** It has left before the end of its answer: once, and at once where it has left already. */
  onDisconnect(): void
}
