// Members of a JSON object whose names differ in case alone, which some parsers take for the same: Go's encoding/json does, and
// so do .NET's in their usual settings.

/** The first of these names that is one of `known` in other letters; null where there is none. */
export function misspelledName(names: Iterable<string>, known: ReadonlySet<string>): string | null {
  for (const name of names) if (!known.has(name) && known.has(foldedName(name))) return name
  return null
}

/** A name as parsers compare it that ignore case. Upper case first: it folds letters such as `\u017f` and `\u212a`, which stand for s and k (Unicode, CaseFolding.txt). */
export function foldedName(name: string): string {
  return name.toUpperCase().toLowerCase()
}
