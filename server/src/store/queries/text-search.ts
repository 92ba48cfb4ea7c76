// Searching texts without regard to letter case, alike on both databases. By position instead of LIKE, which gives % and _ a
// meaning.
import type { SqlValue } from '../sql.ts'
import type { DatabaseKind } from '../store.ts'

/** The name of the function that SQLite's connections have for `foldCase`, since SQLite's own lower() knows A to Z alone. */
export const FOLD_CASE = 'fold_case'

/** A text as it is compared. Greek has two small forms of one capital sigma, of which the end of a word decides. */
export function foldCase(text: string): string {
  return text.toLowerCase().replaceAll('ς', 'σ')
}

/**
 * SQL that is true where an expression contains `text`; `at` adds a parameter and returns its placeholder. A text of ASCII is
 * compared by the databases' own lower(), for A to Z alone, which costs least.
 */
export function containing(
  kind: DatabaseKind,
  text: string,
  at: (value: SqlValue) => string,
): (expression: string) => string {
  const needle = `CAST(${at(foldCase(text))} AS TEXT)`
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(text)
  if (kind === 'sqlite') {
    const folded = ascii ? 'lower' : FOLD_CASE
    return (expression) => `instr(${folded}(${expression}), ${needle}) > 0`
  }
  // The collation is named, since lower() goes by the database's own, which may know A to Z alone (C), or Turkish.
  return ascii
    ? (expression) => `strpos(lower(${expression} COLLATE "C"), ${needle}) > 0`
    : (expression) => `strpos(replace(lower(${expression} COLLATE "und-x-icu"), 'ς', 'σ'), ${needle}) > 0`
}
