// Pages of API keys in any of their orders, by key and never by offset: what is equal is ordered by the number. Never used comes as the
// least, never to expire as the greatest.
import type {
  ApiKeyFilter,
  ApiKeyPlace,
  ApiKeySort,
  ApiKeySortField,
} from '../../../domain/keys/api-key-query.ts'
import { DAY_MS } from '../../../domain/time.ts'
import { readInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { DatabaseKind, Store } from '../../store.ts'
import { keyConditions } from '../api-keys.ts'

/** After every instant that there is: the latest of ECMAScript, which both databases and a number hold exactly. */
const NEVER_MS = 8_640_000_000_000_000

/** `after` and `before` are excluded, and their keys need not exist any more. `fromEnd`: the page nearest to the end, in the order. */
export type SortedPage = { limit: number; after?: ApiKeyPlace; before?: ApiKeyPlace; fromEnd?: boolean }

/** The places of a page of keys, in their order; one statement. */
export async function findKeyPlaces(
  store: Store,
  filter: ApiKeyFilter,
  { by, descending }: ApiKeySort,
  { limit, after, before, fromEnd = false }: SortedPage,
  nowMs: number,
): Promise<ApiKeyPlace[]> {
  const { kind } = store
  const where = keyConditions(kind, filter, {}, nowMs)
  const { values } = where
  const at = (value: string | number) => `$${values.push(value)}`
  const spend = by === 'SPEND' ? spendJoin(at(Math.floor(monthStartMs(nowMs) / DAY_MS))) : ''
  const value = sortedBy(kind, by)
  const beyond = (place: ApiKeyPlace, sign: '<' | '>') => {
    if (value === null || place.value === null) return `k."id" ${sign} ${at(place.number)}`
    const bound = at(place.value)
    const least = typeof place.value === 'string' ? `CAST(${bound} AS TEXT)` : `CAST(${bound} AS BIGINT)`
    return `(${value} ${sign} ${least} OR (${value} = ${least} AND k."id" ${sign} ${at(place.number)}))`
  }
  const conditions = where.text === '' ? [] : [where.text.replace(/^WHERE /, '')]
  if (after !== undefined) conditions.push(beyond(after, descending ? '<' : '>'))
  if (before !== undefined) conditions.push(beyond(before, descending ? '>' : '<'))
  const direction = descending === fromEnd ? 'ASC' : 'DESC'
  const order = value === null ? `k."id" ${direction}` : `${value} ${direction}, k."id" ${direction}`
  const text = `SELECT k."id", ${value ?? 'NULL'} AS value FROM "ApiKey" k ${spend}
    ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY ${order} LIMIT ${Math.trunc(limit)}`
  // What is summed or sorted without an index reads every key: no short read waits for it.
  const rows =
    by === 'CREATED_AT' || by === 'NAME'
      ? await store[SQL].all(text, values)
      : await store[SQL].scan(text, values)
  const places = rows.map((row) => ({ number: Number(row.id), value: placeValue(by, row.value) }))
  return fromEnd ? places.reverse() : places
}

/** The SQL of what keys are sorted by, never null; null: their number alone, which is the order of their creation. */
function sortedBy(kind: DatabaseKind, by: ApiKeySortField): string | null {
  switch (by) {
    case 'CREATED_AT':
      return null
    case 'NAME':
      // By bytes on both: the collation of a PostgreSQL database may be any, and ignore what tells two names apart.
      return kind === 'sqlite' ? 'k."name"' : 'k."name" COLLATE "C"'
    case 'LAST_USED_AT':
      return `coalesce(${readInstant(kind, 'k."lastUsedAt"')}, -1)`
    case 'EXPIRES_AT':
      return `coalesce(${readInstant(kind, 'k."expiresAt"')}, ${NEVER_MS})`
    case 'SPEND':
      return 'CAST(coalesce(u."cost", 0) AS BIGINT)'
    case 'CALLS':
      return 'k."usageCount"'
  }
}

/** What each of these keys has spent this month of UTC, in nano US dollars, as lists are ordered by; one that spent nothing is absent. */
export async function readMonthSpend(
  store: Store,
  numbers: readonly number[],
  nowMs: number,
): Promise<Map<number, bigint>> {
  const spent = await readMonthSpendOf(store, 'KEY_DAY', numbers.map(String), nowMs)
  return new Map([...spent].map(([value, cost]) => [Number(value), cost]))
}

/** The same of what rollups of this kind call keys (`12`) or labels (`env=prod`). */
export async function readMonthSpendOf(
  store: Store,
  kind: 'KEY_DAY' | 'LABEL_DAY',
  names: readonly string[],
  nowMs: number,
): Promise<Map<string, bigint>> {
  if (names.length === 0) return new Map()
  const values: (string | number)[] = [Math.floor(monthStartMs(nowMs) / DAY_MS), kind]
  const places = names.map((name) => `$${values.push(name)}`)
  const rows = await store[SQL].all(
    `SELECT "value", CAST(sum("costNanoUsd") AS BIGINT) AS "cost" FROM "UsageRollup"
      WHERE "kind" = $2 AND "apiKeyId" = 0 AND "bucket" >= $1 AND "value" IN (${places.join(', ')}) GROUP BY "value"`,
    values,
  )
  return new Map(rows.map(({ value, cost }) => [String(value), BigInt(Number(cost))]))
}

/** What keys have spent since the beginning of a day: `from`, in days since the epoch. */
function spendJoin(from: string): string {
  return `LEFT JOIN (SELECT "value", sum("costNanoUsd") AS "cost" FROM "UsageRollup"
    WHERE "kind" = 'KEY_DAY' AND "apiKeyId" = 0 AND "bucket" >= ${from} GROUP BY "value") u
    ON u."value" = CAST(k."id" AS TEXT)`
}

function monthStartMs(nowMs: number): number {
  const now = new Date(nowMs)
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
}

function placeValue(by: ApiKeySortField, value: unknown): string | number | null {
  if (by === 'CREATED_AT') return null
  return by === 'NAME' ? String(value) : Number(value)
}
