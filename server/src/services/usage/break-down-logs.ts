// Usage by value counted in request logs, for what rollups do not tell: error codes, and pairs of any two values.
import type { RequestLogPage } from '../../domain/logs/request-log-query.ts'
import { emptyRollup, ROLLUP_TOTALS, type RollupTotals } from '../../domain/usage/rollup.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { scanEnd } from '../../ledger/logs/request-log-search.ts'
import { type LoggedTotals, type LoggedValue, sumLogs } from '../../store/queries/usage/usage-by-value.ts'
import type { ControlPlane } from '../control-plane.ts'
import { labelsOf } from '../logs/value-labels.ts'
import type { BreakdownQuery, UsageBreakdown, UsageOrder } from './usage-breakdown.ts'

// A breakdown stops after this time, or with so many pairs, which take some 10 MB.
const SLICES_MS = 10_000
const PAIRS_MAX = 20_000

/** Request logs from `fromMs` on until before `toMs`, by one column or by two that differ. */
export type LoggedRange = { by: LoggedValue; within: LoggedValue | null; fromMs: number; toMs: number }

/** The groups of a range, from at most `slices` slices of its request logs, the newest first. */
export async function breakDownLogs(
  plane: ControlPlane,
  query: BreakdownQuery,
  range: LoggedRange,
  slices: number,
): Promise<Pick<UsageBreakdown, 'complete' | 'countedFromMs' | 'groups'>> {
  const { sums, stoppedAt } = await sumInSlices(plane, range, slices)
  return {
    complete: stoppedAt === null,
    countedFromMs: stoppedAt === null ? range.fromMs : requestIdTimeMs(stoppedAt),
    groups: await groupsOf(plane, query, sums),
  }
}

/**
 * Totals of the request logs of a range, counted from the newest on. `stoppedAt`: the id of the oldest that was counted; null: all
 * were. The store reads them in a thread of its own; between two slices, it serves the queries of others.
 */
async function sumInSlices(
  { store }: ControlPlane,
  range: LoggedRange,
  slices: number,
): Promise<{ sums: LoggedTotals[]; stoppedAt: string | null }> {
  const pairs = new Map<string, LoggedTotals>()
  const { fromMs, toMs } = range
  const beganMs = performance.now()
  let olderThan: string | null = null
  for (let slice = 1; ; slice++) {
    const page: RequestLogPage = { limit: 1, ...(olderThan !== null && { olderThan }) }
    const end: string | null = await scanEnd(store, { fromMs, toMs }, page)
    for (const sum of await sumLogs(store, { ...range, end, olderThan })) {
      const name = JSON.stringify([sum.value, sum.inner])
      const known = pairs.get(name)
      if (known === undefined) pairs.set(name, sum)
      else for (const total of ROLLUP_TOTALS) known.totals[total] += sum.totals[total]
    }
    const isOver = slice >= slices || pairs.size > PAIRS_MAX || performance.now() - beganMs > SLICES_MS
    if (end === null || isOver) return { sums: [...pairs.values()], stoppedAt: end }
    olderThan = end
  }
}

async function groupsOf(
  plane: ControlPlane,
  { by, within, first, firstWithin, rank }: BreakdownQuery,
  sums: LoggedTotals[],
): Promise<UsageBreakdown['groups']> {
  const byValue = new Map<string, { totals: RollupTotals; inner: LoggedTotals[] }>()
  for (const sum of sums) {
    const known = byValue.get(sum.value) ?? { totals: nothing(), inner: [] }
    for (const name of ROLLUP_TOTALS) known.totals[name] += sum.totals[name]
    known.inner.push(sum)
    byValue.set(sum.value, known)
  }
  const groups = [...byValue]
    .sort(([, a], [, b]) => rankOf(b.totals, rank) - rankOf(a.totals, rank))
    .slice(0, first)
  const named = await labelsOf(
    plane,
    by,
    groups.map(([value]) => value),
  )
  const inner = groups.map(([, group]) =>
    group.inner.sort((a, b) => rankOf(b.totals, rank) - rankOf(a.totals, rank)).slice(0, firstWithin),
  )
  const namedWithin = await labelsOf(
    plane,
    within,
    inner.flat().map((sum) => sum.inner),
  )
  return groups.map(([value, { totals }], at) => ({
    ...named(value),
    totals,
    before: null,
    within:
      within === null
        ? []
        : (inner[at] ?? []).map((sum) => ({ ...namedWithin(sum.inner), totals: sum.totals, before: null })),
  }))
}

/** The period before is not counted: a change is the whole amount. */
function rankOf(totals: RollupTotals, rank: UsageOrder): number {
  if (rank === 'UNPRICED') return totals.unpricedCalls
  if (rank === 'CACHE_SAVED') return totals.cacheSavedNanoUsd
  return rank === 'COST' || rank === 'COST_CHANGE' ? totals.costNanoUsd : totals.calls
}

function nothing(): RollupTotals {
  const { durations, firstTokens, ...totals } = emptyRollup()
  return totals
}
