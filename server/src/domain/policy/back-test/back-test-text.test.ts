import { expect, test } from 'vitest'
import type { RuleOutcome } from './back-test.ts'
import { backTestSentence, ruleSentence } from './back-test-text.ts'

const outcome: RuleOutcome = {
  rule: 'REQUESTS',
  mode: 'ENFORCE',
  window: 'MINUTE',
  model: null,
  limit: 40,
  denials: 37,
  firstDenialAtMs: Date.parse('2026-11-20T14:03:20Z'),
  peak: 41,
  peakAtMs: Date.parse('2026-11-20T14:03:00Z'),
  unpriced: 0,
}

test.for<[Partial<RuleOutcome>, string]>([
  [
    {},
    'This limit of 40 requests per minute would have denied 37 of 12,410 calls of the last 7 days; the peak was 41 in the minute from 2026-11-20 14:03 UTC on.',
  ],
  [
    { rule: 'TOKENS', window: 'DAY', model: 'gpt-4*', limit: 1, denials: 0, peak: 0, peakAtMs: null },
    'This limit of 1 token per day for gpt-4* would have denied none of 12,410 calls of the last 7 days.',
  ],
  [
    { rule: 'CONCURRENCY', window: null },
    'This limit of 40 calls at once would have denied 37 of 12,410 calls of the last 7 days; the peak was 41 at once, at 2026-11-20 14:03 UTC.',
  ],
  [
    { rule: 'MODEL', window: null, limit: null, peak: null, peakAtMs: null },
    'The list of models would have denied 37 of 12,410 calls of the last 7 days.',
  ],
  [
    { rule: 'BUDGET', window: 'MONTH', limit: 20_000_000_000, peak: 1_500_000_000, unpriced: 1 },
    'This budget of $20 per month would have denied 37 of 12,410 calls of the last 7 days; the peak was $1.5 in the month from 2026-11-20 14:03 UTC on; what 1 call cost is not known.',
  ],
])('%j', ([facts, sentence]) => {
  expect(ruleSentence({ ...outcome, ...facts }, 12_410, 7)).toBe(sentence)
})

test('all rules together', () => {
  const test = { calls: 0, denied: 0, firstCallAtMs: null, rules: [] }
  expect(backTestSentence(test, 1)).toBe('This key made no calls in the last day.')
  expect(backTestSentence({ ...test, calls: 1 }, 30)).toBe(
    'This policy would have denied none of 1 call of the last 30 days.',
  )
})
