import type { UsagePoint } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { paceOf } from './pace.ts'
import { gridOf, onGrid } from './series-grid.ts'

const point = (at: string, calls: number) => ({ at, totals: { calls } }) as UsagePoint
const hour = (text: string) => Date.parse(`2026-11-01T${text}:00Z`)

test('hours begin with the one that the range begins in, and end before its end', () => {
  const range = { from: '2026-11-01T10:20:00Z', to: '2026-11-01T13:00:00Z' }
  expect(gridOf(range, 'HOUR', true)).toEqual([hour('10:00'), hour('11:00'), hour('12:00')])
})

test('weeks begin on Monday, months on the first', () => {
  const range = { from: '2026-11-04T00:00:00Z', to: '2026-12-02T00:00:00Z' }
  const days = (bucket: 'WEEK' | 'MONTH') =>
    gridOf(range, bucket, true).map((at) => new Date(at).toISOString().slice(0, 10))
  expect(days('WEEK')).toEqual(['2026-11-02', '2026-11-09', '2026-11-16', '2026-11-23', '2026-11-30'])
  expect(days('MONTH')).toEqual(['2026-11-01', '2026-12-01'])
})

test('a bucket without a call is what the reader says, and no point is lost', () => {
  const times = [hour('10:00'), hour('11:00'), hour('12:00')]
  const points = [point('2026-11-01T10:00:00Z', 2), point('2026-11-01T12:00:00Z', 5)]
  expect(onGrid(times, points, ({ calls }) => calls, 0)).toEqual([2, 0, 5])
  expect(onGrid<number | null>(times, [], ({ calls }) => calls, null)).toEqual([null, null, null])
})

test('the pace is known from the second day on, until the period ends', () => {
  const [from, end] = [Date.parse('2026-11-01T00:00:00Z'), Date.parse('2026-12-01T00:00:00Z')]
  expect(paceOf(10, from, end, from + 3_600_000)).toBeNull()
  expect(paceOf(10, from, end, from + 10 * 86_400_000)).toBe(30)
  expect(paceOf(10, from, end, end)).toBeNull()
})
