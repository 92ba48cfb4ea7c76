// Usage as reports and budgets ask for it: from rollups, and from request logs where rollups are not fine enough.
import {
  DELETED_KEYS,
  deletedKindOf,
  type ReportDimension,
  type RollupKind,
} from '../../domain/usage/rollup.ts'
import type { UsagePart } from '../../domain/usage/rollup-changes.ts'
import { firstIdAt } from '../../domain/uuid.ts'
import { SQL, type SqlRow, type SqlValue } from '../sql.ts'
import type { Store } from '../store.ts'
import { type BinCount, binCountFrom, OUTCOME_TOTALS } from './request-log-counts.ts'
import { KEYS_TO_REMOVE, SPENT_IN_LOG, SPENT_IN_ROLLUP } from './usage-rollups.ts'

export type ModelCalls = { model: string | null; requests: number; tokens: number }
export type ModelSpend = { model: string | null; costNanoUsd: number }

/** Calls of a key that were sent to an upstream since an instant, by requested model. Calls without usage add no tokens. */
export async function readModelCalls(store: Store, apiKeyId: number, sinceMs: number): Promise<ModelCalls[]> {
  const rows = await store[SQL].scan(
    `SELECT l."requestedModel" AS model, count(*) AS requests,
       sum(coalesce(l."inputTokens", 0) + coalesce(l."outputTokens", 0)) AS tokens
     FROM "RequestLog" l WHERE l."apiKeyId" = $1 AND l."id" >= $2 AND l."upstream" IS NOT NULL
     GROUP BY 1`,
    [apiKeyId, firstIdAt(sinceMs)],
  )
  return rows.map(({ model, requests, tokens }) => ({
    model: typeof model === 'string' ? model : null,
    requests: Number(requests),
    tokens: Number(tokens),
  }))
}

/** What budgets count of a key's calls by requested model since the beginning of an hour, from rollups; `withPast`: and in all expired hours. */
export async function readModelSpend(
  store: Store,
  apiKeyId: number,
  fromHour: number,
  withPast: boolean,
): Promise<ModelSpend[]> {
  // One statement, so that an hour that is carried over meanwhile is counted once.
  const rows = await store[SQL].scan(
    `SELECT "value" AS model, sum(${SPENT_IN_ROLLUP}) AS cost FROM "UsageRollup"
     WHERE "apiKeyId" = $1 AND (("kind" = 'KEY_MODEL_HOUR' AND "bucket" >= $2)${withPast ? ` OR "kind" = 'KEY_MODEL_PAST'` : ''})
     GROUP BY 1`,
    [apiKeyId, fromHour],
  )
  return rows.map(spendFromRow)
}

