// Data of the server on a screen: loaded again when what it depends on changes, aborted when nobody waits for it.
import { untrack } from 'svelte'
import { sessionEnded } from '#lib/session.ts'

/** While it loads again, the old data stays, so that a screen can dim it instead of losing it. */
export class Resource<T> {
  data = $state.raw<T>()
  error = $state.raw<unknown>()
  loading = $state(true)
  #attempts = $state(0)
  readonly #isEnd: (error: unknown) => boolean

  /**
   * `load` is run again whenever a state that it reads before its first await changes. `isEnd`: true of an error that is no part of
   * the screen, such as the end of the session.
   */
  constructor(
    load: (signal: AbortSignal) => PromiseLike<T>,
    isEnd: (error: unknown) => boolean = sessionEnded,
  ) {
    this.#isEnd = isEnd
    $effect(() => {
      void this.#attempts
      const leaving = new AbortController()
      const loaded = load(leaving.signal)
      untrack(() => this.#follow(loaded, leaving.signal))
      return () => leaving.abort()
    })
  }

  /** Loads once more, as after an error or a change. */
  reload = (): void => {
    this.#attempts++
  }

  async #follow(loaded: PromiseLike<T>, signal: AbortSignal): Promise<void> {
    this.loading = true
    try {
      const data = await loaded
      if (signal.aborted) return
      this.data = data
      this.error = undefined
    } catch (error) {
      if (signal.aborted || this.#isEnd(error)) return
      this.error = error
    }
    this.loading = false
  }
}
