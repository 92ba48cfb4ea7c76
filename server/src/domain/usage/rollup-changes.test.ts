import { expect, test } from 'vitest'
import { emptyCell, mergeCell, type UsageCell } from './rollup.ts'
import { UsageFold, type UsageQuery } from './rollup-changes.ts'

const query: UsageQuery = {
  parts: [],
  apiKeyId: 0,
  byValue: true,
  values: null,
  points: 'DAY',
  utcOffsetMinutes: 0,
}
const cell = (durationMs: number): UsageCell => ({
  ...emptyCell(),
  calls: 1,
  successes: 1,
  durationMs,
  durations: new Map([[durationMs, 1]]),
})

test('hours and days of one day are one point; values with more calls come first', () => {
  const fold = new UsageFold(query)
  mergeCell(fold.cellFor('MODEL_HOUR', 49, 'a'), cell(1))
  mergeCell(fold.cellFor('MODEL_DAY', 2, 'b'), cell(2))
  mergeCell(fold.cellFor('MODEL_HOUR', 48, 'b'), cell(4))
  mergeCell(fold.cellFor('MODEL_DAY', 1, 'b'), cell(6))
  const sums = fold.sums()
  expect(sums.map(({ value, totals }) => [value, totals.calls, totals.p50DurationMs])).toEqual([
    ['b', 3, 4],
    ['a', 1, 1],
  ])
  expect(sums[0]?.points.map(({ atMs, totals }) => [atMs / 86_400_000, totals.calls])).toEqual([
    [1, 1],
    [2, 2],
  ])
})

test('in steps the sums are the same', () => {
  const fold = new UsageFold({ ...query, points: 'HOUR' })
  for (let hour = 0; hour < 500; hour++)
    mergeCell(fold.cellFor('MODEL_HOUR', hour, String(hour % 3)), cell(5))
  const steps = fold.sumsInSteps()
  let count = 0
  let step = steps.next()
  for (; !step.done; step = steps.next()) count++
  expect(step.value).toEqual(fold.sums())
  expect(count).toBeGreaterThan(8)
})
