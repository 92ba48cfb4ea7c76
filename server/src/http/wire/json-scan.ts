// Finds top-level members of a JSON object in its bytes, without building the object.
//
// It reads to the end, since JSON allows a key twice and parsers keep the last (RFC 8259 §4): stopping at the first
// would let a client name one model to the gateway and another to the upstream.
import { PARSED_AT_ONCE_MAX_BYTES } from './parsed-json.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COLON = 0x3a
const COMMA = 0x2c

// No client repeats a key more often by accident, and each occurrence costs time to find and bytes to edit.
const SAME_KEY_MAX = 16
// Where all are wanted: several times what any request has.
const KEYS_MAX = 1_000
const LONGEST_KEY = 256

/** The place of a value: from its first byte to the byte after its last. */
export type Span = { start: number; end: number }

export type ObjectScan = {
  /** Every place where a wanted key has a value, in order; the last one counts. */
  members: Map<string, Span[]>
  /** The byte of the closing brace. */
  end: number
  /** True for `{}`. */
  empty: boolean
}

/**
 * Scans `bytes` for the top-level keys in `wanted`; null: for all, but for those of more than LONGEST_KEY characters. Null where the bytes are not one JSON object, as far as nesting and
 * strings show (the insides of values are not validated), or where one of the keys occurs more than SAME_KEY_MAX times, or there
 * are more than KEYS_MAX of them.
 */
export function scanObject(bytes: Uint8Array, wanted: ReadonlySet<string> | null): ObjectScan | null {
  const scan = createScan(bytes, wanted)
  for (;;) {
    const result = scan(Number.POSITIVE_INFINITY)
    if (result !== 'more') return result
  }
}

// In bytes looked at: some milliseconds, during which no other call is served.
const SLICE_COST = 512 * 1024

/** The same for a large body, in slices, so that other calls are served in between. */
export async function scanObjectInSlices(
  bytes: Uint8Array,
  wanted: ReadonlySet<string> | null,
): Promise<ObjectScan | null> {
  const scan = createScan(bytes, wanted)
  for (;;) {
    const result = scan(SLICE_COST)
    if (result !== 'more') return result
    await nextTurn()
  }
}

/** The one or the other, by the length of the body. */
export function scanBody(
  bytes: Uint8Array,
  wanted: ReadonlySet<string> | null,
): ObjectScan | null | Promise<ObjectScan | null> {
  return bytes.length > PARSED_AT_ONCE_MAX_BYTES
    ? scanObjectInSlices(bytes, wanted)
    : scanObject(bytes, wanted)
}

