// The public id of a recalculation of costs.

// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** The public id of the recalculation of this number. */
export function recalculationId(number: number): string {
  return `rec_${number}`
}

/** The number in `rec_12`; null where the text is not such an id. */
export function recalculationNumber(id: string): number | null {
  const digits = /^rec_([1-9]\d{0,9})$/.exec(id)?.[1]
  const number = digits === undefined ? null : Number(digits)
  return number !== null && number <= NUMBER_MAX ? number : null
}
