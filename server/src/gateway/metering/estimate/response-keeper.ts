// Keeps a response while it passes, for an estimate if its upstream reports no usage. In memory alone, until `release`.
import type { ContentMemory } from '../../capture/content-memory.ts'
import { type KeptBody, WHOLE_MAX_BYTES, wholeBody } from './kept-body.ts'
import { StreamKeeper } from './stream-keeper.ts'

/**
 * For a response in few pieces. Keeps references to them, not copies, up to WHOLE_MAX_BYTES; of a longer one what a
 * StreamKeeper keeps. Where `memory` is exhausted, nothing but the first KB.
 *
 * Owner: one attempt, which must call `release`.
 */
export class ResponseKeeper {
  readonly #memory: ContentMemory
  #chunks: Buffer[] = []
  #bytes = 0
  #longer: StreamKeeper | null = null

  constructor(memory: ContentMemory) {
    this.#memory = memory
  }

  /** Takes the next bytes, which must not be changed afterwards. */
  add(chunk: Buffer): void {
    if (this.#longer !== null) return this.#longer.add(chunk)
    const fits = this.#bytes + chunk.length <= WHOLE_MAX_BYTES && this.#memory.take(chunk.length)
    if (!fits) return this.#keepSections().add(chunk)
    this.#bytes += chunk.length
    this.#chunks.push(chunk)
  }

  /** What is kept so far. Its bytes are shared with the keeper until `release`. */
  kept(): KeptBody {
    return this.#longer?.kept() ?? wholeBody(Buffer.concat(this.#chunks))
  }

  /** Gives back what it has taken of the shared memory; nothing may be added afterwards. */
  release(): void {
    this.#longer?.release()
    this.#forgetChunks()
  }

  #keepSections(): StreamKeeper {
    const chunks = this.#chunks
    this.#forgetChunks()
    this.#longer = new StreamKeeper(this.#memory)
    for (const chunk of chunks) this.#longer.add(chunk)
    return this.#longer
  }

  #forgetChunks(): void {
    this.#memory.giveBack(this.#bytes)
    this.#chunks = []
    this.#bytes = 0
  }
}
