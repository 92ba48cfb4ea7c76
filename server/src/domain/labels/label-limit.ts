// The public id of a label limit: `lim_` and the number.

const LABEL_LIMIT_ID = /^lim_([1-9][0-9]{0,9})$/
// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** Every key looks at all of them when it is loaded; what more there would be is not needed by anyone. */
export const LABEL_LIMITS_MAX = 500

/** The public id of the label limits of this number. */
export function labelLimitId(number: number): string {
  return `lim_${number}`
}

/** The number in `lim_12`; null where the text is not such an id. */
export function labelLimitNumber(id: string): number | null {
  const digits = LABEL_LIMIT_ID.exec(id)?.[1]
  const number = digits === undefined ? null : Number(digits)
  return number !== null && number <= NUMBER_MAX ? number : null
}
