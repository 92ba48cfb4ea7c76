// How long keys last: the default and the maximum of the settings.

import { DAY_MS } from '../time.ts'
import { failed, ok, type Result } from '../user-error.ts'
import { EXPIRES_IN_DAYS_MAX, type RequestedExpiry } from './api-key-input.ts'

/** Days; null: for ever. */
export type ExpiryBounds = { defaultDays: number | null; maxDays: number | null }

/** The field that an expiry was requested by. */
type ExpiryField = 'expiresInDays' | 'expiresAt' | 'neverExpires'

// What a client computes from "in 90 days" by its own clock may be a little later than by ours.
const LENIENCY_MS = 60_000

/** When a new key expires, in milliseconds since the epoch; null: never. `field` is the input field that sets it. */
export function expiryOfNewKey(
  requested: RequestedExpiry,
  { defaultDays, maxDays }: ExpiryBounds,
  nowMs: number,
  field: ExpiryField,
): Result<number | null> {
  if (requested === 'NEVER') return expiryWithin(null, maxDays, nowMs, field)
  if (requested !== null) return expiryWithin(requested, maxDays, nowMs, field)
  const days = defaultDays ?? maxDays
  return ok(days === null ? null : nowMs + days * DAY_MS)
}

/** An expiry that is not further away than keys may last; null, never, is further than any. */
export function expiryWithin(
  askedMs: number | null,
  maxDays: number | null,
  nowMs: number,
  field: ExpiryField = 'expiresAt',
): Result<number | null> {
  if (maxDays === null || (askedMs !== null && askedMs <= nowMs + maxDays * DAY_MS + LENIENCY_MS))
    return ok(askedMs)
  return failed(
    'OUT_OF_RANGE',
    field,
    `${field} is further away than this gateway allows: a key lasts ${maxDays} days at most.`,
    field === 'expiresInDays' ? { min: 1, max: maxDays } : { latestMs: nowMs + maxDays * DAY_MS },
  )
}

/** Days as an admin sets them; `field` is their name. */
export function readDays(sent: number | null, field: string): Result<number | null> {
  if (sent === null || (Number.isInteger(sent) && sent >= 1 && sent <= EXPIRES_IN_DAYS_MAX)) return ok(sent)
  return failed(
    'OUT_OF_RANGE',
    field,
    `${field} must be a whole number from 1 to ${EXPIRES_IN_DAYS_MAX}; null: for ever.`,
    { min: 1, max: EXPIRES_IN_DAYS_MAX },
  )
}
