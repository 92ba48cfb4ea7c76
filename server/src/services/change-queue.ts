// What has changed since a reader looked, the newest state of each thing once. Bound: 1,000 things a reader; what comes beyond is counted.
const WAITING_MAX = 1_000
const BATCH_MAX = 100
const BATCH_MS = 250

/** `dropped`: changes that were left out because the reader was slow; it has to read the list again. */
export type Changes<Change> = { changes: Change[]; dropped: number }

export class ChangeQueue<Key, Change> {
  readonly #waiting = new Map<Key, Change>()
  readonly #ended: () => void
  // The first batch is empty and comes at once: from then on nothing is missed.
  #greeted = false
  #dropped = 0
  #readMs = Number.NEGATIVE_INFINITY
  #isEnded = false
  #wakeUp: (() => void) | null = null

  /** `ended` is called once. */
  constructor(ended: () => void) {
    this.#ended = ended
  }

  push(key: Key, change: Change): void {
    if (this.#isEnded) return
    // The newest state takes the place of the one that waits.
    if (!this.#waiting.has(key) && this.#waiting.size >= WAITING_MAX) this.#dropped++
    else this.#waiting.set(key, change)
    this.#wakeUp?.()
  }

  /** The next batch, of 100 changes at most and 250 ms after the last at the earliest; null once ended. */
  async next(): Promise<Changes<Change> | null> {
    while (!this.#isEnded) {
      const early = this.#readMs + BATCH_MS - performance.now()
      if (this.#greeted && this.#waiting.size === 0 && this.#dropped === 0) await this.#pause(null)
      else if (early > 0) await this.#pause(early)
      else return this.#take()
    }
    return null
  }

  /** A waiting `next` resolves with null. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#waiting.clear()
    this.#ended()
    this.#wakeUp?.()
  }

  #take(): Changes<Change> {
    const changes = [...this.#waiting].slice(0, BATCH_MAX)
    for (const [key] of changes) this.#waiting.delete(key)
    const dropped = this.#dropped
    this.#dropped = 0
    this.#greeted = true
    this.#readMs = performance.now()
    return { changes: changes.map(([, change]) => change), dropped }
  }

  /** Until something is pushed, or for so many milliseconds; until the end in any case. */
  async #pause(ms: number | null): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = ms === null ? null : setTimeout(resolve, ms)
    this.#wakeUp = () => {
      if (ms === null || this.#isEnded) resolve()
    }
    await promise
    this.#wakeUp = null
    if (timer !== null) clearTimeout(timer)
  }
}
