// The members of a journal line's JSON: how one is written, and what one must be for both databases to take it.

/** The largest value of an INT column. */
export const INT_MAX = 2 ** 31 - 1

/** A member whose value needs no quotes, after a name such as `,"streamed":`; empty for null. */
export function plainMember(name: string, value: number | boolean | null): string {
  return value === null ? '' : name + value
}

// What JSON takes as it is; most texts of a call are.
const NEEDS_NO_ESCAPE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/** The same of a text. */
export function textMember(name: string, value: string | null): string {
  if (value === null) return ''
  return NEEDS_NO_ESCAPE.test(value) ? `${name}"${value}"` : name + JSON.stringify(value)
}

/** A text of any length, or null. */
export function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string'
}

/** A whole number from 0 to INT_MAX, or null. */
export function isIntOrNull(value: unknown): boolean {
  return value === null || isWhole(value, INT_MAX)
}

/** A whole number from 0 to `max`, or null. */
export function isWholeOrNull(value: unknown, max: number): boolean {
  return value === null || isWhole(value, max)
}

/** A whole number from 0 to `max`. */
export function isWhole(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
}

/** A member of a closed set. */
export function isOneOf(members: readonly unknown[], value: unknown): boolean {
  return members.includes(value)
}
