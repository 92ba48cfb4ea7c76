// The rules for an admin's username and password.
import { displayTextFault } from '../display-text.ts'
import { readOptionalText } from '../read-display-text.ts'
import { failed, ok, type Result } from '../user-error.ts'

export const PASSWORD_MIN = 12
/** Long enough for any passphrase; bounds what one attempt may cost. */
export const PASSWORD_MAX = 1_024
const USERNAME_MAX = 64
// NFC makes one code point of up to four, and a code point has up to two UTF-16 units.
const SENT_PER_CHARACTER = 4
/** UTF-16 units of a password as it is sent; a longer text is nobody's password, and is not normalized. */
export const PASSWORD_SENT_MAX = SENT_PER_CHARACTER * PASSWORD_MAX

const DISPLAY_NAME_MAX = 100
// RFC 5321 §4.5.3.1.3, without the angle brackets.
const EMAIL_MAX = 254

/**
 * False for text that no account can have, by its length as it was sent. Checked before anything else is done with the text:
 * NFC of a run of combining marks takes time in the square of its length.
 */
export function mayBeCredentials(sent: { username: string; password: string }): boolean {
  return (
    sent.username.length <= SENT_PER_CHARACTER * USERNAME_MAX &&
    sent.password.length <= SENT_PER_CHARACTER * PASSWORD_MAX
  )
}

/** The one form of a username that is stored and looked up: trimmed, NFC, lower case. */
export function canonicalUsername(sent: string): string {
  return sent.trim().normalize('NFC').toLowerCase()
}

/** The one form of a password that is hashed: NFC, so that it can be typed on every keyboard (RFC 8265 §4.2). */
export function canonicalPassword(sent: string): string {
  return sent.normalize('NFC')
}

/** The username in the form in which it is stored and compared, or what is wrong with it. */
export function readUsername(sent: string): Result<string> {
  if (sent.length > SENT_PER_CHARACTER * USERNAME_MAX) return usernameTooLong()
  const username = canonicalUsername(sent)
  if (username === '') return failed('REQUIRED', 'username', 'username must not be empty.')
  if (username.length > USERNAME_MAX) return usernameTooLong()
  if (!/^[\p{L}\p{N}._@+-]+$/u.test(username)) {
    return failed('INVALID', 'username', 'username may have letters, digits and . _ @ + - only.')
  }
  return ok(username)
}

/** The username of a new admin; those that there are keep theirs. Some letters of Unicode cannot be seen, such as HANGUL FILLER. */
export function readNewUsername(sent: string): Result<string> {
  const username = readUsername(sent)
  const fault = username.ok ? displayTextFault(username.value, { lines: false }) : null
  return fault === null ? username : failed('INVALID', 'username', `username ${fault}`)
}

/** 12 to 1,024 characters, any of them. No rules of composition: length is what counts (NIST SP 800-63B §5.1.1). */
export function readPassword(sent: string): Result<string> {
  if (sent.length > SENT_PER_CHARACTER * PASSWORD_MAX) return passwordTooLong()
  const password = canonicalPassword(sent)
  if (!password.isWellFormed()) return failed('INVALID', 'password', 'password must be well-formed text.')
  const characters = [...password].length
  if (characters < PASSWORD_MIN) {
    return failed('TOO_SHORT', 'password', `password must have at least ${PASSWORD_MIN} characters.`, {
      minLength: PASSWORD_MIN,
      maxLength: PASSWORD_MAX,
    })
  }
  return characters > PASSWORD_MAX ? passwordTooLong() : ok(password)
}

/** The name that an admin is shown by, trimmed, to 100 characters; null: the username. Empty text is null. */
export function readDisplayName(sent: string | null): Result<string | null> {
  return readOptionalText(sent, { field: 'displayName', max: DISPLAY_NAME_MAX })
}

/** An e-mail address, as far as its form shows it: something, an @, something; no spaces. Empty text is null. */
export function readEmail(sent: string | null): Result<string | null> {
  const email = sent?.slice(0, EMAIL_MAX * SENT_PER_CHARACTER + 1).trim() ?? ''
  if (email === '') return ok(null)
  if (email.length > EMAIL_MAX)
    return failed('TOO_LONG', 'email', `email must have at most ${EMAIL_MAX} characters.`, {
      maxLength: EMAIL_MAX,
    })
  const fault = displayTextFault(email, { lines: false })
  if (fault !== null) return failed('INVALID', 'email', `email ${fault}`)
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    return failed('INVALID', 'email', 'email must be an address such as name@example.com.')
  return ok(email)
}

function usernameTooLong(): Result<never> {
  return failed('TOO_LONG', 'username', `username must have at most ${USERNAME_MAX} characters.`, {
    minLength: 1,
    maxLength: USERNAME_MAX,
  })
}

function passwordTooLong(): Result<never> {
  return failed('TOO_LONG', 'password', `password must have at most ${PASSWORD_MAX} characters.`, {
    minLength: PASSWORD_MIN,
    maxLength: PASSWORD_MAX,
  })
}
