// Reads a form (RFC 7578) while it comes in: which fields it has, and where the values of those stand that the gateway needs.
//
// One grammar, and a strict one: a form that two parsers could divide or name differently is refused. So no upstream finds
// another value in it than was read here. Nothing of a file is kept.
import { isAscii, isUtf8 } from 'node:buffer'
import type { Span } from '../json-scan.ts'
import { type PartHead, readPartHead } from './part-head.ts'

/** A field whose value is read. Places are in bytes of the whole form. */
export type FormField = {
  value: string
  place: Span
  /** Where its name stands, if it stands there without quotes; else null. */
  bareName: Span | null
  /** Where the value of a Content-Length of the part stands; null: it has none. */
  length: Span | null
}

/** Why a form is refused. */
export type FormFault = {
  /** The number of the part, from 1; 0: of none of them. */
  part: number
  /** The name of the part, where it is known. */
  name: string | null
  /** The end of a sentence about it. */
  problem: string
}

// What the largest forms of OpenAI's API have, several times: 16 images, and some dozens of fields.
const PARTS_MAX = 256
// A head with a file's name of 4 KiB, encoded.
const HEAD_MAX_BYTES = 16 * 1024
// A value that is read, such as a model's name.
const VALUE_MAX_BYTES = 1024
/** Which values the wanted fields may have. */
export type FieldValues = {
  maxBytes: number
  /** The content types that a part may have, if it has one. */
  types: readonly string[]
  /** Tabs and line ends are taken, as in JSON. */
  hasLines: boolean
}

const PLAIN: FieldValues = { maxBytes: VALUE_MAX_BYTES, types: ['text/plain'], hasLines: false }
// Of a field that is no file, such as a prompt.
const FIELD_MAX_BYTES = 1024 * 1024

const CRLF = '\r\n'
const CR = 0x0d
const LF = 0x0a
const NOTHING = Buffer.alloc(0)

/** What comes next. */
type State = 'start' | 'delimiter' | 'head' | 'content' | 'end'

export class FormScan {
  /** The wanted fields that have been read, by name. */
  readonly fields = new Map<string, FormField>()
  /** The names of all parts. */
  readonly names = new Set<string>()
  /** How many parts that are no files have each name. */
  readonly texts = new Map<string, number>()
  /** Of all fields that are no files. */
  textBytes = 0
  files = 0
  readonly #wanted: ReadonlySet<string>
  readonly #values: FieldValues
  readonly #delimiter: Buffer
  #state: State = 'start'
  // What has not been read yet, and where in the form it begins.
  #pending: Buffer = NOTHING
  #pendingAt = 0
  #parts = 0
  #head: PartHead | null = null
  #headAt = 0
  #contentAt = 0
  // The value of a wanted field, as far as it has come.
  #value: Buffer[] = []
  #fault: FormFault | null = null

  /** `wanted`: the names of the fields to be read, in lower case. */
  constructor(boundary: string, wanted: ReadonlySet<string>, values: FieldValues = PLAIN) {
    this.#delimiter = Buffer.from(`--${boundary}`, 'latin1')
    this.#wanted = wanted
    this.#values = values
  }

