import { expect, test } from 'vitest'
import { bucketTimes } from './bucket-times.ts'

const iso = (times: readonly number[]) => times.map((time) => new Date(time).toISOString().slice(0, 13))

test('has each hour, day, week from Monday and month of a range', () => {
  const day = { from: '2026-03-01T00:30:00Z', to: '2026-03-01T03:00:00Z' }
  expect(iso(bucketTimes(day, 'HOUR', true))).toEqual(['2026-03-01T00', '2026-03-01T01', '2026-03-01T02'])
  const days = { from: '2026-02-27T12:00:00Z', to: '2026-03-02T00:00:00Z' }
  expect(iso(bucketTimes(days, 'DAY', true))).toEqual(['2026-02-27T00', '2026-02-28T00', '2026-03-01T00'])
  // 1 March 2026 is a Sunday.
  expect(iso(bucketTimes({ ...days, from: '2026-03-01T00:00:00Z' }, 'WEEK', true))).toEqual(['2026-02-23T00'])
  const months = { from: '2025-12-31T00:00:00Z', to: '2026-02-02T00:00:00Z' }
  expect(iso(bucketTimes(months, 'MONTH', true))).toEqual(['2025-12-01T00', '2026-01-01T00', '2026-02-01T00'])
})

test('is bounded', () => {
  expect(
    bucketTimes({ from: '2000-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'HOUR', true),
  ).toHaveLength(3000)
})
