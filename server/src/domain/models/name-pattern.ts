// Patterns of names, in which `*` stands for any text, none included.

/** Whether a name matches. A closure that is compiled once and called for each call. */
export type NameTest = (name: string) => boolean

/** Whether a name is a pattern of names. */
export function isPattern(name: string): boolean {
  return name.includes('*')
}

/** A test for model names, in any letter case: a deny list that a capital letter bypasses would not deny. */
export function modelTest(pattern: string): NameTest {
  const test = nameTest(pattern.toLowerCase())
  return (name) => test(name.toLowerCase())
}

/**
 * A test whether one of these patterns denies a model, also where its name has spaces around it, a provider before it
 * (`openai/gpt-5`, `azure:gpt-5`) or a variant behind it (`gpt-5:online`), which some upstreams take off.
 */
export function deniedModelTest(patterns: readonly string[]): NameTest {
  if (patterns.length === 0) return () => false
  const tests = patterns.map(modelTest)
  const denies = (name: string) => tests.some((test) => test(name))
  return (sent) => {
    const name = sent.trim()
    // Most names have neither.
    if (denies(name)) return true
    if (!/[/:]/.test(name)) return false
    const bare = name.replace(VARIANT, '')
    if (denies(bare)) return true
    for (let at = 0; at < bare.length; at++) {
      if ((bare[at] === '/' || bare[at] === ':') && denies(bare.slice(at + 1).trim())) return true
    }
    return false
  }
}

// https://openrouter.ai/docs/guides/routing/model-variants, and the tag that Ollama assumes.
const VARIANT = /:(?:beta|exacto|extended|floor|free|latest|nitro|online|thinking)$/i

/**
 * A test for names, case-sensitive. It looks at each character of the name once per `*` at most and never backtracks, so
 * that no pattern can make a call slow.
 */
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

/** A test for names that match at least one of the patterns, case-sensitive. */
export function anyNameTest(patterns: readonly string[]): NameTest {
  const tests = patterns.map(nameTest)
  return (name) => {
    for (const test of tests) if (test(name)) return true
    return false
  }
}

/** What the one `*` of the pattern stands for in a name; null where the name does not match. */
export function matchedPart(pattern: string, name: string): string | null {
  const at = pattern.indexOf('*')
  const [start, end] = [pattern.slice(0, at), pattern.slice(at + 1)]
  if (name.length < start.length + end.length || !name.startsWith(start) || !name.endsWith(end)) return null
  return name.slice(start.length, name.length - end.length)
}

/** The pattern with `part` in place of its one `*`; a name without `*` stays as it is. */
export function filledIn(pattern: string, part: string): string {
  const at = pattern.indexOf('*')
  return at === -1 ? pattern : pattern.slice(0, at) + part + pattern.slice(at + 1)
}
