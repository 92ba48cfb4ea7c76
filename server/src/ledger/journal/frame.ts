// The format of a journal's segment files: one framed line a record, readable by a person.
//
//   <length, 6 hex digits> <CRC-32 of the payload, 8 hex digits> <payload, JSON in UTF-8>\n
//
// The length says where the line must end and the checksum that nothing in it changed, so that a torn or damaged line
// is recognized; reading resumes after the next newline.
import { crc32 } from 'node:zlib'
import { crc32c } from './crc32c.ts'

const HEAD_BYTES = 6 + 1 + 8 + 1
const NEWLINE = 0x0a
const SPACE = 0x20

/** The longest payload whose length six hex digits can hold: 16 MiB - 1. Records are about 600 bytes. */
export const PAYLOAD_MAX_BYTES = 0xffffff

/** One payload as a line. It must hold no newline, which JSON.stringify never makes; throws RangeError over the bound. */
export function encodeFrame(payload: string): Buffer {
  const frame = Buffer.allocUnsafe(frameMaxBytes(payload))
  return frame.subarray(0, writeFrame(frame, 0, payload))
}

/** The most bytes that the line of a payload may take. */
export function frameMaxBytes(payload: string): number {
  // A UTF-16 unit takes three bytes of UTF-8 at most.
  return HEAD_BYTES + payload.length * 3 + 1
}

/**
 * Writes one payload as a line from `at` on, where there must be room for frameMaxBytes; returns the offset after it.
 * Throws RangeError over the bound; the bytes from `at` on are undefined then.
 */
export function writeFrame(into: Buffer, at: number, payload: string): number {
  const start = at + HEAD_BYTES
  const end = start + into.write(payload, start)
  if (end - start > PAYLOAD_MAX_BYTES)
    throw new RangeError('a journal record is larger than its frame can say')
  writeHex(into, at, 6, end - start)
  into[at + 6] = SPACE
  writeHex(into, at + 7, 8, checksum(into, start, end))
  into[at + 15] = SPACE
  into[end] = NEWLINE
  return end + 1
}

export type DecodedFrames = {
  payloads: string[]
  /** Bytes that need not be read again: whole frames and skipped damage. What follows them may still be growing. */
  consumed: number
  /** Ranges of bytes that were no frame, unchanged, for the quarantine. */
  damaged: Buffer[]
}

/**
 * Reads all frames in `bytes`. A last line without its newline is not consumed, since its writer may not have
 * finished; with `complete` it counts as damage, since no process writes to the segment any more.
 */
export function decodeFrames(bytes: Buffer, complete: boolean): DecodedFrames {
  const payloads: string[] = []
  const read = readFrames(bytes, complete, (start, end) => payloads.push(bytes.toString('utf8', start, end)))
  return { payloads, ...read }
}

/** As decodeFrames, but calls back with the range of each payload in `bytes`: most are not needed as text. */
export function readFrames(
  bytes: Buffer,
  complete: boolean,
  onPayload: (start: number, end: number) => void,
): Omit<DecodedFrames, 'payloads'> {
  const damaged: Buffer[] = []
  let at = 0
  let damagedFrom = -1
  const endDamage = (end: number) => {
    if (damagedFrom !== -1) damaged.push(bytes.subarray(damagedFrom, end))
    damagedFrom = -1
  }
  while (at < bytes.length) {
    const end = frameEnd(bytes, at)
    if (end !== -1) {
      endDamage(at)
      onPayload(at + HEAD_BYTES, end - 1)
      at = end
      continue
    }
    const newline = bytes.indexOf(NEWLINE, at)
    if (newline === -1) break
    // This line is no frame. The next may be one: a record that a full disk tore ends where the next one starts.
    if (damagedFrom === -1) damagedFrom = at
    at = newline + 1
  }
  if (complete && at < bytes.length) {
    if (damagedFrom === -1) damagedFrom = at
    at = bytes.length
  }
  endDamage(at)
  return { consumed: at, damaged }
}

/** The offset after the frame that starts at `at`; -1 where there is no whole and valid frame. */
function frameEnd(bytes: Buffer, at: number): number {
  if (bytes[at + 6] !== SPACE || bytes[at + 15] !== SPACE) return -1
  const length = readHex(bytes, at, 6)
  const expected = readHex(bytes, at + 7, 8)
  if (length === -1 || expected === -1) return -1
  const payloadEnd = at + HEAD_BYTES + length
  if (bytes[payloadEnd] !== NEWLINE) return -1
  if (checksum(bytes, at + HEAD_BYTES, payloadEnd) === expected) return payloadEnd + 1
  // Version 1 had CRC-32C first. Of a line that is damaged, this is the price of knowing it.
  return crc32c(bytes, at + HEAD_BYTES, payloadEnd) === expected ? payloadEnd + 1 : -1
}

/** Finds torn and flipped bytes; it is no defence against malice. zlib's, since native code takes a quarter of the time. */
function checksum(bytes: Buffer, start: number, end: number): number {
  return crc32(bytes.subarray(start, end))
}

function readHex(bytes: Buffer, at: number, digits: number): number {
  let value = 0
  for (let i = 0; i < digits; i++) {
    const digit = HEX_VALUES[bytes[at + i] ?? 0] ?? -1
    if (digit === -1) return -1
    value = value * 16 + digit
  }
  return value
}

const HEX_VALUES = Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte)),
)

function writeHex(into: Buffer, at: number, digits: number, value: number): void {
  let rest = value
  for (let i = digits - 1; i >= 0; i--) {
    into[at + i] = HEX_DIGITS[rest & 15] ?? 0
    rest >>>= 4
  }
}

const HEX_DIGITS = Buffer.from('0123456789abcdef')
