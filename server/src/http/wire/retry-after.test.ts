import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const NOW = Date.UTC(2026, 10, 23)
const HTTP_DATE = new Date(NOW + 30_000).toUTCString()

test.each([
  [{ 'retry-after': '7' }, 7_000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
  [{ 'retry-after': HTTP_DATE }, 30_000],
  [{ 'retry-after': new Date(NOW - 1).toUTCString() }, null],
  [{ 'retry-after': '0' }, null],
  [{ 'retry-after': '-5' }, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '99999999' }, 600_000],
  [{ 'x-ratelimit-reset-requests': '6m0s', 'x-ratelimit-remaining-requests': '0' }, 360_000],
  [{ 'x-ratelimit-reset-tokens': '20ms' }, 20],
  [
    {
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-tokens': '9s',
      'x-ratelimit-remaining-tokens': '100',
    },
    1_000,
  ],
  [{ 'x-ratelimit-reset': String((NOW + 12_000) / 1_000) }, 12_000],
  [{ 'x-ratelimit-reset': String(NOW + 12_000) }, 12_000],
  [{ 'x-ratelimit-reset': '12' }, 12_000],
  [{ 'x-ratelimit-reset': 'tomorrow' }, null],
  [{}, null],
] as const)('%j', (headers, expected) => {
  expect(retryAfterMs(headers, NOW)).toBe(expected)
})

test('whatever an upstream says, the advice is over 0 and at most ten minutes, or none', () => {
  const names = fc.constantFrom(
    'retry-after',
    'retry-after-ms',
    'x-ratelimit-reset',
    'x-ratelimit-reset-tokens',
  )
  const values = fc.oneof(
    fc.string(),
    fc.integer().map(String),
    fc.double().map(String),
    fc.date().map(String),
  )
  fc.assert(
    fc.property(fc.dictionary(names, values), (headers) => {
      const ms = retryAfterMs(headers, NOW)
      expect(ms === null || (Number.isInteger(ms) && ms > 0 && ms <= 600_000)).toBe(true)
    }),
  )
})
