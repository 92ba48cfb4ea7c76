// Proves that the account agrees with itself: sums of rows = rollups = key counters.

import { DAY_MS, HOUR_MS } from '../../domain/time.ts'
import { GRAIN_MS, ROLLUP_TOTALS, USAGE_DIMENSIONS, type UsageDimension } from '../../domain/usage/rollup.ts'
import { firstIdAt } from '../../domain/uuid.ts'
import { readInstant } from '../../store/instants.ts'
import type { SqlRow } from '../../store/sql.ts'
import type { Store } from '../../store/store.ts'

/** One figure that two ways of counting do not agree on. */
export type Disagreement = {
  /** What is compared, such as "TOTAL_HOUR 2026-11-22T19:00:00.000Z calls" or "key_12 usageCount". */
  what: string
  /** By rows. */
  rows: number
  /** By sums, or by the counter. */
  totals: number
}

/** What of the ledger there is to be compared; null: all of it. Milliseconds since the epoch. */
export type VerifiedPart = {
  sinceMs?: number | null
  /** What is older may have aged out by now, and is missing for no fault. */
  logsBeforeMs?: number | null
  rollupsBeforeMs?: number | null
}

export type Verification = {
  /** From the first whole hour whose request logs and sums are all kept. */
  fromMs: number
  rows: number
  disagreements: Disagreement[]
}

const SUMS_OF_ROWS = ROLLUP_TOTALS.slice(2)
  .map((name) =>
    name === 'unpricedCalls'
      ? `sum(CASE WHEN l."receipt" IS NOT NULL AND l."costNanoUsd" IS NULL THEN 1 ELSE 0 END) AS "unpricedCalls"`
      : `sum(l."${name}") AS "${name}"`,
  )
  .join(', ')
// More would tell a person no more.
const DISAGREEMENTS_MAX = 100

/**
 * Reads the request logs that are kept and compares them with the rollups and, unless it is asked for a part by `sinceMs`, the
 * counters of the keys none of whose logs has aged out. Takes seconds over millions of rows, none of them on the calling thread
 * for SQLite. Meant for a ledger at rest: what is ingested while it reads may show as a disagreement.
 */
export async function verifyLedger(store: Store, part: VerifiedPart = {}): Promise<Verification> {
  const { sinceMs = null, logsBeforeMs = null, rollupsBeforeMs = null } = part
  const oldest = await oldestLogMs(store)
  const rollupStart = await oldestBucketMs(store)
  // Where the rollups begin earlier, logs have aged out: the hour of the oldest one that is left is not whole.
  const expired =
    oldest !== null && rollupStart !== null && rollupStart < Math.floor(oldest / HOUR_MS) * HOUR_MS
  const wholeFrom = oldest === null ? 0 : expired ? nextHour(oldest) : Math.floor(oldest / HOUR_MS) * HOUR_MS
  const fromMs = Math.max(wholeFrom, nextHour(sinceMs ?? 0), nextHour(rollupsBeforeMs ?? 0))
  const disagreements: Disagreement[] = []
  const rows = await compareHours(store, fromMs, disagreements)
  for (const dimension of USAGE_DIMENSIONS) await compareDimension(store, dimension, fromMs, disagreements)
  await compareKeyModels(store, fromMs, disagreements)
  // Where sums age first, they do not tell whether logs have.
  const rollupsExpired = oldest !== null && rollupsBeforeMs !== null && oldest < rollupsBeforeMs
  const madeSinceMs = rollupsExpired ? (logsBeforeMs ?? 0) : 0
  if (sinceMs === null && !expired) await compareCounters(store, madeSinceMs, disagreements)
  return { fromMs, rows, disagreements: disagreements.slice(0, DISAGREEMENTS_MAX) }
}

/** The first whole hour from this instant on. */
function nextHour(atMs: number): number {
  return Math.ceil(atMs / HOUR_MS) * HOUR_MS
}

/** Hour by hour, rows against TOTAL_HOUR. Answers how many rows there were. */
async function compareHours(store: Store, fromMs: number, found: Disagreement[]): Promise<number> {
  const startedAt = readInstant(store.kind, 'l."startedAt"')
  const byRows = await store.sql.scan(
    `SELECT ${startedAt} / ${HOUR_MS} AS bucket, count(*) AS calls,
       sum(CASE WHEN l."outcome" = 'SUCCESS' THEN 1 ELSE 0 END) AS successes,
       ${SUMS_OF_ROWS}
     FROM "RequestLog" l WHERE l."id" >= $1 GROUP BY 1`,
    [firstIdAt(fromMs)],
  )
  const byRollups = await store.sql.scan(
    `SELECT "bucket", ${ROLLUP_TOTALS.map((name) => `"${name}"`).join(', ')}
     FROM "UsageRollup" WHERE "kind" = 'TOTAL_HOUR' AND "apiKeyId" = 0 AND "bucket" >= $1`,
    [Math.floor(fromMs / HOUR_MS)],
  )
  const totals = new Map(byRollups.map((row) => [Number(row.bucket), row]))
  let rows = 0
  for (const row of byRows) {
    rows += Number(row.calls)
    compareRow(hourName(Number(row.bucket)), row, totals.get(Number(row.bucket)), found)
    totals.delete(Number(row.bucket))
  }
  for (const [bucket, row] of totals) compareRow(hourName(bucket), undefined, row, found)
  return rows
}

