import { expect, test } from 'vitest'
import { emptyRollup, mergeRollup, type Rollup } from './rollup.ts'
import { UsageFold, type UsageQuery } from './rollup-changes.ts'

const query: UsageQuery = {
  parts: [],
  apiKeyId: 0,
  byValue: true,
  values: null,
  points: 'DAY',
  utcOffsetMinutes: 0,
}
const rollup = (durationMs: number): Rollup => ({
  ...emptyRollup(),
  calls: 1,
  successes: 1,
  durationMs,
  durations: new Map([[durationMs, 1]]),
})

test('hours and days of one day are one point; values with more calls come first', () => {
  const fold = new UsageFold(query)
  mergeRollup(fold.rollupFor('MODEL_HOUR', 49, 'a'), rollup(1))
  mergeRollup(fold.rollupFor('MODEL_DAY', 2, 'b'), rollup(2))
  mergeRollup(fold.rollupFor('MODEL_HOUR', 48, 'b'), rollup(4))
  mergeRollup(fold.rollupFor('MODEL_DAY', 1, 'b'), rollup(6))
  const groups = fold.groups()
  expect(groups.map(({ value, totals }) => [value, totals.calls, totals.p50DurationMs])).toEqual([
    ['b', 3, 4],
    ['a', 1, 1],
  ])
  expect(groups[0]?.points.map(({ atMs, totals }) => [atMs / 86_400_000, totals.calls])).toEqual([
    [1, 1],
    [2, 2],
  ])
})

test('in steps the totals are the same', () => {
  const fold = new UsageFold({ ...query, points: 'HOUR' })
  for (let hour = 0; hour < 500; hour++)
    mergeRollup(fold.rollupFor('MODEL_HOUR', hour, String(hour % 3)), rollup(5))
  const steps = fold.totalsInSteps()
  let count = 0
  let step = steps.next()
  for (; !step.done; step = steps.next()) count++
  expect(step.value).toEqual(fold.groups())
  expect(count).toBeGreaterThan(8)
})
