// Reads what the gateway wants to know of a JSON response that is too large to be kept, in constant memory, as it passes.
//
// It keeps the members that read-usage.ts and parse-upstream-error.ts read, wherever they are in the body, and drops the others:
// images in base64, embeddings. It is lenient: it follows strings and nesting, and does not judge the values within.
import { parsedJson } from '../../http/wire/parsed-json.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

// Of all that is kept, and of one value: a longer one is read as null. Usage and an error take some hundred bytes.
const KEPT_MAX_BYTES = 64 * 1024
const VALUE_MAX_BYTES = 16 * 1024
// Of the elements of lists: however many there are, usage and an error may follow them.
const LISTS_MAX_BYTES = 32 * 1024
// For a null in place of a value, and the brackets that close what is open.
const RESERVED_BYTES = 16
// No wanted key is longer, each of its letters as an escape.
const KEY_MAX_BYTES = 6 * 'incomplete_details'.length

/** What is wanted of a value: all of it; how many elements it has; some of its members; the same of each of its elements. */
type Wanted = 'value' | 'count' | { members: ReadonlyMap<string, Wanted> } | { each: Wanted }

const RESPONSE = new Map<string, Wanted>([
  ...values('id', 'usage', 'model', 'object', 'status', 'incomplete_details'),
  ...values('type', 'error', 'code', 'message'),
  ...values('service_tier', 'tool_usage'),
  // What a response has made, which later calls name, and the tools that it used.
  [
    'output',
    {
      each: {
        members: new Map<string, Wanted>([
          ...values('id', 'type', 'container_id'),
          ['action', { members: new Map(values('type')) }],
        ]),
      },
    },
  ],
  ['choices', { each: { members: new Map(values('finish_reason', 'usage')) } }],
  ['x_groq', { members: new Map(values('usage')) }],
])
const BODY: Wanted = {
  members: new Map<string, Wanted>([
    ...RESPONSE,
    ['data', 'count'],
    ['response', { members: RESPONSE }],
    // Of an event of a WebSocket: which response it is of.
    ...values('stream_id'),
  ]),
}

function values(...names: string[]): [string, Wanted][] {
  return names.map((name) => [name, 'value'])
}

type Expecting = 'a value' | 'a key or the end' | 'a colon' | 'a comma or the end' | 'nothing'

/** Takes one JSON value in pieces. Bound: KEPT_MAX_BYTES, whatever the length of the value. */
export class LargeJsonReader {
  readonly #kept = Buffer.allocUnsafe(KEPT_MAX_BYTES)
  #used = 0
  // The containers around the current place of which something is wanted, and whether a member of each was kept.
  readonly #open: { wanted: Exclude<Wanted, 'value'>; isEmpty: boolean }[] = []
  #expecting: Expecting = 'a value'
  /** What the bytes are within: null: between values. 'container': one whose members are not distinguished. */
  #within: 'key' | 'string' | 'scalar' | 'container' | null = null
  #key = ''
  // Of the value that follows, or that the bytes are within.
  #wanted: Wanted | null = BODY
  #keeps = false
  // Where the value begins among what is kept; -1 where no kept key waits for the end of its value.
  #valueAt = -1
  #depth = 0
  #inString = false
  // The last byte of the piece before, within a string, escapes the next.
  #escapes = false
  #isContainer = false
  #hasMore = false
  #items: number | null = null

  add(piece: Buffer): void {
    let at = 0
    while (at < piece.length) at = this.#within === null ? this.#step(piece, at) : this.#pass(piece, at)
  }

  /** How many elements `data` has; null where it is no list. */
  get items(): number | null {
    return this.#items
  }

  /** True where one object or list has ended, and nothing has followed it. */
  get whole(): boolean {
    return this.#expecting === 'nothing' && this.#within === null && this.#isContainer && !this.#hasMore
  }

