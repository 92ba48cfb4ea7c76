// Calls as they end, above the rows of a list. They wait for as long as the reader has something else in view.
import type { RequestLog, RequestLogFilter } from '@latchkey/sdk'
import { untrack } from 'svelte'
import { latchkey } from '#lib/latchkey.ts'

// Of the newest; what a busy server sends in some minutes.
const most = 1000

type Options = {
  on: boolean
  /** Undefined while it is not known yet. */
  filter: RequestLogFilter | undefined
  /** The newest row of the list, after which the tail begins; undefined until it has loaded, null: there is none. */
  after: string | null | undefined
  /** The reader has scrolled, or looks at a record. */
  paused: boolean
}

export class LiveLogs {
  /** Newest first. */
  rows = $state.raw<readonly RequestLog[]>([])
  /** Those that wait. */
  pending = $state.raw<readonly RequestLog[]>([])
  /** Matching calls that the server skipped, because this page was slow or away for long. */
  dropped = $state(0)
  error = $state.raw<unknown>()
  #paused = false

  /** Call it while a component initialises. */
  constructor(options: () => Options) {
    $effect(() => {
      const { on, filter, after } = options()
      this.rows = []
      this.pending = []
      this.dropped = 0
      this.error = undefined
      if (!on || filter === undefined || after === undefined) return
      const leaving = new AbortController()
      void this.#follow(filter, after, leaving.signal)
      return () => leaving.abort()
    })
    $effect(() => {
      const { paused } = options()
      this.#paused = paused
      if (paused) return
      // In the next frame, in which whatever follows the scrolling knows of it.
      const frame = requestAnimationFrame(() => untrack(this.show))
      return () => cancelAnimationFrame(frame)
    })
  }

  /** Brings up what waits. */
  show = (): void => {
    if (this.pending.length === 0) return
    this.rows = merged(this.pending, this.rows)
    this.pending = []
  }

  async #follow(filter: RequestLogFilter, after: string | null, signal: AbortSignal): Promise<void> {
    // The tail is of what ends from now on: a range has no place in it.
    const { at: _, ...rest } = filter
    try {
      const tail = latchkey.logs.tail(rest, { signal, ...(after && { after }) })
      for await (const { logs, dropped } of tail.events()) {
        if (signal.aborted) return
        this.dropped += dropped
        if (this.#paused) this.pending = merged(logs, this.pending)
        else this.rows = merged(logs, this.rows)
      }
    } catch (error) {
      if (!signal.aborted) this.error = error
    }
  }
}

/** Calls end in another order than that of their beginning, which is that of their ids. */
function merged(more: readonly RequestLog[], rows: readonly RequestLog[]): readonly RequestLog[] {
  const known = new Set(rows.map(({ id }) => id))
  const all = [...more.filter(({ id }) => !known.has(id)), ...rows]
  return all.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, most)
}
