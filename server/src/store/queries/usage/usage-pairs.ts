// Usage by two values at once, each the model, or the key, or its owner or label as it is now: from the rollups of keys, or of keys and models,
// so that a pair is exact at any number of calls.
import { ROLLUP_TOTALS, type RollupTotals } from '../../../domain/usage/rollup.ts'
import type { UsagePart } from '../../../domain/usage/rollup-changes.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { RANKS, totalsFrom, type UsageOrder, type ValueOf, valueSql } from './usage-by-value.ts'

/** The model, or what keys are taken for. */
export type PairValue = { kind: 'MODEL' } | Exclude<ValueOf, { kind: 'ITSELF' } | { kind: 'TAG' }>

export type PairsQuery = {
  /** Of KEY_MODEL_HOUR where one of the two is the model, else of KEY_HOUR and KEY_DAY. */
  parts: UsagePart[]
  /** Of the period before. */
  before: UsagePart[]
  outer: PairValue
  /** Of another kind. */
  inner: PairValue
  /** The outer values. */
  values: readonly string[]
  /** Of the keys of these owners alone; null: of all. */
  owners: readonly number[] | null
  rank: UsageOrder
  /** How many within each. */
  first: number
}

export type PairTotals = { value: string; inner: string; totals: RollupTotals; before: RollupTotals }

/** The inner values of each outer one, in the order of the rank. Of deleted keys the models are not known. */
export async function sumPairs(
  store: Store,
  { parts, before, outer, inner, values: wanted, owners, rank, first }: PairsQuery,
): Promise<PairTotals[]> {
  if (wanted.length === 0 || parts.length === 0) return []
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const stretch = ({ kind, from, to }: UsagePart, isBefore: boolean) => {
    const own = ROLLUP_TOTALS.map((name) => `${isBefore ? '0' : `r."${name}"`} AS "${name}"`)
    const other = ROLLUP_TOTALS.map((name) => `${isBefore ? `r."${name}"` : '0'} AS "p_${name}"`)
    const [key, model, only] =
      kind === 'KEY_MODEL_HOUR'
        ? ['CAST(r."apiKeyId" AS TEXT)', 'r."value"', '']
        : ['r."value"', `''`, 'AND r."apiKeyId" = 0']
    return `SELECT ${key} AS "value", ${model} AS "model", ${own.join(', ')}, ${other.join(', ')}
      FROM "UsageRollup" r WHERE r."kind" = ${at(kind)} ${only} AND r."bucket" >= ${at(from)} AND r."bucket" < ${at(to)}`
  }
  const stretches = [
    ...parts.map((part) => stretch(part, false)),
    ...before.map((part) => stretch(part, true)),
  ]
  const sqlOf = (of: PairValue) => (of.kind === 'MODEL' ? { value: 'u."model"', join: '' } : valueSql(of, at))
  const [{ value: outerValue, join: outerJoin }, { value: innerValue, join: innerJoin }] = [
    sqlOf(outer),
    sqlOf(inner),
  ]
  const restriction =
    owners === null
      ? ''
      : `AND u."value" IN (SELECT CAST("id" AS TEXT) FROM "ApiKey" WHERE "ownerId" IN (${owners.map(at).join(', ') || 'NULL'}))`
  const totals = ROLLUP_TOTALS.flatMap((name) => [
    `sum(s."${name}") AS "${name}"`,
    `sum(s."p_${name}") AS "p_${name}"`,
  ])
  const columns = ROLLUP_TOTALS.flatMap((name) => [`u."${name}"`, `u."p_${name}"`])
  const rows = await store[SQL].scan(
    `SELECT * FROM (
       SELECT s."outer", s."inner", ${totals.join(', ')},
         row_number() OVER (PARTITION BY s."outer" ORDER BY ${RANKS[rank]} DESC, s."inner") AS "place"
       FROM (SELECT ${outerValue} AS "outer", ${innerValue} AS "inner", ${columns.join(', ')}
         FROM (${stretches.join(' UNION ALL ')}) u ${outerJoin} ${innerJoin}
         WHERE ${outerValue} IN (${wanted.map(at).join(', ')}) ${restriction}) s
       GROUP BY s."outer", s."inner" HAVING sum(s."calls") + sum(s."p_calls") > 0) p
     WHERE p."place" <= ${Math.trunc(first)} ORDER BY p."outer", p."place"`,
    values,
  )
  return rows.map((row) => ({
    value: String(row.outer),
    inner: String(row.inner),
    totals: totalsFrom(row, ''),
    before: totalsFrom(row, 'p_'),
  }))
}
