// Reads the data of an event that is too long to be held, in constant memory, as it passes.
import { COLON, CR, LF } from '../../http/wire/event-stream.ts'
import { LargeJsonReader } from './large-json-reader.ts'

const SPACE = 0x20
const LINE_END = Buffer.from('\n')

/** Takes the bytes of one event, from its first, without the blank line that ends it. Its data is read as JSON. */
export class LargeEventReader {
  readonly json = new LargeJsonReader()
  #within: 'a name' | 'data before its space' | 'data' | 'another field' = 'a name'
  // Of the field, as far as it is known; what is longer than "data" is another.
  #name = ''

  add(bytes: Buffer): void {
    let at = 0
    let cr = bytes.indexOf(CR)
    while (at < bytes.length) {
      if (cr !== -1 && cr < at) cr = bytes.indexOf(CR, at)
      const lf = bytes.indexOf(LF, at)
      const end = Math.min(lf === -1 ? bytes.length : lf, cr === -1 ? bytes.length : cr)
      this.#addOfLine(bytes, at, end)
      if (end < bytes.length) this.#endLine()
      at = end + 1
    }
  }

  #addOfLine(bytes: Buffer, from: number, end: number): void {
    let at = from
    while (this.#within === 'a name' && at < end) {
      const byte = bytes[at++] ?? 0
      if (byte === COLON) this.#within = this.#name === 'data' ? 'data before its space' : 'another field'
      else if (this.#name.length > 4) this.#within = 'another field'
      else this.#name += String.fromCharCode(byte)
    }
    if (this.#within === 'data before its space' && at < end) {
      if (bytes[at] === SPACE) at++
      this.#within = 'data'
    }
    if (this.#within === 'data' && at < end) this.json.add(bytes.subarray(at, end))
  }

  /** The lines of the data are one text (https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage). */
  #endLine(): void {
    if (this.#within === 'data') this.json.add(LINE_END)
    this.#within = 'a name'
    this.#name = ''
  }
}
