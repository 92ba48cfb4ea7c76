// What is redacted in content before it is stored, as the configuration names it.

/** The built-in rules; redact.ts says what each finds. */
export const REDACTION_NAMES = ['email', 'card', 'phone', 'token', 'uuid', 'base64'] as const
export type RedactionName = (typeof REDACTION_NAMES)[number]

export type RedactionRules = {
  names: RedactionName[]
  /** The configuration's regular expressions (JavaScript, flag u), each found wherever it matches. */
  patterns: string[]
}

/** Every body is searched for every pattern. */
export const PATTERNS_MAX = { count: 20, chars: 200 }

/** What is wrong with a list of names such as `email,card`, or null. `none` names none. */
export function redactionNamesFault(text: string): string | null {
  if (text === 'none') return null
  const unknown = namesIn(text).find((name) => !REDACTION_NAMES.some((known) => known === name))
  return unknown === undefined
    ? null
    : `must list ${REDACTION_NAMES.join(', ')}, with commas between them, or be \`none\``
}

/** What is wrong with a JSON list of patterns, or null. */
export function patternsFault(text: string): string | null {
  const { count, chars } = PATTERNS_MAX
  const patterns = parsed(text)
  if (!Array.isArray(patterns) || patterns.some((pattern) => typeof pattern !== 'string')) {
    return 'must be a JSON list of regular expressions, such as ["ACME-\\\\d{6}"]'
  }
  if (patterns.length > count) return `must have at most ${count} regular expressions`
  for (const [at, pattern] of (patterns as string[]).entries()) {
    const place = `must hold regular expressions; number ${at + 1}`
    if (pattern === '' || pattern.length > chars) return `${place} must have 1 to ${chars} characters`
    const expression = compiled(pattern)
    if (expression === null) return `${place} is none (they are JavaScript's, with the flag u)`
    if (expression.test('')) return `${place} matches nothing at all, which is everywhere`
  }
  return null
}

/** The rules of two valid settings. */
export function redactionRules(names: string, patterns: string): RedactionRules {
  return {
    names: REDACTION_NAMES.filter((name) => namesIn(names).includes(name)),
    patterns: (parsed(patterns) ?? []) as string[],
  }
}

function namesIn(text: string): string[] {
  return text.split(',').map((name) => name.trim().toLowerCase())
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function compiled(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    return null
  }
}