/** Resolves once what waits for the event loop has had its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

type Expecting =
  | 'the object'
  | 'a key or the end'
  | 'a key'
  | 'a colon'
  | 'a value'
  | 'the end of a nested value'
  | 'a comma or the end'
  | 'nothing'

/** A scan that continues each time it is called, for about so much cost, until it has a result. */
function createScan(
  bytes: Uint8Array,
  wanted: ReadonlySet<string> | null,
): (cost: number) => ObjectScan | null | 'more' {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { length } = buffer
  const longest = wanted === null ? LONGEST_KEY : Math.max(...[...wanted].map((key) => key.length))
  const members = new Map<string, Span[]>()
  let expecting: Expecting = 'the object'
  let at = 0
  // Nesting is counted, so depth costs no stack.
  let depth = 0
  let key: string | null = null
  let valueStart = 0
  let end = 0
  let empty = false
  let remaining = 0
  // Where to continue in a long string; 0 where none has begun.
  let stringAt = 0

  /** Moves behind the string that opens here; false where it does not end, 'more' where that is not known yet. */
  function passString(): boolean | 'more' {
    const from = stringAt === 0 ? at : stringAt
    const found = stringAt === 0 ? shortStringEnd(buffer, at) : UNKNOWN
    const end = found === UNKNOWN ? nextQuote(buffer, from) : found
    // A native search costs more than looking at a few bytes, and less than looking at each of many.
    remaining -= end < NONE ? QUOTES_AT_ONCE * 16 : 16 + Math.max(0, end - from) / 16
    stringAt = 0
    if (end === NONE) return false
    if (end < 0) {
      stringAt = -end
      return 'more'
    }
    at = end
    return true
  }

  function passSpace(): void {
    const limit = Math.min(length, at + remaining)
    while (at < limit && isSpace(buffer[at])) {
      at++
      remaining--
    }
  }

  function passNested(): void {
    const limit = Math.min(length, at + remaining)
    let here = at
    let open = depth
    while (here < limit) {
      const byte = buffer[here]
      if (byte === QUOTE) break
      here++
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) open++
      else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --open === 0) break
    }
    remaining -= here - at
    at = here
    depth = open
  }

  /** The value that began at valueStart has ended; false where its key has occurred too often. */
  function noteMember(): boolean {
    expecting = 'a comma or the end'
    if (key === null) return true
    const spans = members.get(key) ?? []
    members.set(key, spans)
    if (members.size > KEYS_MAX) return false
    return spans.push({ start: valueStart, end: at }) <= SAME_KEY_MAX
  }

  /** One step from the byte here; false where it is not allowed here, 'more' where a string continues. */
  function step(): boolean | 'more' {
    const byte = buffer[at]
    switch (expecting) {
      case 'the object':
        expecting = 'a key or the end'
        at++
        return byte === OPEN_OBJECT
      case 'a key or the end':
      case 'a key': {
        if (byte === CLOSE_OBJECT && expecting === 'a key or the end') {
          empty = true
          return close()
        }
        if (byte !== QUOTE) return false
        const start = at
        const passed = passString()
        if (passed !== true) return passed
        const name = keyText(buffer, start, at, longest)
        if (name === undefined) return false
        key = name !== null && (wanted === null || wanted.has(name)) ? name : null
        expecting = 'a colon'
        return true
      }
      case 'a colon':
        expecting = 'a value'
        at++
        return byte === COLON
      case 'a value':
        valueStart = at
        if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
          expecting = 'the end of a nested value'
          return true
        }
        if (byte === QUOTE) {
          const passed = passString()
          return passed === true ? noteMember() : passed
        }
        at = scalarEnd(buffer, at)
        remaining -= at - valueStart
        return at !== -1 && noteMember()
      case 'the end of a nested value':
        if (byte === QUOTE) return passString()
        passNested()
        return depth > 0 || noteMember()
      case 'a comma or the end':
        if (byte === CLOSE_OBJECT) return close()
        expecting = 'a key'
        at++
        return byte === COMMA
      case 'nothing':
        return false
    }
  }

  function close(): true {
    end = at
    at++
    expecting = 'nothing'
    return true
  }

  return (cost) => {
    remaining = cost
    while (remaining > 0) {
      if (expecting !== 'the end of a nested value') passSpace()
      if (at >= length) return expecting === 'nothing' ? { members, end, empty } : null
      if (remaining <= 0) break
      remaining--
      if (!step()) return null
    }
    return 'more'
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

// Most keys and many values are shorter than this; a native search has a cost of its own.
const SHORT_STRING_BYTES = 24
const UNKNOWN = 0
const NONE = -1

/** The byte after the closing quote of the string that opens at `from`, or UNKNOWN where it is not short. */
function shortStringEnd(buffer: Buffer, from: number): number {
  const near = Math.min(buffer.length, from + SHORT_STRING_BYTES)
  for (let at = from + 1; at < near; at++) {
    const byte = buffer[at]
    if (byte === QUOTE) return at + 1
    if (byte === BACKSLASH) return UNKNOWN
  }
  return UNKNOWN
}

// Quotes that are looked at in one slice: a string may be made of escaped ones.
const QUOTES_AT_ONCE = 1_000

/**
 * The byte after the closing quote of a string that opens at `from`, or that has an escaped quote there. NONE where it does
 * not end; the place of an escaped quote to continue from, below zero, where that is not known yet.
 */
function nextQuote(buffer: Buffer, from: number): number {
  let at = from
  for (let quotes = 0; quotes < QUOTES_AT_ONCE; quotes++) {
    at = buffer.indexOf(QUOTE, at + 1)
    if (at === -1) return NONE
    let escapes = 0
    while (buffer[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at + 1
  }
  return -at
}

/**
 * A key's text; null where its length shows that it is none of the wanted, undefined where it is no JSON. A parser is used
 * only where there are escapes, since "mod\u0065l" is "model" too.
 */
function keyText(buffer: Buffer, start: number, end: number, longest: number): string | null | undefined {
  // Six bytes to a character is the longest spelling.
  if (end - start > 2 + 6 * longest) return null
  let escaped = false
  for (let at = start + 1; at < end && !escaped; at++) escaped = buffer[at] === BACKSLASH
  if (!escaped) return end - start - 2 > longest ? null : buffer.toString('utf8', start + 1, end - 1)
  try {
    return JSON.parse(buffer.toString('utf8', start, end)) as string
  } catch {
    return undefined
  }
}

function scalarEnd(buffer: Buffer, from: number): number {
  let at = from
  while (isScalarByte(buffer[at] ?? 0)) at++
  return at === from ? -1 : at
}

/** Numbers, true, false and null are made of these alone: digits, letters, `+`, `-` and `.`. */
function isScalarByte(byte: number): boolean {
  const letter = byte | 0x20
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (letter >= 0x61 && letter <= 0x7a) ||
    byte === 0x2b ||
    byte === 0x2d ||
    byte === 0x2e
  )
}
