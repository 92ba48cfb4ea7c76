// Parses responses from a connection's bytes as they come, and calls a listener. Knows nothing of sockets.
import type { UpstreamListener } from '../upstream-client.ts'
import { isPlainTrailer, type ResponseHead, readResponseHead } from './response-head.ts'

/**
 * What a piece of bytes led to: `more` is needed; the listener requested a pause; the response is `whole`; it is `broken`,
 * and no byte after it can be trusted; or the listener has `aborted` the call.
 */
export type Progress = 'more' | 'paused' | 'whole' | 'broken' | 'aborted'

type Listener = Pick<UpstreamListener, 'onHead' | 'onChunk'>

type State =
  | 'head'
  | 'length'
  | 'until-close'
  | 'chunk-size'
  | 'chunk-extension'
  | 'chunk-size-end'
  | 'chunk-data'
  | 'chunk-data-end'
  | 'chunk-end'
  | 'trailers'
  | 'whole'
  | 'broken'

const HEAD_MAX_BYTES = 64 * 1024
const EXTENSION_MAX_BYTES = 1024
const TRAILERS_MAX_BYTES = 8 * 1024
// RFC 9112 §7.1.1, without blanks: `;name`, `;name=value`, `;name="value"`.
const EXTENSION = /^(?:;[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:=(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"[ !#-[\]-~]*"))?)+$/
const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)
const CR = 13
const LF = 10

/** One for each connection; `begin` before each response. */
export class ResponseParser {
  /** After `paused`: what is still to be read. After `whole`: what came after the end of the response. */
  remainder: Buffer = NOTHING
  /** Whether a byte of a response has come since `begin`. */
  succeeded = false
  /** Of the response in flight, once the listener has got it. */
  head: ResponseHead | null = null
  /** Whether interim responses (1xx) came before the response, or trailers after it. Both are dropped. */
  hadMore = false
  #listener: Listener | null = null
  #toHead = false
  #state: State = 'whole'
  /** Bytes of the body, or of its chunk, that are still to come. */
  #remaining = 0
  #sizeDigits = 0
  /** A line or head whose end has not come yet. */
  #text = ''

  begin(listener: Listener, toHead: boolean): void {
    this.#listener = listener
    this.#toHead = toHead
    this.#state = 'head'
    this.#text = ''
    this.succeeded = false
    this.hadMore = false
    this.head = null
    this.remainder = NOTHING
  }

  /** Nothing more is passed to the listener. */
  release(): void {
    this.#listener = null
  }

  /** Reads a piece; the listener gets slices of it, not copies. */
  feed(bytes: Buffer): Progress {
    this.succeeded = true
    let at = 0
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#takeHead(bytes, at)
          if (this.#listener === null) return 'aborted'
          break
        case 'length':
        case 'until-close':
        case 'chunk-data': {
          const end = Math.min(bytes.length, at + this.#remaining)
          const slice = at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end)
          this.#remaining -= end - at
          at = end
          if (this.#remaining === 0) this.#state = this.#state === 'length' ? 'whole' : 'chunk-data-end'
          const goOn = this.#listener?.onChunk(slice)
          if (this.#listener === null) return 'aborted'
          if (goOn !== false || this.#isWhole()) break
          this.remainder = bytes.subarray(at)
          return 'paused'
        }
        case 'chunk-size':
          at = this.#takeSizeLine(bytes, at)
          break
        case 'chunk-data-end':
          if (bytes[at] === CR && bytes[at + 1] === LF) {
            this.#beginChunk()
            at += 2
          } else this.#takeFraming(bytes[at++] ?? 0)
          break
        case 'chunk-extension':
        case 'chunk-size-end':
        case 'chunk-end':
          this.#takeFraming(bytes[at++] ?? 0)
          break
        case 'trailers':
          this.#takeTrailers(bytes[at++] ?? 0)
          break
        case 'whole':
          this.remainder = bytes.subarray(at)
          return 'whole'
        case 'broken':
          return 'broken'
      }
    }
    if (this.#isWhole()) {
      this.remainder = NOTHING
      return 'whole'
    }
    return this.#state === 'broken' ? 'broken' : 'more'
  }

  /** The upstream has closed its side: true where that is how the response in flight ends. */
  endsWithConnection(): boolean {
    return this.#state === 'until-close'
  }

  #isWhole(): boolean {
    return this.#state === 'whole'
  }

  /** Returns where the head ends in `bytes`, or their length. */
  #takeHead(bytes: Buffer, from: number): number {
    const before = this.#text
    const seam = before.slice(-3) + bytes.toString('latin1', from, Math.min(from + 3, bytes.length))
    const atSeam = before === '' ? -1 : seam.indexOf('\r\n\r\n')
    const end =
      atSeam === -1 ? bytes.indexOf(HEAD_END, from) + 4 : from + atSeam + 4 - Math.min(before.length, 3)
    if (end < 4 && atSeam === -1) {
      this.#text = before + bytes.toString('latin1', from)
      if (this.#text.length > HEAD_MAX_BYTES || !couldBeHead(this.#text, before.length)) this.#break()
      return bytes.length
    }
    const text = before + bytes.toString('latin1', from, end)
    this.#text = ''
    const head = text.length > HEAD_MAX_BYTES ? null : readResponseHead(text.slice(0, -4), this.#toHead)
    if (head === null) this.#break()
    else if (head.status >= 200) this.#beginBody(head)
    // However many come, they do not extend the timeout of the head.
    else this.hadMore = true
    return end
  }

  #beginBody(head: ResponseHead): void {
    this.head = head
    switch (head.framing) {
      case 'none':
        this.#state = 'whole'
        break
      case 'length':
        this.#remaining = head.bodyBytes
        this.#state = head.bodyBytes === 0 ? 'whole' : 'length'
        break
      case 'chunked':
        this.#beginChunk()
        break
      case 'until-close':
        this.#remaining = Number.POSITIVE_INFINITY
        this.#state = 'until-close'
        break
    }
    this.#listener?.onHead(head.status, head.headers)
  }

  #beginChunk(): void {
    this.#state = 'chunk-size'
    this.#remaining = 0
    this.#sizeDigits = 0
    this.#text = ''
  }

