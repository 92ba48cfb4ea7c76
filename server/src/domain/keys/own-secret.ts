// Secrets that were made elsewhere and imported, so that applications keep theirs: any text of a strict form that nobody can guess.
// Unlike a UUID it has one spelling, letter case and prefix included.
import { GUESS_BITS_MIN, guessBits } from '../admins/guess-bits.ts'
import { failed, ok, type Result } from '../user-error.ts'
import { canonicalSecret, secretHashHex, secretStart } from './api-key.ts'

export const OWN_SECRET_MIN = 16
export const OWN_SECRET_MAX = 200
const OWN_SECRET = /^[A-Za-z0-9._~-]{16,200}$/
// A quarter of a secret at most, so that what is not shown stays hard to guess.
const SHOWN_SHARE = 4
const START_MAX = 8
// Credentials that are told by these: client secrets of sessions, admin tokens, and secrets that were made here.
const RESERVED = /^(?:ek_|lka_|sk-lk-)/i
const HASH = /^[0-9a-f]{64}$/i

/**
 * The one form of what a client sent, by whose hash its key is found: the UUID of a secret that was made here, an imported secret as
 * it is. Null where it can be neither, so that no look-up is made for it.
 */
export function secretOf(sent: string): string | null {
  return canonicalSecret(sent) ?? (OWN_SECRET.test(sent) ? sent : null)
}

/** Whether a text is so random that it could have been imported. Time grows with the square of its length, which is bounded. */
export function mayBeImported(text: string): boolean {
  return OWN_SECRET.test(text) && guessBits(text) >= GUESS_BITS_MIN
}

/** The hash and the shown start of a secret; `isUuid`: it is of the form of those that are made here. */
export type ReadSecret = { hashHex: string; start: string; isUuid: boolean }

/** A secret to be imported. No message repeats it. */
export function readOwnSecret(sent: string, field: string): Result<ReadSecret> {
  const uuid = canonicalSecret(sent)
  if (uuid !== null) return ok({ hashHex: secretHashHex(uuid), start: secretStart(uuid), isUuid: true })
  if (!OWN_SECRET.test(sent)) {
    return failed(
      'INVALID',
      field,
      `${field} must have ${OWN_SECRET_MIN} to ${OWN_SECRET_MAX} characters: letters, digits, and . _ ~ - only.`,
      { minLength: OWN_SECRET_MIN, maxLength: OWN_SECRET_MAX },
    )
  }
  if (RESERVED.test(sent))
    return failed(
      'INVALID',
      field,
      `${field} must not begin with ek_, lka_ or sk-lk-, which other secrets begin with.`,
    )
  if (guessBits(sent) < GUESS_BITS_MIN)
    return failed('INVALID', field, `${field} could be guessed. A secret must be random.`)
  const start = sent.slice(0, Math.min(START_MAX, Math.floor(sent.length / SHOWN_SHARE)))
  return ok({ hashHex: secretHashHex(sent), start, isUuid: false })
}

/** A SHA-256 hash of a secret, 64 hex digits; `start` is what of the secret may be shown, null: nothing. */
export function readSecretHash(sent: string, start: string | null, field: string): Result<ReadSecret> {
  if (!HASH.test(sent))
    return failed('INVALID', field, `${field} must be a SHA-256 hash: 64 hexadecimal digits.`)
  if (start !== null && !/^[A-Za-z0-9._~-]{0,8}$/.test(start))
    return failed(
      'INVALID',
      'start',
      `start must have at most ${START_MAX} letters, digits, and . _ ~ - only.`,
      { minLength: OWN_SECRET_MIN, maxLength: OWN_SECRET_MAX },
    )
  return ok({ hashHex: sent.toLowerCase(), start: start ?? '', isUuid: false })
}
