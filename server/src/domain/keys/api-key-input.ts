// The rules for what an admin may write on an API key.
import { readDisplayText, readOptionalText } from '../read-display-text.ts'
import { DAY_MS } from '../time.ts'
import { failed, ok, type Result } from '../user-error.ts'

export const NAME_MAX = 100
export const DESCRIPTION_MAX = 1_000
export const EXPIRES_IN_DAYS_MAX = 3_650
/** Ten years and their leap days: a later expiry is an error. */
const EXPIRY_SPAN_MAX_MS = 3_653 * DAY_MS

/** 1 to 100 characters once trimmed, on one line. */
export function readName(sent: string): Result<string> {
  return readDisplayText(sent, {
    field: 'name',
    max: NAME_MAX,
    missing: 'name must not be empty. Say what the key is for.',
  })
}

/** At most 1,000 characters once trimmed; line breaks and tabs are allowed. Only white space counts as none. */
export function readDescription(sent: string | null): Result<string | null> {
  return readOptionalText(sent, { field: 'description', max: DESCRIPTION_MAX, lines: true })
}

/** When a new key is to expire, in milliseconds since the epoch; null: nobody said, so the settings do. */
export type RequestedExpiry = number | 'NEVER' | null

/** What a new key's creator says of its expiry. At most one of the three may be given. */
export function readExpiry(
  sent: { expiresInDays: number | null; expiresAtMs: number | null; neverExpires?: boolean },
  nowMs: number,
): Result<RequestedExpiry> {
  const { expiresInDays, expiresAtMs, neverExpires = false } = sent
  if (neverExpires && (expiresInDays !== null || expiresAtMs !== null)) {
    return failed(
      'INVALID',
      'neverExpires',
      'neverExpires excludes expiresAt and expiresInDays. Send one of them.',
    )
  }
  if (neverExpires) return ok('NEVER')
  if (expiresInDays !== null && expiresAtMs !== null) {
    return failed(
      'INVALID',
      'expiresAt',
      'expiresAt and expiresInDays exclude each other. Send one of them, or neither.',
    )
  }
  if (expiresInDays === null) return expiresAtMs === null ? ok(null) : readExpiresAt(expiresAtMs, nowMs)
  if (!Number.isInteger(expiresInDays) || expiresInDays < 1 || expiresInDays > EXPIRES_IN_DAYS_MAX) {
    return failed(
      'OUT_OF_RANGE',
      'expiresInDays',
      `expiresInDays must be a whole number from 1 to ${EXPIRES_IN_DAYS_MAX}. For a key that never expires, send neverExpires.`,
      { min: 1, max: EXPIRES_IN_DAYS_MAX },
    )
  }
  return ok(nowMs + expiresInDays * DAY_MS)
}

/** An expiry in the future, at most ten years away. */
export function readExpiresAt(expiresAtMs: number, nowMs: number): Result<number> {
  if (expiresAtMs <= nowMs) {
    return failed(
      'OUT_OF_RANGE',
      'expiresAt',
      'expiresAt must be in the future. To stop a key at once, revoke it.',
      { earliestMs: nowMs + 1, latestMs: nowMs + EXPIRY_SPAN_MAX_MS },
    )
  }
  if (!(expiresAtMs - nowMs <= EXPIRY_SPAN_MAX_MS)) {
    return failed('OUT_OF_RANGE', 'expiresAt', 'expiresAt must be at most ten years from now.', {
      earliestMs: nowMs + 1,
      latestMs: nowMs + EXPIRY_SPAN_MAX_MS,
    })
  }
  return ok(expiresAtMs)
}
