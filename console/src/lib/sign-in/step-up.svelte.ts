// The question who is at the keyboard, which the server asks before it shows or removes much. Any call may meet it; the dialog of the
// root layout asks, and the call goes on.

class StepUpQuestion {
  /** What may be shown; null: nothing is asked. */
  means = $state.raw<readonly string[] | null>(null)
  #asked: Promise<boolean> | null = null
  #resolve: (confirmed: boolean) => void = () => undefined

  /** Opens the dialog. Calls that meet the question at the same time share one result. */
  ask(means: readonly string[]): Promise<boolean> {
    this.means = means
    this.#asked ??= new Promise((resolve) => {
      this.#resolve = resolve
    })
    return this.#asked
  }

  /** Closes the dialog: false where the person has cancelled. */
  settle(confirmed: boolean) {
    this.means = null
    this.#asked = null
    this.#resolve(confirmed)
  }
}

export const stepUp = new StepUpQuestion()
