// Public model names with one `*`, which stands for any characters, none included.

/** Whether a name is a pattern of names. */
export function isPattern(name: string): boolean {
  return name.includes('*')
}

/** What the pattern's `*` stands for in a name; null where the pattern does not fit. */
export function matchedPart(pattern: string, name: string): string | null {
  const at = pattern.indexOf('*')
  const [start, end] = [pattern.slice(0, at), pattern.slice(at + 1)]
  if (name.length < start.length + end.length || !name.startsWith(start) || !name.endsWith(end)) return null
  return name.slice(start.length, name.length - end.length)
}

/** The name that a pattern makes of a part; a name without `*` stays as it is. */
export function filledIn(pattern: string, part: string): string {
  const at = pattern.indexOf('*')
  return at === -1 ? pattern : pattern.slice(0, at) + part + pattern.slice(at + 1)
}
