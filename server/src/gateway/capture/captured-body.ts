// The beginning of a body, copied while the body streams.
import { BEYOND_BYTES, type CapturedBody } from '../../domain/content/captured-content.ts'
import type { ContentMemory } from './content-memory.ts'
import type { SplitSecrets } from './split-secrets.ts'

const FIRST_BYTES = 4 * 1024

export class KeptBody {
  readonly #memory: ContentMemory
  readonly #limit: number
  readonly #type: string | null
  #bytes: Buffer | null = null
  #used = 0
  #seen = 0
  // The memory was exhausted: later chunks must not follow a gap.
  #full = false
  readonly #split: SplitSecrets | null

  /**
   * @param limit bytes that may be stored; a little more is kept, as CapturedBody says.
   * @param split of an event stream: masks secrets that come in pieces.
   */
  constructor(memory: ContentMemory, limit: number, type: string | null, split: SplitSecrets | null = null) {
    this.#split = split
    this.#memory = memory
    this.#limit = limit
    this.#type = type
  }

  add(chunk: Uint8Array): void {
    this.#seen += chunk.length
    const room = this.#limit + BEYOND_BYTES - this.#used
    if (room <= 0 || this.#full) return
    const part = chunk.length <= room ? chunk : chunk.subarray(0, room)
    if (!this.#grow(this.#used + part.length)) return
    this.#bytes?.set(part, this.#used)
    this.#used += part.length
    this.#split?.scan(this.#kept())
  }

  /** What has been kept, with `secrets` masked. Releases its memory: to be called once, at the end. */
  take(secrets: readonly string[]): CapturedBody {
    const bytes = this.#kept()
    for (const secret of secrets) cover(bytes, secret)
    this.#split?.finish(bytes)
    this.supersede()
    // Where the memory was exhausted, the rest of a secret is not known.
    const limit = this.#full ? Math.max(0, Math.min(this.#limit, this.#used - BEYOND_BYTES)) : this.#limit
    return { type: this.#type, bytes, limit, truncated: this.#seen > limit }
  }

  #kept(): Buffer {
    return (this.#bytes ?? Buffer.alloc(0)).subarray(0, this.#used)
  }

  supersede(): void {
    this.#memory.giveBack(this.#bytes?.length ?? 0)
    this.#bytes = null
  }

  #grow(needed: number): boolean {
    const has = this.#bytes?.length ?? 0
    if (needed <= has) return true
    const size = Math.min(this.#limit + BEYOND_BYTES, Math.max(needed, has * 2, FIRST_BYTES))
    if (!this.#memory.take(size - has)) {
      this.#full = true
      return false
    }
    const grown = Buffer.allocUnsafeSlow(size)
    this.#bytes?.copy(grown, 0, 0, this.#used)
    this.#bytes = grown
    return true
  }
}

/** Keeps the length, so that no offset after it changes. */
function cover(bytes: Buffer, secret: string): void {
  const length = Buffer.byteLength(secret)
  for (let at = bytes.indexOf(secret); at !== -1; at = bytes.indexOf(secret, at + length)) {
    bytes.fill('*', at, at + length)
  }
}
