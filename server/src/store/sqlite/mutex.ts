// One at a time, first come first served: SQLite's one writer.

export type Release = () => void

export class Mutex {
  #tail: Promise<void> = Promise.resolve()
  #taken = 0

  /** True while somebody has it or waits for it. */
  get held(): boolean {
    return this.#taken > 0
  }

  /** Resolves when it is the caller's turn; the caller must call what it gets, once. */
  async acquire(): Promise<Release> {
    const before = this.#tail
    let release: Release = () => undefined
    this.#taken++
    this.#tail = new Promise((resolve) => {
      let released = false
      release = () => {
        if (!released) this.#taken--
        released = true
        resolve()
      }
    })
    await before
    return release
  }

  /** Runs `work` when it is its turn, and lets the next in, however it ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }
}
