// Usage over time, in groups, for charts.
import { DAY_MS, HOUR_MS } from '../../domain/time.ts'
import { type Period, periodStarts } from '../../domain/usage/periods.ts'
import { DELETED_KEYS, type ReportDimension } from '../../domain/usage/rollup.ts'
import type { UsagePart, UsagePoint } from '../../domain/usage/rollup-changes.ts'
import type { UsageTotals } from '../../domain/usage/usage-totals.ts'
import type { Store } from '../../store/store.ts'
import { closedHours } from './closed-hours.ts'
import { type Hours, partsOf, type UsageRange } from './usage-range.ts'
import { topValues, type UsageRank } from './usage-top.ts'

export type SeriesQuery = UsageRange & {
  bucket: Period
  /** Whose days, weeks and months: of the IANA database; absent: the offset decides, and weeks and months are of UTC. */
  timeZone?: string
  /** null: all in one group. With apiKeyId only MODEL is possible. */
  groupBy: ReportDimension | null
  /** With LABEL: only the values of the label of this name. */
  label?: string
  /** How many groups at most. */
  first: number
  /** Absent: those with the most calls. */
  rank?: UsageRank
  /** Now: where an open range ends. */
  nowMs: number
}

/** `value` is '' for calls without a value, and for the one group of all, and DELETED_KEYS for all deleted keys. Points without a call are omitted. */
export type UsageGroup = { value: string; totals: UsageTotals; points: UsagePoint[] }

/** Points of one group: 100 days of hours, or six years of days. More are not readable in a chart, and slow to send. */
export const POINTS_MAX = 2_400
/** Points of all groups together: a response of a megabyte, which takes the event loop some tens of milliseconds. */
export const ALL_POINTS_MAX = 6_000
// Labels among which those of one name are looked for: as many values as a label can have in a chart, many times over.
const LABELS_MAX = 10_000

/** The range holds more points than POINTS_MAX, or than ALL_POINTS_MAX with so many groups. */
export class TooManyPoints extends Error {
  override readonly name = 'TooManyPoints'
  readonly points: number
  readonly groups: number

  constructor(points: number, groups: number) {
    super(`${points} points in ${groups} groups`)
    this.points = points
    this.groups = groups
  }
}

/**
 * The groups with the most calls, or that cost most, each over time. An open range begins with the first call. Throws TooManyPoints for a
 * range that is too long for its bucket.
 */
export async function readUsageSeries(store: Store, query: SeriesQuery): Promise<UsageGroup[]> {
  const { apiKeyId = 0, bucket, groupBy, utcOffsetMinutes = 0 } = query
  const hours = await closedHours(store, query, query.nowMs)
  if (hours.from >= hours.to) return []
  const starts = startsIn(query, hours)
  const points = starts?.length ?? pointsIn(hours, bucket, utcOffsetMinutes)
  if (points > POINTS_MAX) throw new TooManyPoints(points, 1)
  const values = groupBy === null ? null : await topNames(store, query, hours)
  if (values?.length === 0) return []
  const groups = values?.length ?? 1
  if (points * groups > ALL_POINTS_MAX) throw new TooManyPoints(points, groups)
  const ranked = await store.groupUsage({
    parts: seriesParts(query, hours),
    apiKeyId,
    byValue: groupBy !== null,
    values,
    withDeleted: groupBy === 'KEY' && values?.includes(DELETED_KEYS) === true,
    points: bucket === 'HOUR' ? 'HOUR' : 'DAY',
    utcOffsetMinutes,
    ...(starts !== null && { starts }),
  })
  if (query.rank !== 'COST') return ranked
  return ranked.sort((a, b) => b.totals.costNanoUsd - a.totals.costNanoUsd)
}

/** The periods of a time zone in minutes since the epoch; null where hours or the days of an offset are asked for. */
function startsIn({ bucket, timeZone }: SeriesQuery, { from, to }: Hours): number[] | null {
  if (bucket === 'HOUR' || (bucket === 'DAY' && timeZone === undefined)) return null
  const range = { fromMs: from * HOUR_MS, toMs: to * HOUR_MS }
  return periodStarts(bucket, timeZone ?? 'UTC', range, POINTS_MAX).map((startMs) => startMs / 60_000)
}

function pointsIn({ from, to }: Hours, bucket: Period, utcOffsetMinutes: number): number {
  if (bucket === 'HOUR') return to - from
  const dayOf = (hour: number) => Math.floor((hour * HOUR_MS + utcOffsetMinutes * 60_000) / DAY_MS)
  return dayOf(to - 1) - dayOf(from) + 1
}

/** Days of UTC are days of the chart only where the offset is none; hours fit every offset. */
function seriesParts(
  { apiKeyId, bucket, groupBy, utcOffsetMinutes = 0, timeZone = 'UTC' }: SeriesQuery,
  hours: Hours,
): UsagePart[] {
  if (apiKeyId !== undefined) return [{ kind: 'KEY_MODEL_HOUR', ...hours }]
  if (groupBy === null) return [{ kind: 'TOTAL_HOUR', ...hours }]
  return bucket !== 'HOUR' && utcOffsetMinutes === 0 && timeZone === 'UTC'
    ? partsOf(groupBy, hours)
    : [{ kind: `${groupBy}_HOUR`, ...hours }]
}

async function topNames(store: Store, query: SeriesQuery, hours: Hours): Promise<string[]> {
  const { apiKeyId = 0, groupBy, label, first, rank = 'CALLS' } = query
  const ranked = await topValues(store, {
    dimension: groupBy ?? 'MODEL',
    apiKeyId,
    hours,
    first: label === undefined ? first : LABELS_MAX,
    rank,
    withDeleted: true,
  })
  const values = ranked.map(({ value }) => value)
  return label === undefined
    ? values
    : values.filter((value) => value.startsWith(`${label}=`)).slice(0, first)
}
