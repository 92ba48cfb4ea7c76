// One coarse clock for every connection of a client, so that a timeout costs a call two stores and no timer.
//
// Owner: the client. Bound: the connections it has open. Lifetime: from the opening of a connection to its close.

export type Watched = {
  /** On the clock of the deadlines; infinite while nothing is awaited. */
  deadlineMs: number
  onDeadline(): void
}

export type Deadlines = {
  watch(watched: Watched): void
  forget(watched: Watched): void
  /** The instant on its clock that is `ms` away, never too early and at most two ticks late. */
  in(ms: number): number
}

/**
 * Looks at what is watched every `tickMs`; has no timer while nothing is. Its clock counts ticks, not time: after a stall of
 * the event loop what has come in meanwhile is read before anything is found late.
 */
export function createDeadlines(tickMs: number): Deadlines {
  const all = new Set<Watched>()
  let nowMs = 0
  let timer: NodeJS.Timeout | null = null

  function tick(): void {
    nowMs += tickMs
    for (const watched of all) if (watched.deadlineMs <= nowMs) watched.onDeadline()
  }

  return {
    watch(watched) {
      all.add(watched)
      timer ??= setInterval(tick, tickMs).unref()
    },
    forget(watched) {
      all.delete(watched)
      if (all.size > 0 || timer === null) return
      clearInterval(timer)
      timer = null
    },
    in: (ms) => nowMs + ms + tickMs,
  }
}
