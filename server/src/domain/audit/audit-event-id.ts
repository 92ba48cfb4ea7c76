// The public id of an audit event: `aud_` and its number.

// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** The public id of the audit event of this number. */
export function auditEventId(number: number): string {
  return `aud_${number}`
}

/** The number in `aud_12`; null where the text is not such an id. */
export function auditEventNumber(id: string): number | null {
  const digits = /^aud_([1-9][0-9]{0,9})$/.exec(id)?.[1]
  return digits === undefined || Number(digits) > NUMBER_MAX ? null : Number(digits)
}
