// What keys, owners, upstreams or models did in the last hours, by the hour: for a list with a bar or a line in each row.
import { HOUR_MS } from '../../domain/time.ts'
import { decodeHistogram, type Histogram, percentile } from '../../domain/usage/histogram.ts'
import { type ActivityKind, readActivityRows } from '../../store/queries/usage/activity-rows.ts'
import type { ControlPlane } from '../control-plane.ts'

export const ACTIVITY_HOURS = { min: 1, max: 168, default: 24 } as const

/** Lists have an entry for each hour, the oldest first; the last is the present hour. */
export type Activity = {
  sinceMs: number
  /** The present instant: calls up to here are counted. */
  untilMs: number
  calls: number
  /** 95 % of the calls took no longer; null: there was none. */
  p95DurationMs: number | null
  successes: number[]
  denied: number[]
  /** What failed or was interrupted. */
  failures: number[]
  /** What its client left before the response was whole. */
  cancelled: number[]
}

/** By value: the number of a key or an owner, the name of an upstream, a requested model. One query; what did nothing is there, with zeros. */
export async function readActivity(
  { store, clock, ledger }: ControlPlane,
  kind: ActivityKind,
  values: readonly string[],
  hours: number,
): Promise<Map<string, Activity>> {
  await ledger.settled()
  const untilMs = clock()
  const to = Math.floor(untilMs / HOUR_MS)
  const from = to - hours + 1
  const zeros = () => Array.from({ length: hours }, () => 0)
  const found = new Map<string, { activity: Activity; durations: Histogram }>()
  for (const value of values) {
    const lists = { successes: zeros(), denied: zeros(), failures: zeros(), cancelled: zeros() }
    const activity = { sinceMs: from * HOUR_MS, untilMs, calls: 0, p95DurationMs: null, ...lists }
    found.set(value, { activity, durations: new Map() })
  }
  for (const row of await readActivityRows(store, kind, values, { from, to })) {
    const one = found.get(row.value)
    if (one === undefined) continue
    const at = row.hour - from
    one.activity.calls += row.calls
    one.activity.successes[at] = row.successes
    one.activity.denied[at] = row.denied
    one.activity.cancelled[at] = row.cancelled
    one.activity.failures[at] = row.calls - row.successes - row.denied - row.cancelled
    decodeHistogram(row.durations, one.durations)
  }
  for (const { activity, durations } of found.values()) activity.p95DurationMs = percentile(durations, 0.95)
  return new Map([...found].map(([value, { activity }]) => [value, activity]))
}
