// The series of the spend chart: a group on top of another, or the sum so far beside that of the period before and the pace.
import type { UsageGroup } from '@latchkey/sdk'
import type { Series } from '#lib/components/chart/series.ts'
import { usdNumber } from '#lib/format-money.ts'
import { onGrid } from '#lib/usage/series-grid.ts'

/** As many as there are colours, with one left for the rest. */
export const seriesMax = 8

const costs = (times: readonly number[], group: UsageGroup | undefined) =>
  onGrid(times, group?.points ?? [], ({ costUsd }) => usdNumber(costUsd), 0)

/** Costs by group; `rest` names what the groups leave of all calls, null where groups overlap. */
export function groupSeries(
  times: readonly number[],
  groups: readonly UsageGroup[],
  all: UsageGroup | undefined,
  rest: string | null,
  labelOf: (group: UsageGroup) => string,
): Series[] {
  const series: Series[] = groups.map((group) => ({
    id: group.key ?? '',
    label: labelOf(group),
    values: costs(times, group),
  }))
  if (rest === null) return series
  const left = costs(times, all).map((value, index) =>
    Math.max(0, value - series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)),
  )
  // Differences of floating-point numbers are never quite 0.
  const whole = usdNumber(all?.totals.costUsd ?? '0')
  return left.some((value) => value > whole * 1e-6)
    ? [...series, { id: 'rest', label: rest, tone: 'series-other', values: left }]
    : series
}

/** Sums so far. `passed`: how many of `times` have begun; later ones are known of the period before and of the pace alone. */
export function sumSeries(
  times: readonly number[],
  passed: number,
  now: UsageGroup | undefined,
  before: { times: readonly number[]; group: UsageGroup | undefined },
  pace: number | null,
  labels: { now: string; before: string; pace: string },
): Series[] {
  const summed = summedUp(costs(times.slice(0, passed), now))
  const former = summedUp(costs(before.times, before.group))
  const last = summed.at(-1) ?? 0
  const left = times.length - passed
  const series: Series[] = [
    { id: 'now', label: labels.now, values: times.map((_, index) => summed[index] ?? null) },
    {
      id: 'before',
      label: labels.before,
      tone: 'ink-3',
      dashed: true,
      values: times.map((_, index) => former[index] ?? null),
    },
  ]
  if (pace === null || left <= 0) return series
  const ahead = times.map((_, index) =>
    index < passed - 1 ? null : last + ((pace - last) * (index - passed + 1)) / left,
  )
  return [...series, { id: 'pace', label: labels.pace, tone: 'warn', dashed: true, values: ahead }]
}

function summedUp(values: readonly number[]): number[] {
  let sum = 0
  return values.map((value) => (sum += value))
}
