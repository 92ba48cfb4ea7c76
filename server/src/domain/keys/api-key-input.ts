// The rules for what an admin may write on an API key.

import { displayTextFault } from '../display-text.ts'
import { DAY_MS } from '../time.ts'
import { failed, ok, type Result } from '../user-error.ts'

export const NAME_MAX = 100
export const DESCRIPTION_MAX = 1_000
export const EXPIRES_IN_DAYS_MAX = 3_650
// White space around a text that is trimmed: a text with more is refused by its length alone.
const SENT_SPACES = 1_000
/** Ten years and their leap days: a later expiry is an error. */
const EXPIRY_SPAN_MAX_MS = 3_653 * DAY_MS

/** 1 to 100 characters once trimmed, on one line. */
export function readName(sent: string): Result<string> {
  // A code point has up to two UTF-16 units.
  if (sent.length > SENT_SPACES + 2 * NAME_MAX)
    return failed('TOO_LONG', 'name', `name must have at most ${NAME_MAX} characters.`, {
      minLength: 1,
      maxLength: NAME_MAX,
    })
  const name = sent.trim()
  if (name === '') return failed('REQUIRED', 'name', 'name must not be empty. Say what the key is for.')
  if (length(name) > NAME_MAX) {
    return failed(
      'TOO_LONG',
      'name',
      `name has ${length(name)} characters; at most ${NAME_MAX} are allowed.`,
      { minLength: 1, maxLength: NAME_MAX },
    )
  }
  const fault = displayTextFault(name, { lines: false })
  return fault === null ? ok(name) : failed('INVALID', 'name', `name ${fault}`)
}

/** At most 1,000 characters once trimmed; line breaks and tabs are allowed. Only white space counts as none. */
export function readDescription(sent: string | null): Result<string | null> {
  if (sent !== null && sent.length > SENT_SPACES + 2 * DESCRIPTION_MAX) {
    return failed('TOO_LONG', 'description', `description must have at most ${DESCRIPTION_MAX} characters.`, {
      maxLength: DESCRIPTION_MAX,
    })
  }
  const description = sent?.trim() ?? ''
  if (description === '') return ok(null)
  const characters = length(description)
  if (characters > DESCRIPTION_MAX) {
    return failed(
      'TOO_LONG',
      'description',
      `description has ${characters} characters; at most ${DESCRIPTION_MAX} are allowed.`,
      { maxLength: DESCRIPTION_MAX },
    )
  }
  const fault = displayTextFault(description, { lines: true })
  return fault === null ? ok(description) : failed('INVALID', 'description', `description ${fault}`)
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

/** Characters as people count them, nearly: code points. */
function length(text: string): number {
  return [...text].length
}
