// One form's way to the server: busy while it is under way, and what came back when it failed.
import { sessionEnded } from '#lib/session.ts'

export class Submission {
  busy = $state(false)
  error = $state.raw<unknown>()

  /** Runs the action unless one is under way. Failures end up in `error`; the value tells whether it went through. */
  async run(action: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    this.error = undefined
    try {
      await action()
      return true
    } catch (error) {
      if (!sessionEnded(error)) this.error = error
      return false
    } finally {
      this.busy = false
    }
  }
}