/** The hours of a dimension against the hours in all, and its whole days against its hours. */
async function compareDimension(
  store: Store,
  dimension: UsageDimension,
  fromMs: number,
  found: Disagreement[],
): Promise<void> {
  const hour = Math.floor(fromMs / HOUR_MS)
  const day = Math.ceil(fromMs / DAY_MS)
  const totalsOf = async (kind: string, from: number, grain: 'HOUR' | 'DAY') => {
    const [row] = await store.sql.scan(
      `SELECT ${ROLLUP_TOTALS.map((name) => `sum("${name}") AS "${name}"`).join(', ')}
       FROM "UsageRollup" WHERE "kind" = $1 AND "apiKeyId" = 0 AND "bucket" >= $2`,
      [kind, from],
    )
    return { row, grain, ms: GRAIN_MS[grain] }
  }
  const hours = await totalsOf(`${dimension}_HOUR`, hour, 'HOUR')
  // Calls without a known key are in no sum of a key.
  const whole =
    dimension === 'KEY' ? await keyedRows(store, fromMs) : (await totalsOf('TOTAL_HOUR', hour, 'HOUR')).row
  compareRow(`${dimension}_HOUR`, whole, hours.row, found)
  const days = await totalsOf(`${dimension}_DAY`, day, 'DAY')
  compareRow(`${dimension}_DAY`, (await totalsOf(`${dimension}_HOUR`, day * 24, 'HOUR')).row, days.row, found)
}

/** The hours that budgets are counted by, against the rows. */
async function compareKeyModels(store: Store, fromMs: number, found: Disagreement[]): Promise<void> {
  const [totals] = await store.sql.scan(
    `SELECT ${ROLLUP_TOTALS.map((name) => `sum("${name}") AS "${name}"`).join(', ')}
     FROM "UsageRollup" WHERE "kind" = 'KEY_MODEL_HOUR' AND "bucket" >= $1`,
    [Math.floor(fromMs / HOUR_MS)],
  )
  compareRow('KEY_MODEL_HOUR', await keyedRows(store, fromMs), totals, found)
}

async function keyedRows(store: Store, fromMs: number): Promise<SqlRow | undefined> {
  const [row] = await store.sql.scan(
    `SELECT count(*) AS calls, sum(CASE WHEN l."outcome" = 'SUCCESS' THEN 1 ELSE 0 END) AS successes,
       ${SUMS_OF_ROWS}
     FROM "RequestLog" l WHERE l."id" >= $1 AND l."apiKeyId" IS NOT NULL`,
    [firstIdAt(fromMs)],
  )
  return row
}

/** The counters of the keys that were made from then on. */
async function compareCounters(store: Store, madeSinceMs: number, found: Disagreement[]): Promise<void> {
  const madeAt = readInstant(store.kind, 'k."createdAt"')
  const rows = await store.sql.scan(
    `SELECT k."id" AS id, k."usageCount" AS counter, coalesce(u.calls, 0) AS calls FROM "ApiKey" k
     LEFT JOIN (SELECT "apiKeyId", count(*) AS calls FROM "RequestLog" WHERE "outcome" <> 'DENIED' GROUP BY 1) u
       ON u."apiKeyId" = k."id"
     WHERE k."usageCount" <> coalesce(u.calls, 0) AND ${madeAt} >= $1`,
    [madeSinceMs],
  )
  for (const row of rows) {
    found.push({ what: `key_${row.id} usageCount`, rows: Number(row.calls), totals: Number(row.counter) })
  }
}

function compareRow(
  what: string,
  rows: SqlRow | undefined,
  totals: SqlRow | undefined,
  found: Disagreement[],
): void {
  for (const name of ROLLUP_TOTALS) {
    const [byRows, byRollups] = [Number(rows?.[name] ?? 0), Number(totals?.[name] ?? 0)]
    if (byRows !== byRollups) found.push({ what: `${what} ${name}`, rows: byRows, totals: byRollups })
  }
}

async function oldestLogMs(store: Store): Promise<number | null> {
  const startedAt = readInstant(store.kind, 'l."startedAt"')
  const [row] = await store.sql.scan(
    `SELECT ${startedAt} AS at FROM "RequestLog" l ORDER BY l."id" LIMIT 1`,
    [],
  )
  return row === undefined ? null : Number(row.at)
}

async function oldestBucketMs(store: Store): Promise<number | null> {
  const [row] = await store.sql.scan(
    `SELECT min("bucket") AS bucket FROM "UsageRollup" WHERE "kind" = 'TOTAL_HOUR' AND "apiKeyId" = 0`,
    [],
  )
  return row?.bucket === null || row?.bucket === undefined ? null : Number(row.bucket) * HOUR_MS
}

function hourName(bucket: number): string {
  return `TOTAL_HOUR ${new Date(bucket * HOUR_MS).toISOString()}`
}
