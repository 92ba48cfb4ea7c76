// What is kept of the content of one call: as the gateway passes it to the ledger, and as it is stored.
import type { RequestShape } from './request-shape.ts'

/**
 * CONTENT: the text. METADATA: its shape alone. DROPPED: they were to be kept, but the journal had no room for them.
 * NOT_REDACTED: they were to be kept, but could not be redacted in time.
 */
export const KEPT = ['CONTENT', 'METADATA', 'DROPPED', 'NOT_REDACTED'] as const
export type Kept = (typeof KEPT)[number]

/** A body as it was sent, without the gateway's own secrets. */
export type CapturedBody = {
  /** Its content type, as it was sent. */
  type: string | null
  /** Its beginning; null where the body is not kept. */
  bytes: Uint8Array | null
  /** How many of these bytes may be stored; what is beyond shows where a secret ends that begins before. */
  limit: number
  /** The body continues after these bytes. */
  truncated: boolean
}

/** The captured content of a call that has ended. */
export type CapturedContent = {
  /** Its request id. */
  id: string
  kept: 'CONTENT' | 'METADATA'
  request: CapturedBody
  response: CapturedBody
  /** Read by the gateway only where the text must not leave it. */
  shape: RequestShape | null
  /** As `secretMark` makes it. */
  secretMark: string
}

/** What is stored of a call's content. */
export type StoredContent = {
  id: string
  kept: Kept
  shape: RequestShape | null
  requestType: string | null
  /** Text in UTF-8, deflated (RFC 1951). */
  request: Uint8Array | null
  requestTruncated: boolean
  responseType: string | null
  response: Uint8Array | null
  responseTruncated: boolean
  /** Places that were redacted. */
  redactions: number
}

/**
 * How far what is kept of a body may reach beyond what may be stored of it: no header holds a longer secret, and one that is
 * split in two would not be found.
 */
export const BEYOND_BYTES = 4096
