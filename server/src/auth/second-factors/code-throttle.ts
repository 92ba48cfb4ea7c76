// Counts the codes of authenticator apps that were tried: six digits could be guessed.
//
// Owner: the GraphQL handler, one per process. Key: the admin, who has shown a password or has a session. Bound: 10,000 admins.
// Lifetime: an hour. Invalidation: a right code clears the admin's count.
import { LRUCache } from 'lru-cache'
import { HOUR_MS } from '../../domain/time.ts'

// With three steps of 30 s valid at once, ten an hour guess a code of a million in some four years.
const MAX = 10
const ADMINS_MAX = 10_000

export type CodeThrottle = {
  /** Counts an attempt before the code is verified, so that concurrent ones are counted too. Returns the seconds to wait; null: none. */
  claim(adminId: number, nowMs: number): number | null
  succeeded(adminId: number): void
}

/** No code is counted yet. */
export function createCodeThrottle(): CodeThrottle {
  const attempts = new LRUCache<number, number[]>({ max: ADMINS_MAX })
  return {
    claim(adminId, nowMs) {
      const times = (attempts.get(adminId) ?? []).filter((atMs) => nowMs - atMs < HOUR_MS)
      const blocking = times.at(-MAX)
      if (blocking !== undefined) return Math.ceil((blocking + HOUR_MS - nowMs) / 1_000)
      attempts.set(adminId, [...times, nowMs])
      return null
    },
    succeeded: (adminId) => void attempts.delete(adminId),
  }
}
