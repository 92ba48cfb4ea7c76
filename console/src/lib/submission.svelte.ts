// The submission of one form: busy while the request runs, and the error when it failed.
import { sessionEnded } from '#lib/session.svelte.ts'

export class Submission {
  busy = $state(false)
  error = $state.raw<unknown>()
  readonly #isEnd: (error: unknown) => boolean

  /** `isEnd`: true of an error that is no part of the form, such as the end of the session. */
  constructor(isEnd: (error: unknown) => boolean = sessionEnded) {
    this.#isEnd = isEnd
  }

  /** Runs the action unless one is running. Failures are set in `error`; the value is true where it succeeded. */
  async run(action: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.error = undefined
    try {
      await action()
      return true
    } catch (error) {
      if (!this.#isEnd(error)) this.error = error
      return false
    } finally {
      this.busy = false
    }
  }
}
