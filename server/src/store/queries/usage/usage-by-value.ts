// Usage by value: totals of rollups or of request logs, ranked, without histograms, so that any number of values can be ranked.
import { OTHER_TAGS } from '../../../domain/usage/attributed-rollups.ts'
import { DELETED_KEYS, emptyRollup, ROLLUP_TOTALS, type RollupTotals } from '../../../domain/usage/rollup.ts'
import type { UsagePart } from '../../../domain/usage/rollup-changes.ts'
import { firstIdAt } from '../../../domain/uuid.ts'
import { SQL, type SqlRow, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { idBytes } from '../request-log-where.ts'
import { KEYS_TO_REMOVE } from '../usage-rollups.ts'
import { totalOfLogs } from '../verification.ts'

export const USAGE_RANKS = [
  'CALLS',
  'COST',
  'UNPRICED',
  'CACHE_SAVED',
  'CALLS_CHANGE',
  'COST_CHANGE',
] as const
/** What values are ranked by, the highest first; a change is the distance to the period before, up or down. */
export type UsageOrder = (typeof USAGE_RANKS)[number]

/** What the values of the rollups are taken for: themselves, or the owner or the label of the key that they name, as it is now. */
export type ValueOf =
  | { kind: 'ITSELF' }
  | { kind: 'KEY' }
  | { kind: 'OWNER' }
  | { kind: 'LABEL'; name: string }
  /** Tags, which are themselves; `name`: those of this name alone, and what stands for many; null: all. */
  | { kind: 'TAG'; name: string | null }

export type ByValueQuery = {
  parts: UsagePart[]
  /** Of the period before; empty: it is not asked for. */
  before: UsagePart[]
  /** 0 but for KEY_MODEL_HOUR. */
  apiKeyId: number
  valuesAre: ValueOf
  /** Of the keys of these owners alone, where the rollups are by key; null: of all. */
  owners: readonly number[] | null
  rank: UsageOrder
  first: number
  /** The place of the last value that is known already; `rank` as it was returned. */
  after?: { rank: number; value: string }
}

export type ValueTotals = { value: string; rank: number; totals: RollupTotals; before: RollupTotals }

/** Over sums of `s`, in which the totals of the period before begin with `p_`. */
export const RANKS: Record<UsageOrder, string> = {
  CALLS: 'sum(s."calls")',
  COST: 'sum(s."costNanoUsd")',
  UNPRICED: 'sum(s."unpricedCalls")',
  CACHE_SAVED: 'sum(s."cacheSavedNanoUsd")',
  CALLS_CHANGE: 'abs(sum(s."calls") - sum(s."p_calls"))',
  COST_CHANGE: 'abs(sum(s."costNanoUsd") - sum(s."p_costNanoUsd"))',
}

/** The values in the order of the rank, and of their text where it is the same. Those without a call in either period are omitted. */
export async function sumByValue(
  store: Store,
  { parts, before, apiKeyId, valuesAre, owners, rank, first, after }: ByValueQuery,
): Promise<ValueTotals[]> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const stretch = ({ kind, from, to }: UsagePart, isBefore: boolean) => {
    const own = ROLLUP_TOTALS.map((name) => `${isBefore ? '0' : `r."${name}"`} AS "${name}"`)
    const other = ROLLUP_TOTALS.map((name) => `${isBefore ? `r."${name}"` : '0'} AS "p_${name}"`)
    return `SELECT r."value", ${own.join(', ')}, ${other.join(', ')} FROM "UsageRollup" r
      WHERE r."kind" = ${at(kind)} AND r."apiKeyId" = ${apiKeyId} AND r."bucket" >= ${at(from)} AND r."bucket" < ${at(to)}`
  }
  const stretches = [
    ...parts.map((part) => stretch(part, false)),
    ...before.map((part) => stretch(part, true)),
  ]
  if (stretches.length === 0) return []
  const { value, join } = valueSql(valuesAre, at)
  const restriction =
    valuesAre.kind === 'TAG' && valuesAre.name !== null
      ? `WHERE (substr(u."value", 1, ${valuesAre.name.length + 1}) = ${at(`${valuesAre.name}=`)} OR u."value" = '${OTHER_TAGS}')`
      : owners === null
        ? ''
        : `WHERE u."value" IN (SELECT CAST("id" AS TEXT) FROM "ApiKey" WHERE "ownerId" IN (${owners.map(at).join(', ') || 'NULL'}))`
  const ranked = RANKS[rank]
  const place =
    after === undefined
      ? ''
      : `AND (${ranked} < ${at(after.rank)} OR (${ranked} = ${at(after.rank)} AND s."value" > ${at(after.value)}))`
  const sums = ROLLUP_TOTALS.flatMap((name) => [
    `sum(s."${name}") AS "${name}"`,
    `sum(s."p_${name}") AS "p_${name}"`,
  ])
  const columns = ROLLUP_TOTALS.flatMap((name) => [`u."${name}"`, `u."p_${name}"`])
  const rows = await store[SQL].scan(
    `SELECT s."value", ${ranked} AS "rank", ${sums.join(', ')}
     FROM (SELECT ${value} AS "value", ${columns.join(', ')} FROM (${stretches.join(' UNION ALL ')}) u ${join} ${restriction}) s
     GROUP BY s."value" HAVING sum(s."calls") + sum(s."p_calls") > 0 ${place}
     ORDER BY 2 DESC, 1 LIMIT ${Math.trunc(first)}`,
    values,
  )
  return rows.map((row) => ({
    value: String(row.value),
    rank: Number(row.rank),
    totals: totalsFrom(row, ''),
    before: totalsFrom(row, 'p_'),
  }))
}