/** What budgets count of a key's calls by requested model in a range of time, from the request logs. */
export async function readLoggedSpend(
  store: Store,
  apiKeyId: number,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<ModelSpend[]> {
  const rows = await store[SQL].scan(
    `SELECT l."requestedModel" AS model, sum(${SPENT_IN_LOG}) AS cost FROM "RequestLog" l
     WHERE l."apiKeyId" = $1 AND l."id" >= $2 AND l."id" < $3 GROUP BY 1`,
    [apiKeyId, firstIdAt(fromMs), firstIdAt(toMs)],
  )
  return rows.map(spendFromRow)
}

/** True where any request log began before an instant. */
export async function hasRequestLogBefore(store: Store, ms: number): Promise<boolean> {
  const rows = await store[SQL].all('SELECT 1 AS one FROM "RequestLog" l WHERE l."id" < $1 LIMIT 1', [
    firstIdAt(ms),
  ])
  return rows.length > 0
}

/** The first hour that has a rollup of all calls, in hours since the epoch; null where there is none. */
export async function firstRollupHour(store: Store): Promise<number | null> {
  const [row] = await store[SQL].all(
    `SELECT min("bucket") AS bucket FROM "UsageRollup" WHERE "kind" = 'TOTAL_HOUR' AND "apiKeyId" = 0`,
    [],
  )
  return typeof row?.bucket === 'number' ? row.bucket : null
}

/**
 * The values with the most calls, or the highest cost, over parts of rollups. Of equals, the one with more calls comes first.
 * `withDeleted`: calls of deleted keys count, in the dimension KEY as one value; else they are omitted, as their request logs are.
 */
export async function rankValues(
  store: Store,
  {
    dimension,
    apiKeyId,
    parts,
    first,
    rank,
    withDeleted,
  }: {
    dimension: ReportDimension
    apiKeyId: number
    parts: UsagePart[]
    first: number
    rank: 'CALLS' | 'COST'
    withDeleted: boolean
  },
): Promise<{ value: string; calls: number }[]> {
  const values: SqlValue[] = [apiKeyId]
  const at = (value: SqlValue) => `$${values.push(value)}`
  const stretch = (kind: RollupKind, { from, to }: UsagePart, sign: '' | '-') =>
    `SELECT "value", ${sign}"calls" AS "calls", ${sign}"costNanoUsd" AS "costNanoUsd" FROM "UsageRollup"
     WHERE "kind" = ${at(kind)} AND "apiKeyId" = $1 AND "bucket" >= ${at(from)} AND "bucket" < ${at(to)}`
  const stretches = parts.map((part) => stretch(part.kind, part, ''))
  for (const part of withDeleted ? [] : parts) {
    const deleted = deletedKindOf(part.kind)
    if (deleted !== null) stretches.push(stretch(deleted, part, '-'))
  }
  const isDeleted = `"value" IN (${KEYS_TO_REMOVE})`
  const ofKeys = dimension === 'KEY'
  const value =
    ofKeys && withDeleted ? `CASE WHEN ${isDeleted} THEN '${DELETED_KEYS}' ELSE "value" END` : '"value"'
  const notDeleted = ofKeys && !withDeleted ? `WHERE NOT ${isDeleted} AND "value" <> '${DELETED_KEYS}'` : ''
  const rows = await store[SQL].scan(
    `SELECT ${value} AS "value", sum("calls") AS calls FROM (${stretches.join(' UNION ALL ')}) u ${notDeleted}
     GROUP BY 1 HAVING sum("calls") > 0 ORDER BY ${rank === 'COST' ? 'sum("costNanoUsd") DESC, ' : ''}2 DESC, 1 LIMIT ${Math.trunc(first)}`,
    values,
  )
  return rows.map((row) => ({ value: String(row.value), calls: Number(row.calls) }))
}

/**
 * Calls by bin from hourly rollups: bin 0 begins at the hour `from`, each is `perBin` hours long, `to` is not included.
 * `values`: of these values alone, at least one; null: of all.
 */
export async function callsByHours(
  store: Store,
  {
    kind,
    values: only,
    from,
    to,
    perBin,
  }: { kind: RollupKind; values: string[] | null; from: number; to: number; perBin: number },
): Promise<BinCount[]> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const deleted = deletedKindOf(kind)
  // Of deleted keys there are no request logs.
  const sum = (name: string) =>
    deleted === null
      ? `sum("${name}")`
      : `sum(CASE WHEN "kind" = '${deleted}' THEN -"${name}" ELSE "${name}" END)`
  const kinds = deleted === null ? [kind] : [kind, deleted]
  const rows = await store[SQL].scan(
    `SELECT ("bucket" - ${from}) / ${perBin} AS bin, ${sum('calls')} AS calls,
       ${OUTCOME_TOTALS.map((name) => `${sum(name)} AS "${name}"`).join(', ')}
     FROM "UsageRollup" WHERE "kind" IN (${kinds.map(at).join(', ')}) AND "apiKeyId" = 0 AND "bucket" >= ${from} AND "bucket" < ${to}
       ${only === null ? '' : `AND "value" IN (${only.map(at).join(', ')})`}
     GROUP BY 1`,
    values,
  )
  return rows.map(binCountFrom)
}

function spendFromRow({ model, cost }: SqlRow): ModelSpend {
  return {
    model: typeof model === 'string' && model !== '' ? model : null,
    costNanoUsd: Number(cost ?? 0),
  }
}
