// Data of the server on a screen: loaded again when what it depends on changes, aborted when nobody waits for it.
import { untrack } from 'svelte'
import { sessionEnded } from '#lib/session.ts'

/** While it loads again, the old data stays, so that a screen can dim it instead of losing it. */
export class Resource<T> {
  data = $state.raw<T>()
  error = $state.raw<unknown>()
  loading = $state(true)
  #attempts = $state(0)

  /** `load` is run again whenever a state that it reads before its first await changes. */
  constructor(load: (signal: AbortSignal) => PromiseLike<T>) {
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
      if (signal.aborted || sessionEnded(error)) return
      this.error = error
    }
    this.loading = false
  }
}
