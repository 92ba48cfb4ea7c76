// Patterns of names, in which `*` stands for any text, none included.

/** A test for names, in any letter case. */
export function patternTest(pattern: string): (name: string) => boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const expression = new RegExp(`^${escaped.join('.*')}$`, 'i')
  return (name) => expression.test(name)
}
