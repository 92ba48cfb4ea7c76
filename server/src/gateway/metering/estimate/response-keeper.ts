// Keeps an answer while it passes, in case its upstream tells no usage at its end. In memory alone, and let go with the call.

// An answer of a million characters is longer than any model writes at once.
export const KEPT_MAX_BYTES = 4 * 1024 * 1024

/** For an answer in few pieces: keeps references to them, not copies. */
export class ResponseKeeper {
  #chunks: Buffer[] = []
  #bytes = 0
  readonly #maxBytes: number

  constructor(maxBytes = KEPT_MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(chunk)
    else this.#chunks = []
  }

  /** The answer so far; null where it has grown beyond what is kept. */
  text(): string | null {
    return this.#bytes <= this.#maxBytes ? Buffer.concat(this.#chunks).toString('utf8') : null
  }
}
