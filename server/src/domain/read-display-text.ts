// Reads a text that an admin sends for people to read: a name, a description, a reason.
import { displayTextFault } from './display-text.ts'
import { type Bounds, failed, ok, type Result } from './user-error.ts'

// White space around the text: one with more is refused by its length alone.
const SENT_SPACES = 1_000

export type DisplayTextRule = {
  /** The input field, by its GraphQL name. */
  field: string
  /** In characters: code points. */
  max: number
  /** True: it may have line breaks and tabs. */
  lines?: boolean
}

/** The text, trimmed; or what is wrong with it. `missing`: what is said of one that is empty then. */
export function readDisplayText(sent: string, rule: DisplayTextRule & { missing: string }): Result<string> {
  const text = readTrimmed(sent, rule, { minLength: 1, maxLength: rule.max })
  return text.ok && text.value === '' ? failed('REQUIRED', rule.field, rule.missing) : text
}

/** The same of a text that may be omitted; null and nothing but white space: null. */
export function readOptionalText(sent: string | null, rule: DisplayTextRule): Result<string | null> {
  const text = readTrimmed(sent ?? '', rule, { maxLength: rule.max })
  return text.ok && text.value === '' ? ok(null) : text
}

/** Takes time in proportion to `max`, however long the text is. */
function readTrimmed(
  sent: string,
  { field, max, lines = false }: DisplayTextRule,
  bounds: Bounds,
): Result<string> {
  // A code point has up to two UTF-16 units.
  if (sent.length > SENT_SPACES + 2 * max)
    return failed('TOO_LONG', field, `${field} must have at most ${max} characters.`, bounds)
  const text = sent.trim()
  const characters = [...text].length
  if (characters > max) {
    const message = `${field} has ${characters} characters; at most ${max} are allowed.`
    return failed('TOO_LONG', field, message, bounds)
  }
  const fault = displayTextFault(text, { lines })
  return fault === null ? ok(text) : failed('INVALID', field, `${field} ${fault}`)
}
