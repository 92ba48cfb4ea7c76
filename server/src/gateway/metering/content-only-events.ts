// Finds the events of a stream that carry content and no metadata, as nearly all do, by one pass over their bytes.

const LF = 0x0a
const SPACE = 0x20
const QUOTE = 0x22
const CR = 0x0d
const OPEN_OBJECT = 0x7b
const LOWER_D = 0x64
const LOWER_E = 0x65
const LOWER_F = 0x66
const LOWER_U = 0x75
const EVENT = Buffer.from('event:')
const DATA = Buffer.from('data:')
const COLON_NULL = Buffer.from(':null')
const USAGE = Buffer.from('"usage"')
const ERROR = Buffer.from('"error"')
const FINISH_REASON = Buffer.from('"finish_reason"')
const LAST_TYPES = ['completed', 'failed', 'incomplete'].map((end) => Buffer.from(`response.${end}"`))

/** Which keys count as metadata even with the value null. */
export type ReadNulls = { usage: boolean; error: boolean }

/**
 * How many events these bytes are, where each is whole, is one line of JSON, with or without an event name before it, and has
 * none of the keys that a meter reads, at any depth: usage, an error or a finish reason that is not null, or the type of an
 * event that ends a stream of the Responses API. 0 where there is anything else; then the events have to be parsed.
 */
export function countContentOnlyEvents(bytes: Buffer, nulls: ReadNulls): number {
  const { length } = bytes
  let count = 0
  for (let at = 0; at < length; count++) {
    if (bytes[at] === LOWER_E) {
      at = nameEnd(bytes, at)
      if (at === -1) return 0
    }
    if (!isAt(bytes, at, DATA)) return 0
    at += DATA.length
    if (bytes[at] === SPACE) at++
    if (bytes[at] !== OPEN_OBJECT) return 0
    for (at++; at < length; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        if (carriesMetadata(bytes, at, nulls)) return 0
      } else if (byte === LF) break
      else if (byte === CR) return 0
    }
    if (bytes[at + 1] !== LF) return 0
    at += 2
  }
  return count
}

/** The byte after a line with the name of an event; -1 where the line is none. */
function nameEnd(bytes: Buffer, from: number): number {
  if (!isAt(bytes, from, EVENT)) return -1
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === LF) return at + 1
    if (bytes[at] === CR) return -1
  }
  return -1
}

/** True where a key or type that a meter reads begins or ends at this quote. */
function carriesMetadata(bytes: Buffer, at: number, nulls: ReadNulls): boolean {
  switch (bytes[at + 1]) {
    case LOWER_U:
      if (isKeyAt(bytes, at, USAGE, nulls.usage)) return true
      break
    case LOWER_E:
      if (isKeyAt(bytes, at, ERROR, nulls.error)) return true
      break
    case LOWER_F:
      if (isKeyAt(bytes, at, FINISH_REASON, false)) return true
      break
  }
  const before = bytes[at - 1]
  if (before !== LOWER_D && before !== LOWER_E) return false
  for (const type of LAST_TYPES) if (isAt(bytes, at + 1 - type.length, type)) return true
  return false
}

/** True where this key is at the quote; where null does not count, unless its value is null. */
function isKeyAt(bytes: Buffer, at: number, key: Buffer, nullCounts: boolean): boolean {
  return isAt(bytes, at, key) && (nullCounts || !isAt(bytes, at + key.length, COLON_NULL))
}

function isAt(bytes: Buffer, from: number, what: Buffer): boolean {
  for (let at = 0; at < what.length; at++) if (bytes[from + at] !== what[at]) return false
  return true
}
