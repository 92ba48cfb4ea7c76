// The records that are found for what is typed, once the reader has paused.
import { type Found, findRecords } from './palette-results.ts'

const pauseMs = 150

export class PaletteSearch {
  found = $state.raw<readonly Found[]>([])
  error = $state.raw<unknown>()
  loading = $state(false)

  /** `wanted`: the text without blanks around it, '' while nothing is to be found; read in an effect, as `scopes` is. */
  constructor(wanted: () => string, scopes: () => readonly string[]) {
    $effect(() => this.#look(wanted(), scopes()))
  }

  #look(wanted: string, scopes: readonly string[]): (() => void) | undefined {
    this.error = undefined
    if (wanted === '') {
      this.found = []
      this.loading = false
      return undefined
    }
    const leaving = new AbortController()
    this.loading = true
    const timer = setTimeout(() => void this.#find(wanted, scopes, leaving.signal), pauseMs)
    return () => {
      clearTimeout(timer)
      leaving.abort()
    }
  }

  async #find(wanted: string, scopes: readonly string[], signal: AbortSignal): Promise<void> {
    try {
      const records = await findRecords(wanted, scopes, signal)
      if (signal.aborted) return
      this.found = records
    } catch (error) {
      if (signal.aborted) return
      this.found = []
      this.error = error
    }
    this.loading = false
  }
}
