// Text from outside, as a log line, a message or a database row may repeat it.

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/**
 * The first `maxChars` UTF-16 code units of a text, well-formed and without NUL and other control characters: both databases
 * take it, and it stays one line of a log. Null and undefined become null.
 */
export function printable(text: string, maxChars: number): string
export function printable(text: string | null | undefined, maxChars: number): string | null
export function printable(text: string | null | undefined, maxChars: number): string | null {
  if (text === null || text === undefined) return null
  // Nearly every text takes this exit.
  if (text.length <= maxChars && PRINTABLE_ASCII.test(text)) return text
  return text
    .slice(0, maxChars)
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
}
