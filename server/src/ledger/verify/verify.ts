// Proves that the ledger agrees with itself: totals of request logs = rollups = counters of keys. Where calls of deleted keys are
// in the rollups, the share that was kept of them stands for their request logs.
import { DAY_MS, HOUR_MS } from '../../domain/time.ts'
import {
  ROLLUP_TOTALS,
  type RollupTotals,
  USAGE_DIMENSIONS,
  type UsageDimension,
} from '../../domain/usage/rollup.ts'
import { firstRollupHour } from '../../store/queries/usage.ts'
import * as queries from '../../store/queries/verification.ts'
import type { Store } from '../../store/store.ts'

/** One figure that request logs and rollups, or a counter, do not agree on. */
export type Disagreement = {
  /** What is compared, such as "TOTAL_HOUR 2026-11-22T19:00:00.000Z calls" or "key_12 usageCount". */
  what: string
  /** By request logs. */
  rows: number
  /** By rollups, or by the counter. */
  totals: number
}

/** Which part of the ledger is compared; null: all of it. Milliseconds since the epoch. */
export type VerifiedPart = {
  sinceMs?: number | null
  /** What is older may have expired, so that its absence is no fault. */
  logsBeforeMs?: number | null
  rollupsBeforeMs?: number | null
}

export type Verification = {
  /** The first whole hour whose request logs and rollups are all there. */
  fromMs: number
  rows: number
  disagreements: Disagreement[]
}

// A reader learns nothing from more.
const DISAGREEMENTS_MAX = 100

/**
 * Reads the request logs that are there and compares them with the rollups and, unless `sinceMs` selects a part, with the
 * counters of the keys none of whose logs has expired. Takes seconds over millions of rows, none of them on the calling thread
 * for SQLite. The ledger should be idle: what is ingested meanwhile may show as a disagreement.
 */
export async function verifyLedger(store: Store, part: VerifiedPart = {}): Promise<Verification> {
  const { sinceMs = null, logsBeforeMs = null, rollupsBeforeMs = null } = part
  const oldest = earlier(await queries.oldestRequestLogMs(store), await queries.firstDeletedCallMs(store))
  const firstHour = await firstRollupHour(store)
  // Where the rollups begin earlier, logs have expired, and the hour of the oldest log may lack some.
  const expired = oldest !== null && firstHour !== null && firstHour < Math.floor(oldest / HOUR_MS)
  const wholeFrom = oldest === null ? 0 : expired ? nextHour(oldest) : Math.floor(oldest / HOUR_MS) * HOUR_MS
  const fromMs = Math.max(wholeFrom, nextHour(sinceMs ?? 0), nextHour(rollupsBeforeMs ?? 0))
  const disagreements: Disagreement[] = []
  const rows = await compareHours(store, fromMs, disagreements)
  for (const dimension of USAGE_DIMENSIONS) await compareDimension(store, dimension, fromMs, disagreements)
  await compareKeyModels(store, fromMs, disagreements)
  // Where rollups expire before logs, they do not show whether logs have expired.
  const rollupsExpired = oldest !== null && rollupsBeforeMs !== null && oldest < rollupsBeforeMs
  const createdSinceMs = rollupsExpired ? (logsBeforeMs ?? 0) : 0
  if (sinceMs === null && !expired) await compareCounters(store, createdSinceMs, disagreements)
  return { fromMs, rows, disagreements: disagreements.slice(0, DISAGREEMENTS_MAX) }
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other)
}

/** The first whole hour from this instant on. */
function nextHour(atMs: number): number {
  return Math.ceil(atMs / HOUR_MS) * HOUR_MS
}

/** Hour by hour, request logs against TOTAL_HOUR. Returns how many request logs there were. */
async function compareHours(store: Store, fromMs: number, found: Disagreement[]): Promise<number> {
  const byLogs = await queries.totalsOfLogsByHour(store, fromMs)
  const fromHour = Math.floor(fromMs / HOUR_MS)
  const byRollups = await queries.rollupsByHour(store, 'TOTAL_HOUR', fromHour)
  const rollups = new Map(byRollups.map(({ hour, totals }) => [hour, totals]))
  const known = new Map(byLogs.map(({ hour, totals }) => [hour, totals]))
  let rows = 0
  for (const totals of known.values()) rows += totals.calls
  for (const { hour, totals } of await queries.rollupsByHour(store, 'DELETED_TOTAL_HOUR', fromHour))
    known.set(hour, added(totals, known.get(hour)))
  for (const [hour, totals] of known) {
    compare(hourName(hour), totals, rollups.get(hour), found)
    rollups.delete(hour)
  }
  for (const [hour, totals] of rollups) compare(hourName(hour), undefined, totals, found)
  return rows
}

/** The hours of a dimension against the hours of all calls, and its whole days against its hours. */
async function compareDimension(
  store: Store,
  dimension: UsageDimension,
  fromMs: number,
  found: Disagreement[],
): Promise<void> {
  const hour = Math.floor(fromMs / HOUR_MS)
  const day = Math.ceil(fromMs / DAY_MS)
  // Calls without a known key are in no rollup of a key.
  const all =
    dimension === 'KEY'
      ? added(
          await queries.totalsOfKeyedLogs(store, fromMs),
          await queries.totalsOfRollups(store, 'DELETED_TOTAL_HOUR', hour),
        )
      : await queries.totalsOfRollups(store, 'TOTAL_HOUR', hour)
  const hours = await queries.totalsOfRollups(store, `${dimension}_HOUR`, hour)
  compare(`${dimension}_HOUR`, all, hours, found)
  const hoursOfDays = await queries.totalsOfRollups(store, `${dimension}_HOUR`, day * (DAY_MS / HOUR_MS))
  const days = await queries.totalsOfRollups(store, `${dimension}_DAY`, day)
  compare(`${dimension}_DAY`, hoursOfDays, days, found)
}

/** The hours that budgets are counted by, against the request logs. */
async function compareKeyModels(store: Store, fromMs: number, found: Disagreement[]): Promise<void> {
  const rollups = await queries.totalsOfRollups(store, 'KEY_MODEL_HOUR', Math.floor(fromMs / HOUR_MS))
  compare('KEY_MODEL_HOUR', await queries.totalsOfKeyedLogs(store, fromMs), rollups, found)
}

/** The counters of the keys that were created from then on. */
async function compareCounters(store: Store, createdSinceMs: number, found: Disagreement[]): Promise<void> {
  for (const { id, counter, calls } of await queries.keysWithWrongCounter(store, createdSinceMs))
    found.push({ what: `key_${id} usageCount`, rows: calls, totals: counter })
}

function compare(
  what: string,
  byLogs: RollupTotals | undefined,
  byRollups: RollupTotals | undefined,
  found: Disagreement[],
): void {
  for (const name of ROLLUP_TOTALS) {
    const [rows, totals] = [byLogs?.[name] ?? 0, byRollups?.[name] ?? 0]
    if (rows !== totals) found.push({ what: `${what} ${name}`, rows, totals })
  }
}

function added(one: RollupTotals, other: RollupTotals | undefined): RollupTotals {
  if (other === undefined) return one
  const sum = { ...one }
  for (const name of ROLLUP_TOTALS) sum[name] += other[name]
  return sum
}

function hourName(hour: number): string {
  return `TOTAL_HOUR ${new Date(hour * HOUR_MS).toISOString()}`
}