  /** Reads on; returns why the form is refused, from then on whatever comes. */
  write(chunk: Buffer): FormFault | null {
    if (this.#fault !== null) return this.#fault
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (this.#fault === null && this.#step());
    return this.#fault
  }

  /** The form has ended. */
  end(): FormFault | null {
    if (this.#fault === null && this.#state !== 'end')
      this.#fault = { part: 0, name: null, problem: 'ends before its closing boundary' }
    return this.#fault
  }

  /** False where more bytes are needed, or there is a fault. */
  #step(): boolean {
    switch (this.#state) {
      case 'start':
        return this.#passStart()
      case 'delimiter':
        return this.#passDelimiter()
      case 'head':
        return this.#passHead()
      case 'content':
        return this.#passContent()
      case 'end':
        return this.#passEnd()
    }
  }

  #passStart(): boolean {
    const { length } = this.#delimiter
    if (this.#pending.length < length + 2) return false
    const at = startsWith(this.#pending, CRLF) ? 2 : 0
    if (this.#pending.length < at + length) return false
    if (this.#pending.compare(this.#delimiter, 0, length, at, at + length) !== 0)
      return this.#refuse('does not begin with its boundary')
    return this.#goTo('delimiter', at + length)
  }

  #passDelimiter(): boolean {
    if (this.#pending.length < 2) return false
    if (startsWith(this.#pending, '--')) return this.#goTo('end', 2)
    this.#head = null
    if (!startsWith(this.#pending, CRLF)) return this.#refuse('has a boundary that is followed by other text')
    if (++this.#parts > PARTS_MAX) return this.#refuse(`is one of more than ${PARTS_MAX}`)
    this.#goTo('head', 2)
    this.#headAt = this.#pendingAt
    return true
  }

  #passHead(): boolean {
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end > HEAD_MAX_BYTES || (end === -1 && this.#pending.length > HEAD_MAX_BYTES))
      return this.#refuse(`has a head of more than ${HEAD_MAX_BYTES} bytes`)
    if (end === -1) return false
    const head = readPartHead(this.#pending.toString('latin1', 0, end))
    if ('problem' in head) return this.#refuse(head.problem)
    this.#head = head
    this.#value = []
    const problem = this.#nameFault(head)
    if (problem !== null) return this.#refuse(problem)
    if (head.isFile) this.files++
    else this.texts.set(head.name, (this.texts.get(head.name) ?? 0) + 1)
    this.names.add(head.name)
    this.#goTo('content', end + 4)
    this.#contentAt = this.#pendingAt
    return true
  }

  /** A wanted field stands once and as it is named, and no other field could be taken for it. */
  #nameFault({ name, isFile, type, charset }: PartHead): string | null {
    const plain = name
      .replace(/\[.*/, '')
      .replace(/[^a-z0-9]/gi, '')
      .toLowerCase()
    // Of that name, a field says which charset the others have (HTML, "encoding a multipart/form-data form").
    if (!this.#wanted.has(plain)) return name === '_charset_' ? 'is not taken' : null
    if (name !== plain) return `could be taken for \`${plain}\``
    if (this.fields.has(name)) return 'stands twice'
    if (isFile) return 'has a file name'
    if (type !== null && !this.#values.types.includes(type))
      return `is of another type than ${this.#values.types.join(' or ')}`
    if (charset !== null && !ASCII_CHARSETS.has(charset)) return 'has a charset other than UTF-8'
    return null
  }

  #passContent(): boolean {
    const { length } = this.#delimiter
    const at = this.#pending.indexOf(this.#delimiter)
    if (at === -1) {
      // A delimiter may begin here, and the line end before it belongs to it.
      const known = this.#pending.length - length - 1
      if (known > 0) this.#takeContent(known)
      return false
    }
    // Right behind the head it is at the beginning of a line, too.
    const before = this.#pendingAt + at === this.#contentAt ? LF : this.#pending[at - 1]
    if (before !== LF && before !== CR) return this.#takeContent(at + 1)
    if (before === CR || this.#pending[at - 2] !== CR || this.#pendingAt + at - 2 < this.#contentAt)
      return this.#refuse('has the boundary at the beginning of a line that does not end as CRLF')
    return this.#takeContent(at - 2) && this.#endPart() && this.#goTo('delimiter', length + 2)
  }

  /** Takes so many bytes for content of the part. */
  #takeContent(count: number): boolean {
    const head = this.#head
    if (head === null) return false
    const bytes = this.#pendingAt + count - this.#contentAt
    if (!head.isFile) {
      this.textBytes += count
      const isWanted = this.#wanted.has(head.name)
      const most = isWanted ? this.#values.maxBytes : FIELD_MAX_BYTES
      if (bytes > most) return this.#refuse(`is larger than ${most} bytes`)
      if (isWanted) this.#value.push(this.#pending.subarray(0, count))
    }
    return this.#goTo('content', count)
  }

  #endPart(): boolean {
    const head = this.#head
    if (head === null || !this.#wanted.has(head.name)) return true
    const bytes = Buffer.concat(this.#value)
    const isText = head.charset === null || head.charset === 'utf-8' ? isUtf8(bytes) : isAscii(bytes)
    const value = bytes.toString('utf8')
    const checked = this.#values.hasLines ? value.replace(/[\t\r\n]/g, '') : value
    if (!isText || CONTROL.test(checked)) return this.#refuse('has a value that is not plain text in UTF-8')
    this.fields.set(head.name, {
      value,
      place: { start: this.#contentAt, end: this.#pendingAt },
      bareName: moved(head.bareName, this.#headAt),
      length: moved(head.length, this.#headAt),
    })
    return true
  }

  #passEnd(): boolean {
    if (this.#pending.length > 2 || !CRLF.startsWith(this.#pending.toString('latin1')))
      return this.#refuse('has text behind its closing boundary', 0)
    return false
  }

  /** `count` bytes have been read. */
  #goTo(state: State, count: number): true {
    this.#state = state
    this.#pending = this.#pending.subarray(count)
    this.#pendingAt += count
    return true
  }

  #refuse(problem: string, part = this.#parts): false {
    this.#fault = { part, name: part === 0 ? null : (this.#head?.name ?? null), problem }
    return false
  }
}

// Those in which ASCII is written as it is; of the others some are not, such as UTF-16.
const ASCII_CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'us-ascii', 'iso-8859-1'])
const CONTROL = /\p{Cc}/u

function startsWith(bytes: Buffer, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[at] !== text.charCodeAt(at)) return false
  return true
}

function moved(span: Span | null, by: number): Span | null {
  return span === null ? null : { start: span.start + by, end: span.end + by }
}
