// When ingestion yields the core to the threads that serve calls, and when it has fallen too far behind to yield.

// Some 55,000 calls, which take 1.5 s of one core. Beyond it the journal would grow for as long as calls fill the core.
const BEHIND_MAX_BYTES = 64 * 1024 * 1024
// The same while a reader waits for what has been written: some 3,500 calls. At a ninth of a core they take 0.9 s, and a
// reader waits for one second.
const BEHIND_MAX_BYTES_READ = 4 * 1024 * 1024
// It yields again once it is no further behind than this.
const CAUGHT_UP_BYTES = 1024 * 1024
// A new thread starts each time ingestion stops yielding, some 0.1 s of a core: a console that is open beside a full core
// must not cost that every few seconds.
const HURRY_MIN_MS = 30_000

export type Behind = {
  /** Bytes of the journal that have not been ingested. */
  lagBytes: number
  /** Whether somebody waits until all that has been written can be read. */
  isAwaited: boolean
}

export type YieldPolicy = {
  /** Whether ingestion yields from here on; called between two slices. */
  yields(behind: Behind): boolean
}

/**
 * @param hurries whether it begins as one that does not yield, because the thread before had fallen behind.
 * @param nowMs milliseconds that only ever go up.
 */
export function createYieldPolicy(hurries = false, nowMs = () => performance.now()): YieldPolicy {
  let hurriesSinceMs = hurries ? nowMs() : null
  return {
    yields({ lagBytes, isAwaited }) {
      if (hurriesSinceMs === null) {
        if (lagBytes > (isAwaited ? BEHIND_MAX_BYTES_READ : BEHIND_MAX_BYTES)) hurriesSinceMs = nowMs()
      } else if (lagBytes <= CAUGHT_UP_BYTES && !isAwaited && nowMs() - hurriesSinceMs >= HURRY_MIN_MS) {
        hurriesSinceMs = null
      }
      return hurriesSinceMs === null
    },
  }
}