  /** The wanted members, also of a body that broke off; undefined where it is no object. */
  value(): unknown {
    let text = this.#kept.toString('utf8', 0, this.#valueAt === -1 ? this.#used : this.#valueAt)
    if (this.#valueAt !== -1) text += 'null'
    for (const { wanted } of this.#open.toReversed()) text += bracketsOf(wanted)[1]
    // Python writes these words as numbers. Where a text has them, only the text changes.
    return parsedJson(text) ?? parsedJson(text.replace(/-?\b(?:NaN|Infinity)\b/g, 'null'))
  }

  /** One byte between values; returns where to go on. */
  #step(piece: Buffer, at: number): number {
    const byte = piece[at] ?? 0
    if (isSpace(byte)) return at + 1
    const list = this.#list()
    switch (this.#expecting) {
      case 'a value':
        return byte === CLOSE_ARRAY && list !== null ? this.#close(at) : this.#beginValue(piece, at, byte)
      case 'a key or the end':
        if (byte === CLOSE_OBJECT) return this.#close(at)
        if (byte !== QUOTE) return this.#loseTrack(at)
        this.#key = ''
        this.#within = 'key'
        return at + 1
      case 'a colon':
        if (byte !== COLON) return this.#loseTrack(at)
        this.#expecting = 'a value'
        return at + 1
      case 'a comma or the end':
        if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) return this.#close(at)
        if (byte !== COMMA) return this.#loseTrack(at)
        this.#expectNext()
        return at + 1
      case 'nothing':
        this.#hasMore = true
        return piece.length
    }
  }

  #beginValue(piece: Buffer, at: number, byte: number): number {
    const isOpening = byte === OPEN_OBJECT || byte === OPEN_ARRAY
    const list = this.#list()
    if (this.#open.length === 0) {
      // RFC 8259 §8.1: a byte order mark may be ignored.
      if (byte === 0xef || byte === 0xbb || byte === 0xbf) return at + 1
      this.#isContainer = isOpening
    }
    if (list === 'count') this.#items = (this.#items ?? 0) + 1
    else if (list !== null && (this.#used > LISTS_MAX_BYTES || !this.#beginMember(''))) this.#wanted = null
    const wanted = this.#wanted
    if (wanted !== null && wanted !== 'value') {
      const brackets = bracketsOf(wanted)
      if (byte === brackets.charCodeAt(0)) {
        if (wanted === 'count') this.#items = 0
        this.#write(brackets[0] ?? '')
        this.#valueAt = -1
        this.#open.push({ wanted, isEmpty: true })
        this.#expectNext()
        return at + 1
      }
      // Of another kind than it should be.
      this.#keepNull()
    }
    if (isEndOfScalar(byte)) return this.#loseTrack(at)
    this.#keeps = wanted === 'value'
    this.#depth = 0
    this.#inString = byte === QUOTE
    this.#within = this.#inString ? 'string' : isOpening ? 'container' : 'scalar'
    if (!this.#inString) return at
    this.#keep(piece, at, at + 1)
    return at + 1
  }

  /** Goes on in a value or a key: to its end, or to the end of the piece. */
  #pass(piece: Buffer, from: number): number {
    if (this.#within === 'key' || this.#inString) return this.#passString(piece, from)
    let at = from
    if (this.#within === 'scalar') {
      while (at < piece.length && !isEndOfScalar(piece[at] ?? 0)) at++
      this.#keep(piece, from, at)
      if (at < piece.length) this.#endValue()
      return at
    }
    let hasEnded = false
    while (at < piece.length && !this.#inString && !hasEnded) {
      const byte = piece[at++]
      if (byte === QUOTE) this.#inString = true
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) hasEnded = --this.#depth === 0
    }
    this.#keep(piece, from, at)
    if (hasEnded) this.#endValue()
    return at
  }

  #passString(piece: Buffer, from: number): number {
    const end = this.#stringEnd(piece, from)
    const to = end === -1 ? piece.length : end
    if (this.#within === 'key') {
      const length = (end === -1 ? to : to - 1) - from
      // What is longer than any wanted key stays so.
      if (this.#key.length <= KEY_MAX_BYTES)
        this.#key += piece.toString('latin1', from, from + Math.min(length, KEY_MAX_BYTES + 1))
      if (end !== -1) this.#endKey()
      return to
    }
    this.#keep(piece, from, to)
    if (end === -1) return to
    this.#inString = false
    if (this.#within === 'string') this.#endValue()
    return to
  }

  /** The byte after the quote that ends the string; -1 where that is not in the piece. */
  #stringEnd(piece: Buffer, from: number): number {
    let start = from
    for (;;) {
      const quote = piece.indexOf(QUOTE, start)
      const end = quote === -1 ? piece.length : quote
      let escapes = 0
      while (end - escapes > start && piece[end - escapes - 1] === BACKSLASH) escapes++
      if (end - escapes === start && this.#escapes) escapes++
      this.#escapes = quote === -1 && escapes % 2 === 1
      if (quote === -1) return -1
      if (escapes % 2 === 0) return quote + 1
      start = quote + 1
    }
  }

  #endKey(): void {
    this.#within = null
    this.#expecting = 'a colon'
    const wanted = this.#open.at(-1)?.wanted
    const members = typeof wanted === 'object' && 'members' in wanted ? wanted.members : null
    const key = this.#key.includes('\\') ? parsedJson(`"${this.#key}"`) : this.#key
    this.#wanted = (typeof key === 'string' && members?.get(key)) || null
    if (this.#wanted !== null && !this.#beginMember(`"${key}":`)) this.#wanted = null
  }

  /** What comes after a comma, or after the bracket that opens a container. */
  #expectNext(): void {
    const list = this.#list()
    this.#expecting = list === null ? 'a key or the end' : 'a value'
    this.#wanted = list === null || list === 'count' ? null : list.each
  }

  /** What is wanted of the list that the place is in; null where it is in none. */
  #list(): 'count' | { each: Wanted } | null {
    const wanted = this.#open.at(-1)?.wanted
    return wanted === undefined || (wanted !== 'count' && 'members' in wanted) ? null : wanted
  }

