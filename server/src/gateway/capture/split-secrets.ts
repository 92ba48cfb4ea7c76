// Masks secrets that a model's text has in pieces, an event each, in the bytes that are kept of an event stream. A secret of a fixed
// form is found when the content is stored; one of any form is known here alone, where the call has sent it.
//
// Bound: of each member that text comes in, the end of its text so far, one character shorter than the longest secret, and of
// unfinished events their bytes. Each byte is looked at once.
import { textPieces } from '../../domain/content/text-pieces.ts'

/** Shorter ends of a text are words as well. */
const PREFIX_MIN = 8
const STAR = 0x2a
const LINE_END = 0x0a

/** The end of the text of one member; `at[n]`: where its nth character is in the body. */
type Tail = { text: string; at: number[] }

export class SplitSecrets {
  readonly #secrets: readonly string[]
  readonly #tailChars: number
  readonly #tails = new Map<string, Tail>()
  #scanned = 0

  /** `secrets`: as JSON has them in a string. Bytes are taken for Latin-1, in which a byte is a character. */
  constructor(secrets: readonly string[]) {
    this.#secrets = secrets
      .map((secret) => Buffer.from(secret).toString('latin1'))
      .filter((text) => text !== '')
    this.#tailChars = Math.max(0, ...this.#secrets.map(({ length }) => length - 1))
  }

  /** Masks what is complete in the events that have ended. `bytes`: the body so far, which only grows. */
  scan(bytes: Buffer): void {
    const end = bytes.lastIndexOf(LINE_END) + 1
    if (end > this.#scanned) this.#read(bytes, end)
  }

  /** The same of the last event, and of a secret of which the beginning alone is there. */
  finish(bytes: Buffer): void {
    this.#read(bytes, bytes.length)
    for (const { text, at } of this.#tails.values()) {
      for (const secret of this.#secrets) {
        const length = prefixAtEnd(text, secret)
        if (length >= PREFIX_MIN) mask(bytes, at.slice(text.length - length))
      }
    }
  }

  #read(bytes: Buffer, end: number): void {
    const from = this.#scanned
    this.#scanned = end
    if (this.#secrets.length === 0) return
    for (const { name, start, text } of textPieces(bytes.toString('latin1', from, end))) {
      const tail = this.#tails.get(name) ?? { text: '', at: [] }
      this.#tails.set(name, tail)
      tail.text += text
      for (let n = 0; n < text.length; n++) tail.at.push(from + start + n)
      for (const secret of this.#secrets)
        for (
          let at = tail.text.indexOf(secret);
          at !== -1;
          at = tail.text.indexOf(secret, at + secret.length)
        )
          mask(bytes, tail.at.slice(at, at + secret.length))
      const past = Math.max(0, tail.text.length - this.#tailChars)
      tail.text = tail.text.slice(past)
      tail.at.splice(0, past)
    }
  }
}

/** Each byte by itself, so that no offset changes. */
function mask(bytes: Buffer, positions: readonly number[]): void {
  for (const at of positions) bytes[at] = STAR
}

/** How many of the last characters of a text begin a secret. */
function prefixAtEnd(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length - 1); length >= PREFIX_MIN; length--)
    if (text.endsWith(secret.slice(0, length))) return length
  return 0
}
