// Patterns of names, in which `*` stands for any text, none included.

/** A test for names, in any letter case: as rules of keys and filters take a pattern. */
export function patternTest(pattern: string): (name: string) => boolean {
  return testOf(pattern, 'i')
}

/** A test for names in which the case of letters counts: as a call is given the model that it goes to. */
export function exactPatternTest(pattern: string): (name: string) => boolean {
  return testOf(pattern, '')
}

function testOf(pattern: string, flags: string): (name: string) => boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${escaped.join('.*')}$`, flags)
  return (name) => expression.test(name)
}
