// The public id of an admin token: `tok_` and its number.

// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** The public id of the admin token of this number. */
export function adminTokenId(number: number): string {
  return `tok_${number}`
}

/** The number in `tok_12`; null where the text is not such an id. */
export function adminTokenNumber(id: string): number | null {
  const digits = /^tok_([1-9][0-9]{0,9})$/.exec(id)?.[1]
  const number = Number(digits ?? Number.NaN)
  return number <= NUMBER_MAX ? number : null
}
