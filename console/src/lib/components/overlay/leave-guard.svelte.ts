// Asks before a page or a drawer with unsaved changes is left.
import { beforeNavigate, goto } from '$app/navigation'

export class LeaveGuard {
  /** True while the question is on screen. */
  asking = $state(false)
  #leave: (() => void) | undefined
  #safe = false
  readonly #dirty: () => boolean

  /**
   * Call it while a component initialises.
   *
   * @param dirty whether something would be lost. Inside the console `UnsavedDialog` asks, for a closing tab the browser itself.
   */
  constructor(dirty: () => boolean) {
    this.#dirty = dirty
    beforeNavigate((navigation) => {
      if (this.#safe || !this.#dirty()) return
      navigation.cancel()
      const { to } = navigation
      if (navigation.willUnload || !to) return
      this.ask(() => void goto(to.url.href))
    })
  }

  /** Does it at once where nothing is lost, else once the person agrees. */
  ask(leave: () => void): void {
    if (!this.#dirty()) return leave()
    this.#leave = leave
    this.asking = true
  }

  stay = (): void => {
    this.asking = false
    this.#leave = undefined
  }

  leave = (): void => {
    this.asking = false
    this.#safe = true
    this.#leave?.()
    // A drawer that opens again guards again.
    queueMicrotask(() => (this.#safe = false))
  }
}
