// UUIDs as Latchkey uses them: 16 bytes in the store, `req_` and 32 hex digits in the open.
import { randomUUIDv7 } from 'node:crypto'

const PREFIX = 'req_'
const ID_BYTES = 16
const REQUEST_ID = /^req_[0-9a-f]{32}$/
const LAST_TIMESTAMP_MS = 2 ** 48 - 1

/**
 * A new request id: `req_` and the 32 hex digits of a UUIDv7 (RFC 9562 §5.7), so that ids sort by time.
 * It is the request log's id, the `x-request-id` header and the console's URL.
 */
export function mintRequestId(): string {
  return `req_${randomUUIDv7().replaceAll('-', '')}`
}

/** Whether a text is a request id. */
export function isRequestId(text: string): boolean {
  return REQUEST_ID.test(text)
}

/** The 16 bytes of a request id, or null where the text is not one. */
export function requestIdBytes(id: string): Uint8Array | null {
  if (!REQUEST_ID.test(id)) return null
  const bytes = new Uint8Array(ID_BYTES)
  for (let at = 0; at < ID_BYTES; at++)
    bytes[at] = (hexValue(id, PREFIX.length + 2 * at) << 4) | hexValue(id, PREFIX.length + 2 * at + 1)
  return bytes
}

/** The request id of 16 stored bytes. */
export function requestIdFromBytes(bytes: Uint8Array): string {
  return `req_${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

/** The instant in a request id, in milliseconds since the epoch (RFC 9562: the first 48 bits). */
export function requestIdTimeMs(id: string): number {
  let timeMs = 0
  for (let at = PREFIX.length; at < PREFIX.length + 12; at++) timeMs = timeMs * 16 + hexValue(id, at)
  return timeMs
}

/** The value of a lower-case hex digit. */
function hexValue(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code < 0x61 ? code - 0x30 : code - 0x57
}

/**
 * The smallest 16 bytes that a UUIDv7 of this instant could have: what turns a bound on time into a bound on ids.
 * Instants outside what 48 bits hold are clamped.
 */
export function firstIdAt(timeMs: number): Uint8Array {
  const clamped = Math.min(Math.max(0, Math.ceil(timeMs)), LAST_TIMESTAMP_MS)
  const bytes = new Uint8Array(16)
  new DataView(bytes.buffer).setUint32(0, Math.floor(clamped / 0x10000))
  new DataView(bytes.buffer).setUint16(4, clamped % 0x10000)
  return bytes
}
