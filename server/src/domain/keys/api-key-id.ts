// API keys' public ids: `key_` and the number.

const API_KEY_ID = /^key_([1-9][0-9]{0,9})$/
// The column is a 32-bit integer on PostgreSQL.
const NUMBER_MAX = 2 ** 31 - 1

/** The public id of the API key of this number. */
export function apiKeyId(number: number): string {
  return `key_${number}`
}

/** The number in `key_12`; null where the text is not such an id. */
export function apiKeyNumber(id: string): number | null {
  const digits = API_KEY_ID.exec(id)?.[1]
  return digits === undefined ? null : apiKeyNumberFrom(digits)
}

/** The number of these decimal digits; null where no key could have it. */
export function apiKeyNumberFrom(digits: string): number | null {
  if (!/^[1-9][0-9]{0,9}$/.test(digits)) return null
  const number = Number(digits)
  return number <= NUMBER_MAX ? number : null
}
