// What the chart of a key's usage draws of each figure, alone or beside the period before.
import type { UsageGroup, UsageTotals } from '@latchkey/sdk'
import type { Series } from '#lib/components/chart/series.ts'
import { usdNumber } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'

export const metrics = ['cost', 'calls', 'tokens', 'duration'] as const
export type Metric = (typeof metrics)[number]
export const metricNames: Record<Metric, () => string> = {
  cost: m.key_cost,
  calls: m.calls,
  tokens: m.key_tokens,
  duration: m.key_duration,
}

export type ChartedUsage = {
  whole: UsageGroup
  before: UsageGroup | undefined
  models: readonly UsageGroup[]
  /** Instants of the buckets, in milliseconds since the epoch. */
  times: readonly number[]
  formerTimes: readonly number[]
}

/** A figure of some calls; null where none is known. */
type Figure = (totals: UsageTotals) => number | null

const figures: Record<Metric, Figure> = {
  cost: ({ costUsd }) => usdNumber(costUsd),
  calls: ({ calls }) => calls,
  tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
  duration: ({ p95DurationMs }) => p95DurationMs,
}

/** Without a comparison: cost and tokens by model, calls by outcome, and percentiles of durations. */
export function chartSeries(metric: Metric, usage: ChartedUsage, comparing: boolean): Series[] {
  if (comparing) return besideBefore(metric, usage)
  if (metric === 'duration') return durations(usage)
  return metric === 'calls' ? outcomes(usage) : byModel(figures[metric], usage)
}

/** One line of now, and a dashed one of the period before; of durations the 95th percentile. */
function besideBefore(metric: Metric, { whole, before, times, formerTimes }: ChartedUsage): Series[] {
  const none = metric === 'duration' ? null : 0
  const formerValues = values(before, formerTimes, figures[metric], none)
  return [
    {
      id: 'now',
      label: metric === 'duration' ? m.key_p95() : metricNames[metric](),
      tone: 'series-1',
      values: values(whole, times, figures[metric], none),
    },
    {
      id: 'before',
      label: m.key_before(),
      tone: 'ink-3',
      dashed: true,
      // One may be a bucket longer than the other, as months are.
      values: times.map((_, at) => formerValues[at] ?? null),
    },
  ]
}

function durations({ whole, times }: ChartedUsage): Series[] {
  const line = (id: string, label: string, tone: Series['tone'], figure: Figure): Series => ({
    id,
    label,
    tone,
    values: values(whole, times, figure, null),
  })
  return [
    line('p95', m.key_p95(), 'series-1', ({ p95DurationMs }) => p95DurationMs),
    line('p50', m.key_p50(), 'series-2', ({ p50DurationMs }) => p50DurationMs),
    line('first', m.key_p50_first(), 'series-3', ({ p50TimeToFirstTokenMs }) => p50TimeToFirstTokenMs),
  ]
}

function outcomes({ whole, times }: ChartedUsage): Series[] {
  const part = (id: string, label: string, tone: Series['tone'], figure: Figure): Series => ({
    id,
    label,
    tone,
    values: values(whole, times, figure, 0),
  })
  return [
    part('ok', m.outcome_success(), 'series-1', ({ successes }) => successes),
    part('denied', m.outcome_denied(), 'warn', ({ denied }) => denied),
    part('failed', m.key_failed(), 'bad', ({ errors, interrupted }) => errors + interrupted),
    part('cancelled', m.outcome_cancelled(), 'ink-3', ({ cancelled }) => cancelled),
  ]
}

function byModel(figure: Figure, { models, times }: ChartedUsage): Series[] {
  return models
    .filter(({ totals }) => (figure(totals) ?? 0) > 0)
    .map((group) => ({
      id: group.key ?? '',
      label: group.key === null ? m.no_model() : group.label,
      values: values(group, times, figure, 0),
    }))
}

/** The values of a group at each instant; `none` where there was no call. */
function values(
  group: UsageGroup | undefined,
  at: readonly number[],
  figure: Figure,
  none: number | null,
): (number | null)[] {
  const known = new Map(group?.points.map((point) => [Date.parse(String(point.at)), point.totals]))
  return at.map((time) => {
    const totals = known.get(time)
    return totals ? figure(totals) : none
  })
}
