// Counts the values in JSON text without building them: what a parse costs depends on their number, not on the length of the text.

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const OPEN_OBJECT = 0x7b

/** Whether there are more than `max` values, arrays and objects counted too. Looks no further then; text of strings is skipped. */
export function hasMoreValues(bytes: Buffer, max: number): boolean {
  let values = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if ((byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) && ++values > max) return true
  }
  return false
}

/**
 * The quote that ends the string which begins at `start`: none that stands behind an odd number of backslashes. The length of the
 * bytes where there is none.
 */
export function endOfString(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start + 1); at !== -1; at = bytes.indexOf(QUOTE, at + 1)) {
    let before = at
    while (bytes[before - 1] === BACKSLASH) before--
    if ((at - before) % 2 === 0) return at
  }
  return bytes.length
}
