// Finds top-level members of a JSON object in its bytes, without building the object.
//
// It reads to the end, since JSON allows a key twice and parsers keep the last (RFC 8259 §4): stopping at the first
// would let a caller name one model to us and another to the upstream.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const COLON = 0x3a
const COMMA = 0x2c

// Nobody writes a key more often by accident, and every place costs its finder time and its editor bytes.
const SAME_KEY_MAX = 16

/** Where a value stands: from its first byte to the byte after its last. */
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
 * Scans `bytes` for the top-level keys in `wanted`. Null where the bytes are not one JSON object, as far as nesting and
 * strings tell (what stands inside values is not checked), or where one of the keys stands more than SAME_KEY_MAX times.
 */
export function scanObject(bytes: Uint8Array, wanted: ReadonlySet<string>): ObjectScan | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const members = new Map<string, Span[]>()
  let at = skipSpace(buffer, 0)
  if (buffer[at] !== OPEN_OBJECT) return null
  at = skipSpace(buffer, at + 1)
  if (buffer[at] === CLOSE_OBJECT) return ended(buffer, at, members, true)
  for (;;) {
    if (buffer[at] !== QUOTE) return null
    const keyEnd = stringEnd(buffer, at)
    if (keyEnd === -1) return null
    const key = text(buffer, at, keyEnd)
    if (key === null) return null
    at = skipSpace(buffer, keyEnd)
    if (buffer[at] !== COLON) return null
    const start = skipSpace(buffer, at + 1)
    const end = valueEnd(buffer, start)
    if (end === -1) return null
    if (wanted.has(key)) {
      const spans = members.get(key) ?? []
      if (spans.push({ start, end }) > SAME_KEY_MAX) return null
      members.set(key, spans)
    }
    at = skipSpace(buffer, end)
    if (buffer[at] === CLOSE_OBJECT) return ended(buffer, at, members, false)
    if (buffer[at] !== COMMA) return null
    at = skipSpace(buffer, at + 1)
  }
}

function ended(buffer: Buffer, at: number, members: Map<string, Span[]>, empty: boolean): ObjectScan | null {
  return skipSpace(buffer, at + 1) === buffer.length ? { members, end: at, empty } : null
}

function skipSpace(buffer: Buffer, from: number): number {
  let at = from
  for (;;) {
    const byte = buffer[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}

/** The byte after the closing quote of the string that opens at `from`, or -1. */
function stringEnd(buffer: Buffer, from: number): number {
  let at = from
  for (;;) {
    at = buffer.indexOf(QUOTE, at + 1)
    if (at === -1) return -1
    let escapes = 0
    while (buffer[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at + 1
  }
}

/** A key's text; a parser is asked only where there are escapes, since "mod\u0065l" is "model" too. */
function text(buffer: Buffer, start: number, end: number): string | null {
  const raw = buffer.toString('utf8', start + 1, end - 1)
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return null
  }
}

/** The byte after the value that starts at `from`, or -1. Nesting is counted, so depth costs no stack. */
function valueEnd(buffer: Buffer, from: number): number {
  const first = buffer[from]
  if (first === QUOTE) return stringEnd(buffer, from)
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) return scalarEnd(buffer, from)
  let depth = 0
  let at = from
  while (at < buffer.length) {
    const byte = buffer[at]
    if (byte === QUOTE) {
      at = stringEnd(buffer, at)
      if (at === -1) return -1
      continue
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return at + 1
    at++
  }
  return -1
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
