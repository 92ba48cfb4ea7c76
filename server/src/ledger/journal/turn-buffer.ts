// The lines of one turn of the event loop, or of all turns while the disk fails, in one buffer that is reused.
import { frameMaxBytes, writeFrame } from './frame.ts'

// The lines of a busy turn. It grows while the disk fails, and is replaced afterwards where it has grown far.
const FIRST_BYTES = 128 * 1024
const KEPT_MAX_BYTES = 1024 * 1024

export class TurnBuffer {
  readonly #maxBytes: number
  #bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #used = 0
  #lines = 0
  #spareUsed = 0

  /** @param maxBytes of all lines together, spare ones not counted; lines beyond that are refused. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get lines(): number {
    return this.#lines
  }

  get usedBytes(): number {
    return this.#used
  }

  /** Adds a payload as a line; false where the lines would be longer than `maxBytes`. */
  add(payload: string): boolean {
    return this.#put(payload, this.#maxBytes + this.#spareUsed)
  }

  /** The same for a spare line, with a `maxBytes` for all spare lines: they take no room from the others. */
  addSpare(payload: string, maxBytes: number): boolean {
    const before = this.#used
    if (!this.#put(payload, before + maxBytes - this.#spareUsed)) return false
    this.#spareUsed += this.#used - before
    return true
  }

  /** The lines so far; valid until the next call of `add` or `clear`. */
  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#used)
  }

  clear(): void {
    if (this.#bytes.length > KEPT_MAX_BYTES) this.#bytes = Buffer.allocUnsafeSlow(FIRST_BYTES)
    this.#used = 0
    this.#spareUsed = 0
    this.#lines = 0
  }

  #put(payload: string, endMax: number): boolean {
    const mayEnd = this.#used + frameMaxBytes(payload)
    if (mayEnd > this.#bytes.length) this.#grow(mayEnd)
    const end = writeFrame(this.#bytes, this.#used, payload)
    if (end > endMax) return false
    this.#used = end
    this.#lines++
    return true
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
  }
}
