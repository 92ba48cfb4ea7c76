// The gateway's interface to a client: one request in, one response out. The first of the two interfaces that keep the
// machinery of HTTP apart from the rules (the second is UpstreamClient).
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** 'refused': `takes` has refused a part of it. */
export type WholeBody = Buffer | 'too-large' | 'refused' | 'disconnected'

export type Exchange = {
  method: string
  /** In its normal form (`normalPath`) where it has one, else as it was sent; without its query. Starts with `/v1`. */
  path: string
  /** With its question mark, or empty. */
  query: string
  headers: IncomingHttpHeaders
  /**
   * The client's address, also behind trusted proxies, without the `::ffff:` of an IPv4 address on an IPv6 socket; null where
   * it is not known.
   */
  clientIp: string | null
  /**
   * Reads the whole body; 'too-large' as soon as that is known, 'disconnected' where the client disconnects before its end. A body
   * whose length is not announced asks `takes` for each part.
   */
  readBody(maxBytes: number, takes?: (bytes: number) => boolean): WholeBody | Promise<WholeBody>
  /** The body as it comes, or null where there is none. Called once, instead of readBody. */
  bodyStream(): Readable | null
  /** The announced length of the body; null where none is. */
  bodyBytes: number | null
  /** All of the body has come, as of most small ones with their head: to read it waits for nothing. */
  readonly bodyIsHere: boolean
  sendHead(status: number, headers: Record<string, string | string[]>): void
  /** False: the client reads slowly; wait until it takes more. */
  sendChunk(chunk: Buffer): boolean
  /** Ends the response, whole. The exchange itself disconnects a client that takes nothing of the remainder. */
  end(lastChunk?: Buffer): void
  /**
   * Sends what is given and aborts the response, so that the client cannot take it for a whole one. The exchange itself
   * disconnects a client that takes nothing of it.
   */
  abort(lastChunk?: Buffer): void
  /** At most once for an exchange. */
  listen(listener: ExchangeListener): void
}

/** Events of the client. */
export type ExchangeListener = {
  /** It takes more. */
  onDrain(): void
  /** It has disconnected before the end of its response: once, and at once where it has already. */
  onDisconnect(): void
}
