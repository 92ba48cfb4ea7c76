// UUIDs as Latchkey uses them: 16 bytes in the store, `req_` and 32 hex digits in the open.
import { randomBytes } from 'node:crypto'

const PREFIX = 'req_'
const ID_BYTES = 16
const REQUEST_ID = /^req_[0-9a-f]{32}$/
const LAST_TIMESTAMP_MS = 2 ** 48 - 1

/**
 * A new request id: `req_` and the 32 hex digits of a UUIDv7 (RFC 9562 §5.7), so that ids sort by time.
 * It is the request log's id, the `x-request-id` header and the console's URL.
 */
export function mintRequestId(): string {
  const nowMs = Date.now()
  if (nowMs !== mintedMs) {
    mintedMs = nowMs
    mintedTime = `req_${nowMs.toString(16).padStart(12, '0')}7`
  }
  if (randomAt === RANDOM_DIGITS) {
    random = randomBytes(RANDOM_DIGITS / 2).toString('hex')
    randomAt = 0
  }
  const digits = random.slice(randomAt, randomAt + ID_RANDOM_DIGITS)
  randomAt += ID_RANDOM_DIGITS
  return `${mintedTime}${digits.slice(0, 3)}${VARIANTS[hexValue(digits, 3) & 3]}${digits.slice(4)}`
}

// Node's own randomUUIDv7 makes two texts of each id, with dashes and without them, and takes three times as long. Random digits
// are drawn for many ids at once, as it does.
const ID_RANDOM_DIGITS = 19
const RANDOM_DIGITS = ID_RANDOM_DIGITS * 128
// RFC 9562 §4.1: the two bits 10, and two random ones.
const VARIANTS = ['8', '9', 'a', 'b'] as const
let random = ''
let randomAt = RANDOM_DIGITS
let mintedMs = -1
let mintedTime = ''

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
