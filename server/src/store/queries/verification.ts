// What `latchkey ledger verify` compares: totals of request logs, totals of rollups, and the counters of keys.
import type { Outcome } from '../../domain/logs/call-record.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { ROLLUP_TOTALS, type RollupKind, type RollupTotals } from '../../domain/usage/rollup.ts'
import { firstIdAt } from '../../domain/uuid.ts'
import { readInstant } from '../instants.ts'
import { SQL, type SqlRow } from '../sql.ts'
import type { Store } from '../store.ts'

/** Totals of one hour, in hours since the epoch. */
export type HourTotals = { hour: number; totals: RollupTotals }

const TOTALS_OF_LOGS = ROLLUP_TOTALS.map((name) => `${totalOfLogs(name)} AS "${name}"`).join(', ')
const TOTALS = ROLLUP_TOTALS.map((name) => `"${name}"`).join(', ')
const SUMMED_TOTALS = ROLLUP_TOTALS.map((name) => `sum("${name}") AS "${name}"`).join(', ')

/** Request logs since an instant, by the hour. Hours without a log are left out. */
export async function totalsOfLogsByHour(store: Store, fromMs: number): Promise<HourTotals[]> {
  const startedAt = readInstant(store.kind, 'l."startedAt"')
  const rows = await store[SQL].scan(
    `SELECT ${startedAt} / ${HOUR_MS} AS bucket, ${TOTALS_OF_LOGS}
     FROM "RequestLog" l WHERE l."id" >= $1 GROUP BY 1`,
    [firstIdAt(fromMs)],
  )
  return rows.map((row) => ({ hour: Number(row.bucket), totals: totalsFromRow(row) }))
}

/** Request logs that have a key, since an instant. */
export async function totalsOfKeyedLogs(store: Store, fromMs: number): Promise<RollupTotals> {
  const [row] = await store[SQL].scan(
    `SELECT ${TOTALS_OF_LOGS} FROM "RequestLog" l WHERE l."id" >= $1 AND l."apiKeyId" IS NOT NULL`,
    [firstIdAt(fromMs)],
  )
  return totalsFromRow(row)
}

/** The hourly rollups of all calls, or of those of deleted keys, since an hour. */
export async function rollupsByHour(
  store: Store,
  kind: 'TOTAL_HOUR' | 'DELETED_TOTAL_HOUR',
  fromHour: number,
): Promise<HourTotals[]> {
  const rows = await store[SQL].scan(
    `SELECT "bucket", ${TOTALS}
     FROM "UsageRollup" WHERE "kind" = $1 AND "apiKeyId" = 0 AND "bucket" >= $2`,
    [kind, fromHour],
  )
  return rows.map((row) => ({ hour: Number(row.bucket), totals: totalsFromRow(row) }))
}

/** The rollups of one kind together, since a bucket; of KEY_MODEL_HOUR those of every key. */
export async function totalsOfRollups(
  store: Store,
  kind: RollupKind,
  fromBucket: number,
): Promise<RollupTotals> {
  const ofAllCalls = kind === 'KEY_MODEL_HOUR' ? '' : 'AND "apiKeyId" = 0'
  const [row] = await store[SQL].scan(
    `SELECT ${SUMMED_TOTALS} FROM "UsageRollup" WHERE "kind" = $1 ${ofAllCalls} AND "bucket" >= $2`,
    [kind, fromBucket],
  )
  return totalsFromRow(row)
}

/** Keys created at an instant or later whose counter of uses is not the number of their request logs. */
export async function keysWithWrongCounter(
  store: Store,
  createdSinceMs: number,
): Promise<{ id: number; counter: number; calls: number }[]> {
  const createdAt = readInstant(store.kind, 'k."createdAt"')
  const rows = await store[SQL].scan(
    `SELECT k."id" AS id, k."usageCount" AS counter, coalesce(u.calls, 0) AS calls FROM "ApiKey" k
     LEFT JOIN (SELECT "apiKeyId", count(*) AS calls FROM "RequestLog" WHERE "outcome" <> 'DENIED' GROUP BY 1) u
       ON u."apiKeyId" = k."id"
     WHERE k."usageCount" <> coalesce(u.calls, 0) AND ${createdAt} >= $1`,
    [createdSinceMs],
  )
  return rows.map(({ id, counter, calls }) => ({
    id: Number(id),
    counter: Number(counter),
    calls: Number(calls),
  }))
}

/** When the oldest request log began, in milliseconds since the epoch; null where there is none. */
export async function oldestRequestLogMs(store: Store): Promise<number | null> {
  const startedAt = readInstant(store.kind, 'l."startedAt"')
  const [row] = await store[SQL].scan(
    `SELECT ${startedAt} AS at FROM "RequestLog" l ORDER BY l."id" LIMIT 1`,
    [],
  )
  return row === undefined ? null : Number(row.at)
}

/** An instant within the first hour that has a call of a deleted key, in milliseconds since the epoch; null where there is none. */
export async function firstDeletedCallMs(store: Store): Promise<number | null> {
  const [row] = await store[SQL].scan(
    `SELECT min("bucket") AS bucket FROM "UsageRollup" WHERE "kind" = 'DELETED_TOTAL_HOUR' AND "apiKeyId" = 0`,
    [],
  )
  return typeof row?.bucket === 'number' ? row.bucket * HOUR_MS + 1 : null
}

/** What one total of a rollup is over request logs. `addRecord` in domain/usage/rollup.ts does the same for a record. */
export function totalOfLogs(name: keyof RollupTotals): string {
  switch (name) {
    case 'calls':
      return 'sum(coalesce(l."calls", 1))'
    case 'durationMs':
      return 'sum(CAST(l."durationMs" AS BIGINT) * coalesce(l."calls", 1))'
    case 'successes':
      return callsOf('SUCCESS')
    case 'denied':
      return callsOf('DENIED')
    case 'cancelled':
      return callsOf('CANCELLED')
    case 'interrupted':
      return callsOf('INTERRUPTED')
    case 'unpricedCalls':
      return `sum(CASE WHEN l."receipt" IS NOT NULL AND l."costNanoUsd" IS NULL THEN 1 ELSE 0 END)`
    default:
      return `sum(l."${name}")`
  }
}

function callsOf(outcome: Outcome): string {
  return `sum(CASE WHEN l."outcome" = '${outcome}' THEN coalesce(l."calls", 1) ELSE 0 END)`
}

/** A sum over no rows is null in SQL, and 0 here. */
function totalsFromRow(row: SqlRow | undefined): RollupTotals {
  const total = (name: keyof RollupTotals) => Number(row?.[name] ?? 0)
  return {
    calls: total('calls'),
    successes: total('successes'),
    denied: total('denied'),
    cancelled: total('cancelled'),
    interrupted: total('interrupted'),
    durationMs: total('durationMs'),
    inputTokens: total('inputTokens'),
    outputTokens: total('outputTokens'),
    cachedInputTokens: total('cachedInputTokens'),
    reasoningTokens: total('reasoningTokens'),
    costNanoUsd: total('costNanoUsd'),
    reservedNanoUsd: total('reservedNanoUsd'),
    unpricedCalls: total('unpricedCalls'),
    cacheWriteInputTokens: total('cacheWriteInputTokens'),
    cacheSavedNanoUsd: total('cacheSavedNanoUsd'),
    requestBytes: total('requestBytes'),
    responseBytes: total('responseBytes'),
  }
}
