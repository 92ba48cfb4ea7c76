import { expect, test } from 'vitest'
import { goDuration, rateLimitHeaders } from './rate-limits.ts'

test.for([
  [0, '0s'],
  [0.2, '1ms'],
  [12, '12ms'],
  [1_000, '1s'],
  [1_500, '1.5s'],
  [360_000, '6m0s'],
  [59_999, '59.999s'],
  [3_600_000, '1h0m0s'],
  [86_399_000, '23h59m59s'],
  [-5, '0s'],
] as const)('%d ms are %s', ([ms, text]) => {
  expect(goDuration(ms)).toBe(text)
})

test('headers for what is limited, and none for what is not', () => {
  expect(rateLimitHeaders({ requests: { limit: 60, remaining: 59, resetsInMs: 12 }, tokens: null })).toEqual({
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '59',
    'x-ratelimit-reset-requests': '12ms',
  })
  expect(rateLimitHeaders({ requests: null, tokens: null })).toEqual({})
})
