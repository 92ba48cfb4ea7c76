// Who keys belong to: what an admin may write on an owner, and its public id.
import { displayTextFault } from '../display-text.ts'
import { failed, ok, type Result } from '../user-error.ts'

export const OWNER_KINDS = ['TEAM', 'PERSON', 'CUSTOMER'] as const
export type OwnerKind = (typeof OWNER_KINDS)[number]

export const OWNER_NAME_MAX = 100
export const CONTACT_MAX = 200
export const EXTERNAL_ID_MAX = 128

const OWNER_ID = /^own_([1-9][0-9]{0,9})$/
// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1
const SENT_SPACES = 1_000

/** The public id of the owner of this number. */
export function ownerId(number: number): string {
  return `own_${number}`
}

/** The number in `own_12`; null where the text is not such an id. */
export function ownerNumber(id: string): number | null {
  const digits = OWNER_ID.exec(id)?.[1]
  const number = digits === undefined ? null : Number(digits)
  return number !== null && number <= NUMBER_MAX ? number : null
}

/** 1 to 100 characters once trimmed, on one line. `subject` says what has the name, in the message. */
export function readOwnerName(sent: string, subject = 'whose keys these are'): Result<string> {
  const read = readLine(sent, 'name', OWNER_NAME_MAX)
  if (!read.ok) return read
  return read.value === null
    ? failed('REQUIRED', 'name', `name must not be empty. Say ${subject}.`)
    : ok(read.value)
}

/** At most 200 characters on one line: an address, a channel, a person. Only white space counts as none. */
export function readContact(sent: string | null): Result<string | null> {
  return readLine(sent, 'contact', CONTACT_MAX)
}

/** 1 to 128 printable ASCII characters without spaces; null: none. */
export function readExternalId(sent: string | null): Result<string | null> {
  if (sent === null) return ok(null)
  if (/^[\x21-\x7e]{1,128}$/.test(sent)) return ok(sent)
  return failed(
    sent.length > EXTERNAL_ID_MAX ? 'TOO_LONG' : 'INVALID',
    'externalId',
    `externalId must have 1 to ${EXTERNAL_ID_MAX} printable ASCII characters without spaces.`,
    { minLength: 1, maxLength: EXTERNAL_ID_MAX },
  )
}

function readLine(sent: string | null, field: string, max: number): Result<string | null> {
  // A code point has up to two UTF-16 units.
  const isFar = (sent ?? '').length > SENT_SPACES + 2 * max
  const text = isFar ? '' : (sent?.trim() ?? '')
  if (isFar || [...text].length > max)
    return failed('TOO_LONG', field, `${field} must have at most ${max} characters.`, { maxLength: max })
  if (text === '') return ok(null)
  const fault = displayTextFault(text, { lines: false })
  return fault === null ? ok(text) : failed('INVALID', field, `${field} ${fault}`)
}
