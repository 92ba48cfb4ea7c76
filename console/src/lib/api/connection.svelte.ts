// Whether the server can be reached, as the last request has found.
import { session } from '#lib/session.svelte.ts'

class Connection {
  /** True after a request got no response, until one does. */
  lost = $state(false)

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
    try {
      await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(5000) })
    } catch {
      this.lost = true
      return false
    }
    this.lost = false
    session.renew()
    return true
  }
}

export const connection = new Connection()
