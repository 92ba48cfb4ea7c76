import type { UsageGroup } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { groupSeries, sumSeries } from './spend-series.ts'

const times = ['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04'].map((day) => Date.parse(day))
const group = (key: string | null, costs: readonly number[]) =>
  ({
    key,
    label: key ?? 'all',
    totals: { costUsd: String(costs.reduce((sum, cost) => sum + cost, 0)) },
    points: costs.map((cost, index) => ({
      at: new Date(times[index] ?? 0).toISOString(),
      totals: { costUsd: String(cost) },
    })),
  }) as unknown as UsageGroup
const labels = { now: 'now', before: 'before', pace: 'pace' }

test('what the groups leave is a series of its own, and nothing is no series', () => {
  const series = groupSeries(
    times,
    [group('a', [1, 2, 0, 0])],
    group(null, [1, 3, 0, 4]),
    'Other',
    ({ label }) => label,
  )
  expect(series.map(({ id, values }) => [id, values])).toEqual([
    ['a', [1, 2, 0, 0]],
    ['rest', [0, 1, 0, 4]],
  ])
  expect(groupSeries(times, [group('a', [1])], group(null, [1]), 'Other', ({ label }) => label)).toHaveLength(
    1,
  )
})

test('a sum ends with the present, and the pace goes on from there to the end', () => {
  const former = { times: times.slice(0, 3), group: group(null, [5, 5, 5]) }
  const series = sumSeries(times, 2, group(null, [1, 2]), former, 9, labels)
  expect(series.map(({ id, values }) => [id, values])).toEqual([
    ['now', [1, 3, null, null]],
    ['before', [5, 10, 15, null]],
    ['pace', [null, 3, 6, 9]],
  ])
  expect(sumSeries(times, 4, group(null, [1]), former, null, labels)).toHaveLength(2)
})