  /** Keeps what is before a member; false where there is no room for one. */
  #beginMember(key: string): boolean {
    const open = this.#open.at(-1)
    if (open === undefined || !this.#hasRoom(key.length + 1)) return false
    this.#write(open.isEmpty ? key : `,${key}`)
    open.isEmpty = false
    this.#valueAt = this.#used
    return true
  }

  #keep(piece: Buffer, from: number, to: number): void {
    if (!this.#keeps) return
    const length = to - from
    if (this.#used - this.#valueAt + length > VALUE_MAX_BYTES || !this.#hasRoom(length))
      return this.#keepNull()
    piece.copy(this.#kept, this.#used, from, to)
    this.#used += length
  }

  /** In place of the value, of which nothing more is kept. */
  #keepNull(): void {
    this.#keeps = false
    this.#wanted = null
    if (this.#valueAt === -1) return
    this.#used = this.#valueAt
    this.#write('null')
    this.#valueAt = -1
  }

  #endValue(): void {
    this.#within = null
    this.#keeps = false
    this.#valueAt = -1
    this.#expecting = this.#open.length === 0 ? 'nothing' : 'a comma or the end'
  }

  #close(at: number): number {
    const open = this.#open.pop()
    if (open !== undefined) this.#write(bracketsOf(open.wanted)[1] ?? '')
    this.#endValue()
    return at + 1
  }

  /** What is here is no JSON: from here on only strings and nesting count, up to the end of the outermost value. */
  #loseTrack(at: number): number {
    this.#keepNull()
    this.#depth = this.#open.length
    while (this.#open.length > 0) this.#close(at)
    this.#within = 'container'
    return at
  }

  #hasRoom(bytes: number): boolean {
    return this.#used + bytes + RESERVED_BYTES <= KEPT_MAX_BYTES
  }

  #write(text: string): void {
    this.#used += this.#kept.write(text, this.#used, 'latin1')
  }
}

function bracketsOf(wanted: Exclude<Wanted, 'value'>): '[]' | '{}' {
  return wanted !== 'count' && 'members' in wanted ? '{}' : '[]'
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isEndOfScalar(byte: number): boolean {
  return isSpace(byte) || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY
}