  /**
   * Reads the line before a chunk, where all of it is here and it holds no more than a size, as nearly all do; else one byte of
   * it. Returns where the next begins.
   */
  #takeSizeLine(bytes: Buffer, from: number): number {
    let size = 0
    let at = from
    for (
      let digit = hexDigit(bytes[at] ?? 0);
      digit !== -1 && at < from + 7;
      digit = hexDigit(bytes[++at] ?? 0)
    )
      size = size * 16 + digit
    const isWhole = this.#sizeDigits === 0 && size > 0 && bytes[at] === CR && bytes[at + 1] === LF
    if (!isWhole) {
      this.#takeFraming(bytes[from] ?? 0)
      return from + 1
    }
    this.#remaining = size
    this.#state = 'chunk-data'
    return at + 2
  }

  /** Reads one byte of the framing around a chunk (RFC 9112 §7.1). */
  #takeFraming(byte: number): void {
    switch (this.#state) {
      case 'chunk-size': {
        const digit = hexDigit(byte)
        if (digit !== -1 && ++this.#sizeDigits <= 12) this.#remaining = this.#remaining * 16 + digit
        else if (digit !== -1 || this.#sizeDigits === 0) this.#break()
        else if (byte === CR) this.#state = 'chunk-size-end'
        else if (byte === 59) {
          this.#state = 'chunk-extension'
          this.#text = ';'
        } else this.#break()
        break
      }
      case 'chunk-extension':
        if (byte === CR && EXTENSION.test(this.#text)) this.#state = 'chunk-size-end'
        else if (byte === CR || byte === LF || this.#text.length >= EXTENSION_MAX_BYTES) this.#break()
        else this.#text += String.fromCharCode(byte)
        break
      case 'chunk-size-end':
        this.#text = ''
        if (byte !== LF) this.#break()
        else this.#state = this.#remaining === 0 ? 'trailers' : 'chunk-data'
        break
      case 'chunk-data-end':
        if (byte === CR) this.#state = 'chunk-end'
        else this.#break()
        break
      default:
        if (byte === LF) this.#beginChunk()
        else this.#break()
    }
  }

  #takeTrailers(byte: number): void {
    this.#text += String.fromCharCode(byte)
    if (this.#text.length > TRAILERS_MAX_BYTES) return this.#break()
    if (byte !== LF) return
    if (this.#text === '\r\n') this.#state = 'whole'
    else if (!this.#text.endsWith('\r\n')) this.#break()
    else if (this.#text.endsWith('\r\n\r\n')) {
      this.hadMore = true
      const lines = this.#text.slice(0, -4).split('\r\n')
      this.#state = lines.every(isPlainTrailer) ? 'whole' : 'broken'
    }
  }

  #break(): void {
    this.#state = 'broken'
  }
}

/** Whether bytes without the end of a head may still become one: a peer that speaks no HTTP need not be waited for. */
function couldBeHead(text: string, readBefore: number): boolean {
  const start = text.slice(0, 9)
  if (!'HTTP/1.1 '.startsWith(start) && !'HTTP/1.0 '.startsWith(start)) return false
  return !/[^\r]\n/.test(text.slice(Math.max(0, readBefore - 1)))
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const lower = byte | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
