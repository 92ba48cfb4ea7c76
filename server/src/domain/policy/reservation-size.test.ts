import { expect, test } from 'vitest'
import { outputTokensAtMost, UNKNOWN_OUTPUT_TOKENS } from './reservation-size.ts'

const unknown = { maxOutputTokens: null, choices: null, prompts: 1, modelMaxOutputTokens: null }

test.for([
  [{ ...unknown, maxOutputTokens: 100 }, 100],
  [{ ...unknown, maxOutputTokens: 100, choices: 3 }, 300],
  [{ ...unknown, maxOutputTokens: 9_000, modelMaxOutputTokens: 4_000 }, 4_000],
  [{ ...unknown, modelMaxOutputTokens: 16_000, choices: 2 }, 32_000],
  [{ ...unknown, maxOutputTokens: 100, choices: 3, prompts: 5 }, 1_500],
  [unknown, UNKNOWN_OUTPUT_TOKENS],
  // To some upstreams these are no bound.
  [{ ...unknown, maxOutputTokens: 0 }, UNKNOWN_OUTPUT_TOKENS],
  [{ ...unknown, maxOutputTokens: -1, modelMaxOutputTokens: 16_000 }, 16_000],
  // Numbers that would make a reservation negative, or a sum inexact.
  [{ ...unknown, maxOutputTokens: -1e300 }, UNKNOWN_OUTPUT_TOKENS],
  [{ ...unknown, maxOutputTokens: 10, choices: -4 }, 10],
  [{ ...unknown, maxOutputTokens: 1e300, choices: 1e9 }, 1_000_000_000],
  [{ ...unknown, maxOutputTokens: Number.NaN }, 1_000_000_000],
  [{ ...unknown, maxOutputTokens: 10.2 }, 11],
] as const)('%j gives at most %d tokens', ([bounds, most]) => {
  expect(outputTokensAtMost(bounds)).toBe(most)
})
