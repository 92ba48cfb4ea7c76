// What the stats are read from: sums over rollups, never over rows, so that a report costs the same at any number of calls.
import { percentile } from '../domain/histogram.ts'
import {
  DAY_MS,
  emptyCell,
  HOUR_MS,
  mergeCell,
  type UsageCell,
  type UsageDimension,
} from '../domain/usage-cell.ts'
import type { SqlRow, SqlValue } from '../store/sql.ts'
import type { Store } from '../store/store.ts'
import { cellFromRow, ROLLUP_COLUMNS } from '../store/usage-rollup-rows.ts'

export type UsageTotals = {
  calls: number
  successes: number
  /** Every outcome but SUCCESS. */
  failures: number
  /** 0 to 1; null when there was no call. */
  successRate: number | null
  meanDurationMs: number | null
  /** Within 4.5 % of a duration that was there; null when there was no call. */
  p50DurationMs: number | null
  p95DurationMs: number | null
  p99DurationMs: number | null
  /** Of streamed answers that began; null when there was none. */
  p50TimeToFirstTokenMs: number | null
  p95TimeToFirstTokenMs: number | null
  inputTokens: number
  outputTokens: number
  cachedInputTokens: number
  reasoningTokens: number
  requestBytes: number
  responseBytes: number
}

export type UsageReport = {
  /** What the figures cover: the range that was asked for, widened to whole hours. Null: open at that end. */
  fromMs: number | null
  toMs: number | null
  totals: UsageTotals
  /** Most calls first; null for calls that named no model, or none that there is. */
  byModel: { model: string | null; totals: UsageTotals }[]
  /** YYYY-MM-DD in the offset asked for, oldest first; days without a call are left out. */
  byDay: { date: string; totals: UsageTotals }[]
}

export type UsageRange = {
  /** Included; null: from the first call on. */
  fromMs: number | null
  /** Not included; null: to the last. */
  toMs: number | null
  apiKeyId?: number
  /** Whole minutes east of UTC, -840 to 840: where days begin, to the hour. */
  utcOffsetMinutes?: number
}

/** A range in hours since the epoch: from included, to not. */
type Hours = { from: number; to: number }

/** Totals, models and days of a range, of all calls or of one key's. */
export async function reportUsage(store: Store, range: UsageRange): Promise<UsageReport> {
  const hours = hoursOf(range)
  const { apiKeyId } = range
  const timeline =
    apiKeyId === undefined
      ? await readCells(store, 'TOTAL_HOUR', 0, hours)
      : await readCells(store, 'KEY_MODEL_HOUR', apiKeyId, hours)
  // One key's hours are kept by model as they are.
  const models = apiKeyId === undefined ? await readDimension(store, 'MODEL', hours) : timeline
  const offsetMs = Math.trunc(range.utcOffsetMinutes ?? 0) * 60_000
  const all = emptyCell()
  const days = new Map<string, UsageCell>()
  for (const { bucket, cell } of timeline) {
    mergeCell(all, cell)
    const day = Math.floor((bucket * HOUR_MS + offsetMs) / DAY_MS)
    mergeCell(cellAt(days, new Date(day * DAY_MS).toISOString().slice(0, 10)), cell)
  }
  const byModel = new Map<string, UsageCell>()
  for (const { value, cell } of models) mergeCell(cellAt(byModel, value), cell)
  return {
    fromMs: range.fromMs === null ? null : hours.from * HOUR_MS,
    toMs: range.toMs === null ? null : hours.to * HOUR_MS,
    totals: totalsOf(all),
    byModel: [...byModel]
      .map(([model, cell]) => ({ model: model === '' ? null : model, totals: totalsOf(cell) }))
      .sort((a, b) => b.totals.calls - a.totals.calls || String(a.model).localeCompare(String(b.model))),
    byDay: [...days]
      .map(([date, cell]) => ({ date, totals: totalsOf(cell) }))
      .sort((a, b) => (a.date < b.date ? -1 : 1)),
  }
}

/** The sums of one dimension over a range: days where they are whole, hours at the edges. */
export async function readDimension(
  store: Store,
  dimension: UsageDimension,
  hours: Hours,
): Promise<ReadCell[]> {
  const firstDay = Math.ceil(hours.from / 24)
  const endDay = Math.floor(hours.to / 24)
  if (firstDay >= endDay) return readCells(store, `${dimension}_HOUR`, 0, hours)
  const parts = await Promise.all([
    readCells(store, `${dimension}_HOUR`, 0, { from: hours.from, to: firstDay * 24 }),
    readCells(store, `${dimension}_DAY`, 0, { from: firstDay, to: endDay }),
    readCells(store, `${dimension}_HOUR`, 0, { from: endDay * 24, to: hours.to }),
  ])
  return parts.flat()
}

export type ReadCell = { bucket: number; value: string; cell: UsageCell }

/** The sums of one kind over a range of its buckets. */
export async function readCells(
  store: Store,
  kind: string,
  apiKeyId: number,
  range: Hours,
): Promise<ReadCell[]> {
  if (range.from >= range.to) return []
  const values: SqlValue[] = [kind, apiKeyId, range.from, range.to]
  const rows = await store.sql.all(
    `SELECT ${COLUMNS} FROM "UsageRollup"
     WHERE "kind" = $1 AND "apiKeyId" = $2 AND "bucket" >= $3 AND "bucket" < $4`,
    values,
  )
  return rows.map((row: SqlRow) => ({
    bucket: Number(row.bucket),
    value: String(row.value),
    cell: cellFromRow(row),
  }))
}

const COLUMNS = ROLLUP_COLUMNS.filter((name) => name !== 'kind' && name !== 'apiKeyId')
  .map((name) => `"${name}"`)
  .join(', ')

// Further than any id of ours, and within 32 bits: the year 5138.
const LAST_HOUR = 27_777_777

/** The whole hours that a range touches. */
export function hoursOf(range: Pick<UsageRange, 'fromMs' | 'toMs'>): Hours {
  return {
    from: range.fromMs === null ? 0 : clamp(Math.floor(range.fromMs / HOUR_MS)),
    to: range.toMs === null ? LAST_HOUR : clamp(Math.ceil(range.toMs / HOUR_MS)),
  }
}

function clamp(hour: number): number {
  return Math.min(LAST_HOUR, Math.max(0, hour))
}

export function totalsOf(cell: UsageCell): UsageTotals {
  const { calls, successes, durationMs, durations, firstTokens, ...sums } = cell
  return {
    ...sums,
    calls,
    successes,
    failures: calls - successes,
    successRate: calls === 0 ? null : successes / calls,
    meanDurationMs: calls === 0 ? null : durationMs / calls,
    p50DurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
    p99DurationMs: percentile(durations, 0.99),
    p50TimeToFirstTokenMs: percentile(firstTokens, 0.5),
    p95TimeToFirstTokenMs: percentile(firstTokens, 0.95),
  }
}

function cellAt(cells: Map<string, UsageCell>, at: string): UsageCell {
  const known = cells.get(at)
  if (known !== undefined) return known
  const made = emptyCell()
  cells.set(at, made)
  return made
}
