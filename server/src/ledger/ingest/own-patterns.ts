// Searches with an admin's own regular expressions, within a time: one that takes too long on some text must delay nothing else.
import { createContext, Script } from 'node:vm'
import type { Finder, Finding } from '../../domain/content/find-secrets.ts'

// For one pattern over one text. A good pattern takes some milliseconds over the longest text there can be.
const MATCH_MAX_MS = 500

/** The time ran out before a pattern had been matched against a whole text. */
export class PatternTimeout extends Error {
  override readonly name = 'PatternTimeout'
}

export type OwnPatterns = {
  /** One for each pattern: its matches become `[redacted]`. Each throws PatternTimeout. */
  finders: Finder[]
  /** Milliseconds for all searches from here on; none is begun after that. */
  allow(ms: number): void
}

/**
 * Makes finders of regular expressions that are valid with the flag u. V8 also checks the time within a
 * match.
 */
export function findPatterns(patterns: readonly string[], nowMs = () => performance.now()): OwnPatterns {
  let remainingMs = 0
  // Nothing in the context comes from outside but text.
  const context = createContext({ text: '', expression: null, places: [] })
  const script = new Script(
    'places = []; for (const match of text.matchAll(expression)) if (match[0] !== "") places.push(match.index, match.index + match[0].length)',
  )

  function look(text: string, expression: RegExp): number[] {
    if (remainingMs <= 0) throw new PatternTimeout('there was no time for the patterns')
    const beganMs = nowMs()
    try {
      Object.assign(context, { text, expression })
      script.runInContext(context, { timeout: MATCH_MAX_MS })
      return context.places as number[]
    } catch (cause) {
      throw new PatternTimeout('a pattern took too long', { cause })
    } finally {
      remainingMs -= nowMs() - beganMs
    }
  }

  return {
    allow(ms) {
      remainingMs = ms
    },
    finders: patterns.map((pattern) => {
      const expression = new RegExp(pattern, 'gu')
      return (text) => findings(look(text, expression))
    }),
  }
}

function findings(places: number[]): Finding[] {
  const found: Finding[] = []
  for (let at = 0; at < places.length; at += 2) {
    found.push({ start: places[at] ?? 0, end: places[at + 1] ?? 0, label: '[redacted]' })
  }
  return found
}
