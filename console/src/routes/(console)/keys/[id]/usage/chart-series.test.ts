import { expect, test } from 'vitest'
import { chartSeries } from './chart-series.ts'

const at = (day: number) => Date.UTC(2026, 2, day)
const group = (days: Record<number, object>) =>
  ({
    points: Object.entries(days).map(([day, totals]) => ({
      at: new Date(at(Number(day))).toISOString(),
      totals,
    })),
  }) as never
const usage = {
  whole: group({ 3: { calls: 4, p95DurationMs: 900, p50DurationMs: 200, p50TimeToFirstTokenMs: null } }),
  before: group({ 1: { calls: 7, p95DurationMs: 400 } }),
  models: [],
  times: [at(3), at(4), at(5)],
  formerTimes: [at(1), at(2)],
}

test('compares durations with those of the period before, by their 95th percentile', () => {
  const series = chartSeries('duration', usage, true)
  expect(series.map(({ id, label, dashed, values }) => [id, label, dashed ?? false, values])).toEqual([
    ['now', 'p95 duration', false, [900, null, null]],
    ['before', 'The period before', true, [400, null, null]],
  ])
})

test('counts no call as 0, and what the period before did not have as unknown', () => {
  expect(chartSeries('calls', usage, true).map(({ values }) => values)).toEqual([
    [4, 0, 0],
    [7, 0, null],
  ])
})

test('has three percentiles of durations without a comparison', () => {
  expect(chartSeries('duration', usage, false).map(({ id, values }) => [id, values[0]])).toEqual([
    ['p95', 900],
    ['p50', 200],
    ['first', null],
  ])
})