/** The value of a row of `u`, whose own is the number of a key where it stands for one. */
export function valueSql(
  valuesAre: ValueOf,
  at: (value: SqlValue) => string,
): { value: string; join: string } {
  const key = `LEFT JOIN "ApiKey" k ON CAST(k."id" AS TEXT) = u."value"`
  switch (valuesAre.kind) {
    case 'ITSELF':
    case 'TAG':
      return { value: 'u."value"', join: '' }
    case 'KEY':
      return {
        value: `(CASE WHEN u."value" IN (${KEYS_TO_REMOVE}) THEN '${DELETED_KEYS}' ELSE u."value" END)`,
        join: '',
      }
    case 'OWNER':
      return { value: `coalesce(CAST(k."ownerId" AS TEXT), '')`, join: key }
    case 'LABEL':
      return {
        value: `coalesce(l."value", '')`,
        join: `LEFT JOIN "ApiKeyLabel" l ON CAST(l."apiKeyId" AS TEXT) = u."value" AND l."name" = ${at(valuesAre.name)}`,
      }
  }
}

export const LOGGED_VALUES = [
  'errorCode',
  'requestedModel',
  'upstream',
  'endpoint',
  'outcome',
  'apiKeyId',
] as const
/** A column of request logs that calls are summed by. */
export type LoggedValue = (typeof LOGGED_VALUES)[number]

export type LoggedTotals = { value: string; inner: string; totals: RollupTotals }

// Pairs of values that are read: a client can name any model.
const PAIRS_MAX = 5_000

/**
 * The request logs of a range by one column, or by two, most calls first. Reads every row of the range down to the id `end`, included; null:
 * all; and none from the id `olderThan` on; null: up to the end. Logs without a value of `errorCode` are omitted where they are summed by it; of other columns they are ''.
 */
export async function sumLogs(
  store: Store,
  {
    by,
    within,
    fromMs,
    toMs,
    end,
    olderThan,
  }: {
    by: LoggedValue
    within: LoggedValue | null
    fromMs: number
    toMs: number
    end: string | null
    olderThan: string | null
  },
): Promise<LoggedTotals[]> {
  const values: SqlValue[] = [firstIdAt(fromMs), firstIdAt(toMs)]
  const down = end === null ? '' : `AND l."id" >= $${values.push(idBytes(end))}`
  const up = olderThan === null ? '' : `AND l."id" < $${values.push(idBytes(olderThan))}`
  const named = (column: LoggedValue) =>
    column === 'requestedModel'
      ? `CASE WHEN l."errorCode" = 'model_not_found' THEN '' ELSE coalesce(l."requestedModel", '') END`
      : `coalesce(CAST(l."${column}" AS TEXT), '')`
  const codes = by === 'errorCode' || within === 'errorCode' ? 'AND l."errorCode" IS NOT NULL' : ''
  const rows = await store[SQL].scan(
    `SELECT ${named(by)} AS "value", ${within === null ? `''` : named(within)} AS "inner",
       ${ROLLUP_TOTALS.map((name) => `${totalOfLogs(name)} AS "${name}"`).join(', ')}
     FROM "RequestLog" l WHERE l."id" >= $1 AND l."id" < $2 ${down} ${up} ${codes}
       AND NOT EXISTS (SELECT 1 FROM "KeyRemoval" r WHERE r."apiKeyId" = l."apiKeyId")
     GROUP BY 1, 2 ORDER BY ${totalOfLogs('calls')} DESC, 1, 2 LIMIT ${PAIRS_MAX}`,
    values,
  )
  return rows.map((row) => ({
    value: String(row.value),
    inner: String(row.inner),
    totals: totalsFrom(row, ''),
  }))
}

/** Reads the totals of a row of sums. */
export function totalsFrom(row: SqlRow, prefix: '' | 'p_'): RollupTotals {
  const { durations, firstTokens, ...totals } = emptyRollup()
  for (const name of ROLLUP_TOTALS) totals[name] = Number(row[`${prefix}${name}`] ?? 0)
  return totals
}
