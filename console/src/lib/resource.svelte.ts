// Data of the server on a screen: loaded again when what it depends on changes, aborted when nobody waits for it.
import { untrack } from 'svelte'
import { session, sessionEnded } from '#lib/session.svelte.ts'

/**
 * While it loads again, the old data stays, so that a screen can dim it instead of losing it. Data of a former question is
 * `outdated`; when the new question fails, it goes, and the error stands in its place.
 */
export class Resource<T> {
  data = $state.raw<T>()
  error = $state.raw<unknown>()
  loading = $state(true)
  /** True while `data` belongs to a former question, as to the filter before. */
  outdated = $state(false)
  #attempts = $state(0)
  #lastAttempt = session.renewals
  #quiet = false
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
      const attempt = this.#attempts + session.renewals
      const again = attempt !== this.#lastAttempt
      this.#lastAttempt = attempt
      const quiet = again && this.#quiet
      this.#quiet = false
      const leaving = new AbortController()
      const loaded = load(leaving.signal)
      untrack(() => {
        // Once outdated, a reload in between does not make it current.
        if (!again && this.data !== undefined) this.outdated = true
        void this.#follow(loaded, leaving.signal, quiet)
      })
      return () => leaving.abort()
    })
  }

  /** Loads once more, as after an error or a change. */
  reload = (): void => {
    this.#attempts++
  }

  /** Loads once more without showing that it does, as on a timer. Not while it loads already. */
  refresh = (): void => {
    if (this.loading) return
    this.#quiet = true
    this.#attempts++
  }

  async #follow(loaded: PromiseLike<T>, signal: AbortSignal, quiet: boolean): Promise<void> {
    if (!quiet) this.loading = true
    try {
      const data = await loaded
      if (signal.aborted) return
      this.data = data
      this.error = undefined
    } catch (error) {
      if (signal.aborted || this.#isEnd(error)) return
      if (this.outdated) this.data = undefined
      this.error = error
    }
    this.outdated = false
    this.loading = false
  }
}
