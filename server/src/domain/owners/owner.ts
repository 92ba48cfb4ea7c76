// Who keys belong to: what an admin may write on an owner, and its public id.
import { readDisplayText, readOptionalText } from '../read-display-text.ts'
import { failed, ok, type Result } from '../user-error.ts'

export const OWNER_KINDS = ['TEAM', 'PERSON', 'CUSTOMER'] as const
export type OwnerKind = (typeof OWNER_KINDS)[number]

export const OWNER_NAME_MAX = 100
export const CONTACT_MAX = 200
export const EXTERNAL_ID_MAX = 128

const OWNER_ID = /^own_([1-9][0-9]{0,9})$/
// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

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
  return readDisplayText(sent, {
    field: 'name',
    max: OWNER_NAME_MAX,
    missing: `name must not be empty. Say ${subject}.`,
  })
}

/** At most 200 characters on one line: an address, a channel, a person. Only white space counts as none. */
export function readContact(sent: string | null): Result<string | null> {
  return readOptionalText(sent, { field: 'contact', max: CONTACT_MAX })
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
