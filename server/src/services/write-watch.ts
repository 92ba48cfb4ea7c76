// Tells work that repeats whether it must look at the database, so that an idle process reads nothing and keeps no connection open.
import type { Store } from '../store/store.ts'

// What another process has written, such as the CLI, is found after so long.
const QUIET_MS = 60_000

export type WriteWatch = {
  /** True where something may have been written since it was true last: always where the store does not count. */
  changed(): boolean
  /** The next `changed()` is true: after a failure. */
  forget(): void
}

/** One for each loop. @param quietMs after so many milliseconds `changed()` is true in any case. */
export function createWriteWatch(store: Store, quietMs = QUIET_MS): WriteWatch {
  let seen: number | null = null
  let lookedMs = Number.NEGATIVE_INFINITY
  return {
    changed() {
      const writes = store.writes()
      const nowMs = performance.now()
      if (writes !== null && writes === seen && nowMs - lookedMs < quietMs) return false
      seen = writes
      lookedMs = nowMs
      return true
    },
    forget() {
      seen = null
    },
  }
}
