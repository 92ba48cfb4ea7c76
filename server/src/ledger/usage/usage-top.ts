// The values of a dimension that most calls had, or that cost most, by the sums alone.
import type { UsageDimension } from '../../domain/usage/rollup.ts'
import type { UsagePart } from '../../domain/usage/rollup-changes.ts'
import type { SqlValue } from '../../store/sql.ts'
import type { Store } from '../../store/store.ts'
import { type Hours, partsOf } from './usage-range.ts'

export type TopQuery = {
  dimension: UsageDimension
  /** 0: of all calls. One key's calls can be told apart by MODEL alone. */
  apiKeyId: number
  hours: Hours
  first: number
  rank: UsageRank
}

/** What groups are ranked by. */
export type UsageRank = 'CALLS' | 'COST'

/** The most first; of equals, the one with more calls. '' stands for calls that named nothing. Keys whose logs are still being removed are gone already. */
export async function topValues(
  store: Store,
  { dimension, apiKeyId, hours, first, rank }: TopQuery,
): Promise<{ value: string; calls: number }[]> {
  const parts: UsagePart[] =
    apiKeyId === 0 ? partsOf(dimension, hours) : [{ kind: 'KEY_MODEL_HOUR', ...hours }]
  const values: SqlValue[] = [apiKeyId]
  const at = (value: SqlValue) => `$${values.push(value)}`
  const stretches = parts.map(
    ({ kind, from, to }) => `SELECT "value", "calls", "costNanoUsd" FROM "UsageRollup"
     WHERE "kind" = ${at(kind)} AND "apiKeyId" = $1 AND "bucket" >= ${at(from)} AND "bucket" < ${at(to)}`,
  )
  const disconnected =
    dimension === 'KEY' ? 'WHERE "value" NOT IN (SELECT CAST("apiKeyId" AS TEXT) FROM "KeyRemoval")' : ''
  const rows = await store.sql.scan(
    `SELECT "value", sum("calls") AS calls FROM (${stretches.join(' UNION ALL ')}) u ${disconnected}
     GROUP BY "value" ORDER BY ${rank === 'COST' ? 'sum("costNanoUsd") DESC, ' : ''}2 DESC, 1 LIMIT ${Math.trunc(first)}`,
    values,
  )
  return rows.map((row) => ({ value: String(row.value), calls: Number(row.calls) }))
}
