// Usage reports, from rollups and never from request logs, so that a report costs the same at any number of calls.

import { HOUR_MS } from '../../domain/time.ts'
import { emptyRollup } from '../../domain/usage/rollup.ts'
import type { UsageGroup } from '../../domain/usage/rollup-changes.ts'
import { totalsOf, type UsageTotals } from '../../domain/usage/usage-totals.ts'
import type { Store } from '../../store/store.ts'
import { hoursOf, partsOf, type UsageRange } from './usage-range.ts'

export type UsageReport = {
  /** What the figures cover: the requested range, widened to whole hours. Null: open at that end. */
  fromMs: number | null
  toMs: number | null
  totals: UsageTotals
  /** Most calls first; null for calls that named no model, or none that there is. */
  byModel: { model: string | null; totals: UsageTotals }[]
  /** YYYY-MM-DD in the requested offset, oldest first; days without a call are omitted. */
  byDay: { date: string; totals: UsageTotals }[]
}

/** Totals, models and days of a range, of all calls or of one key's. */
export async function reportUsage(store: Store, range: UsageRange): Promise<UsageReport> {
  const hours = hoursOf(range)
  const { apiKeyId = 0, utcOffsetMinutes = 0 } = range
  const common = { apiKeyId, values: null, utcOffsetMinutes }
  // One key's hours are rollups by model already.
  const timeline = [{ kind: apiKeyId === 0 ? 'TOTAL_HOUR' : 'KEY_MODEL_HOUR', ...hours } as const]
  const models = apiKeyId === 0 ? partsOf('MODEL', hours) : timeline
  const [all, byModel] = await Promise.all([
    store.groupUsage({ ...common, parts: timeline, byValue: false, points: 'DAY' }),
    store.groupUsage({ ...common, parts: models, byValue: true, points: null }),
  ])
  return {
    fromMs: range.fromMs === null ? null : hours.from * HOUR_MS,
    toMs: range.toMs === null ? null : hours.to * HOUR_MS,
    totals: all[0]?.totals ?? totalsOf(emptyRollup()),
    byModel: byModel.map(({ value, totals }) => ({ model: value === '' ? null : value, totals })),
    byDay: daysOf(all[0], utcOffsetMinutes),
  }
}

function daysOf(total: UsageGroup | undefined, utcOffsetMinutes: number): UsageReport['byDay'] {
  return (total?.points ?? []).map(({ atMs, totals }) => ({
    date: new Date(atMs + utcOffsetMinutes * 60_000).toISOString().slice(0, 10),
    totals,
  }))
}
