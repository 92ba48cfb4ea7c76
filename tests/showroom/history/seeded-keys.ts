// The keys of the history as they are while it is made: which exist, and which secrets their clients send.
import { createHash } from 'node:crypto'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import type { PlannedKey } from '../cast/planned-key.ts'

export type SeededKey = PlannedKey & {
  /** Null until it is made. */
  id: string | null
  /** What a new client is given. */
  secret: string
  secretHash: string
  /** The secret before the last rotation, and its hash; null: there was none. */
  formerSecret: string | null
  formerHash: string | null
}

/** None is made yet. */
export function notYetMade(planned: readonly PlannedKey[]): SeededKey[] {
  return planned.map((key) => ({
    ...key,
    id: null,
    secret: '',
    secretHash: '',
    formerSecret: null,
    formerHash: null,
  }))
}

/** Its clients send this secret from now on. */
export function giveSecret(key: SeededKey, secret: string): void {
  if (key.secret !== '') {
    key.formerSecret = key.secret
    key.formerHash = key.secretHash
  }
  key.secret = secret
  key.secretHash = createHash('sha256').update(secret).digest('hex')
}

/**
 * How much of its traffic a key has at an instant: nothing before it is made or once nobody uses it, a tenth where its calls
 * are denied because it is not active, since some clients go on.
 */
export function activityOf(key: SeededKey, atMs: number, endMs: number): number {
  const daysBeforeEnd = (endMs - atMs) / DAY_MS
  if (key.id === null) return 0
  if (key.idleDaysBeforeEnd !== undefined && daysBeforeEnd < key.idleDaysBeforeEnd) return 0
  const ended = [
    key.disabledDaysBeforeEnd ?? null,
    key.revokedDaysBeforeEnd ?? null,
    key.expiresDaysAfterEnd !== null && key.expiresDaysAfterEnd < 0 ? -key.expiresDaysAfterEnd : null,
  ].filter((day) => day !== null)
  return ended.some((day) => daysBeforeEnd < day) ? key.weight / 10 : key.weight
}
