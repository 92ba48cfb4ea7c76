import { expect, test } from 'vitest'
import { DAY_MS } from '../time.ts'
import { type ExpiryBounds, expiryOfNewKey, expiryWithin, readDays } from './expiry-bounds.ts'

const NOW_MS = Date.parse('2026-11-22T12:00:00Z')

test.for<[number | null, ExpiryBounds, number | null | 'refused']>([
  [null, { defaultDays: null, maxDays: null }, null],
  [900, { defaultDays: 7, maxDays: null }, 900],
  [null, { defaultDays: 7, maxDays: null }, 7],
  [null, { defaultDays: 7, maxDays: 30 }, 7],
  [null, { defaultDays: null, maxDays: 30 }, 30],
  [30, { defaultDays: null, maxDays: 30 }, 30],
  [31, { defaultDays: 7, maxDays: 30 }, 'refused'],
])('a new key that is to last %s days, under %j: %s', ([requested, bounds, expected]) => {
  const at = (days: number | null) => (days === null ? null : NOW_MS + days * DAY_MS)
  expect(expiryOfNewKey(at(requested), bounds, NOW_MS, 'expiresInDays')).toEqual(
    expected === 'refused'
      ? {
          ok: false,
          errors: [
            {
              code: 'OUT_OF_RANGE',
              field: 'expiresInDays',
              message: 'expiresInDays is further away than this gateway allows: a key lasts 30 days at most.',
              bounds: { min: 1, max: 30 },
            },
          ],
        }
      : { ok: true, value: at(expected) },
  )
})

test('never is further away than any maximum', () => {
  expect(expiryWithin(null, null, NOW_MS).ok).toBe(true)
  expect(expiryWithin(null, 3_650, NOW_MS)).toMatchObject({ ok: false, errors: [{ field: 'expiresAt' }] })
})

test.for([0, -1, 1.5, 3_651, Number.NaN])('%s is no number of days', (days) => {
  expect(readDays(days, 'maxExpiryDays')).toMatchObject({ ok: false, errors: [{ field: 'maxExpiryDays' }] })
})
