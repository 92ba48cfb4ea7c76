// Bounds how often keys ask about themselves.
//
// Owner: the process that has the database. Key: an API key's number, for each kind of question. Bound: an LRU of KEYS_MAX.
// Lifetime: a window from the first question of a key.
import { LRUCache } from 'lru-cache'
import { OWN_KEY_MAX } from '../../../domain/keys/own-key.ts'
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts'

const KEYS_MAX = 20_000
// Of questions at once: they take some hundred milliseconds.
const BUSY_WAIT_MS = 1_000

export type OwnKeyThrottle = {
  /** Counts one; milliseconds until the key may ask again; 0: it may now. */
  waitMs(ask: 'HISTORY' | 'LOGS' | 'ROTATION', keyId: number): number
  /** Runs a question of the ledger; null where as many as may are running. */
  run<T>(question: () => Promise<T>): Promise<T> | null
  /** How long to wait after null. */
  busyWaitMs: number
}

/** `clock`: milliseconds since the epoch. */
export function createOwnKeyThrottle(clock: () => number): OwnKeyThrottle {
  const questions = createCounts(OWN_KEY_MAX.questionsPerMinute, MINUTE_MS)
  const rotations = createCounts(OWN_KEY_MAX.rotationsPerHour, HOUR_MS)
  let running = 0
  return {
    waitMs: (ask, keyId) => (ask === 'ROTATION' ? rotations : questions)(keyId, clock()),
    run(question) {
      if (running >= OWN_KEY_MAX.questionsAtOnce) return null
      running++
      return question().finally(() => running--)
    },
    busyWaitMs: BUSY_WAIT_MS,
  }
}

function createCounts(max: number, windowMs: number): (keyId: number, nowMs: number) => number {
  const counts = new LRUCache<number, { sinceMs: number; count: number }>({ max: KEYS_MAX })
  return (keyId, nowMs) => {
    const found = counts.get(keyId)
    // A clock that was set back begins a new window too.
    if (found === undefined || nowMs < found.sinceMs || nowMs - found.sinceMs >= windowMs) {
      counts.set(keyId, { sinceMs: nowMs, count: 1 })
      return 0
    }
    if (found.count >= max) return found.sinceMs + windowMs - nowMs
    found.count++
    return 0
  }
}
