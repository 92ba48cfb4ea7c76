// One at a time, first come first served: SQLite's one writer.

export type Release = () => void

export class Mutex {
  #tail: Promise<void> = Promise.resolve()
  #taken = 0

  /** True while it is held or waited for. */
  get held(): boolean {
    return this.#taken > 0
  }

  /** Resolves when it is acquired, with the function that releases it, which must be called once. */
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

  /** Runs `work` while it is held, and releases it however `work` ends. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.acquire()
    try {
      return await work()
    } finally {
      release()
    }
  }
}
