// Whether the server can be reached, as the last request has found.
import { session } from '#lib/session.svelte.ts'

class Connection {
  /** True after a request got no response, until one does. */
  lost = $state(false)
  /** True after a part of the program could not be loaded though the server is there: it has a newer version of it, as a rule. */
  partMissing = $state(false)

  /** Sends a request as fetch does, and notes whether there was a response. */
  noting = async (send: () => Promise<Response>): Promise<Response> => {
    try {
      const response = await send()
      this.lost = false
      return response
    } catch (error) {
      // What the console itself has ended says nothing about the server.
      if (!(error instanceof DOMException)) this.lost = true
      throw error
    }
  }

  /** Asks whether the server is back. If so, everything on screen is loaded again. */
  retry = async (): Promise<boolean> => {
    const reached = await this.#reaches()
    if (reached) session.renew()
    return reached
  }

  /** To be called where a part of the program could not be loaded: finds out whether the server is away or has another version. */
  partFailed = async (): Promise<void> => {
    // Several parts fail at once where the first touch of the page loads them.
    if (this.#asking) return
    this.#asking = true
    if (await this.#reaches()) this.partMissing = true
    this.#asking = false
  }

  #asking = false

  #reaches = async (): Promise<boolean> => {
    try {
      await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5000) })
      this.lost = false
    } catch {
      this.lost = true
    }
    return !this.lost
  }
}

export const connection = new Connection()
