// Patterns of names in which `*` stands for any text.

/**
 * A test for names. It looks at each character of the name once per `*` at most and never backtracks, so that no pattern
 * can make a call slow.
 */
export type NameTest = (name: string) => boolean

/** In any letter case: a deny-list that a capital letter gets past would be none. */
export function modelTest(pattern: string): NameTest {
  const test = nameTest(pattern.toLowerCase())
  return (name) => test(name.toLowerCase())
}

export function nameTest(pattern: string): NameTest {
  if (pattern === '*') return () => true
  const parts = pattern.split('*')
  const [first = '', ...rest] = parts
  const last = rest.pop()
  if (last === undefined) return (name) => name === pattern
  return (name) => {
    if (!name.startsWith(first)) return false
    let at = first.length
    for (const part of rest) {
      const found = name.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    return name.length - at >= last.length && name.endsWith(last)
  }
}
