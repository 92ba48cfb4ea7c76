// What keys used by the hour and the model, in the order of key, hour and model, a page at a time: for exports of any length.
import { DELETED_KEYS, ROLLUP_TOTALS, type RollupTotals } from '../../../domain/usage/rollup.ts'
import { SQL, type SqlRow, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { KEYS_TO_REMOVE } from '../usage-rollups.ts'

/** Totals of one key, hour (since the epoch) and model; `apiKeyId` null: of deleted keys, by the hour alone. */
export type KeyHour = {
  apiKeyId: number | null
  keyName: string | null
  hour: number
  model: string
  totals: RollupTotals
}

/** Hours since the epoch: `from` included, `to` not. `apiKeyIds` null: every key, and deleted ones. */
export type KeyHoursQuery = { from: number; to: number; apiKeyIds: number[] | null; limit: number }

/** The next rows after a place; its key is included where hour and model come after it. */
export async function readKeyHours(
  store: Store,
  { from, to, apiKeyIds, limit }: KeyHoursQuery,
  after: { apiKeyId: number; hour: number; model: string },
): Promise<KeyHour[]> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const [key, hour] = [at(after.apiKeyId), at(after.hour)]
  const only = apiKeyIds === null ? '' : `AND k."id" IN (${apiKeyIds.map(at).join(', ') || 'NULL'})`
  // Key by key, so that the hours of each are one range of the primary key. SQLite takes a CROSS JOIN in its order.
  const rows = await store[SQL].scan(
    `SELECT k."id" AS "apiKeyId", k."name" AS "keyName", r."bucket", r."value", ${totalsOf('r.')}
     FROM "ApiKey" k CROSS JOIN "UsageRollup" r
     WHERE k."id" >= ${key} ${only} AND r."kind" = 'KEY_MODEL_HOUR' AND r."apiKeyId" = k."id"
       AND r."bucket" >= ${at(from)} AND r."bucket" < ${at(to)}
       AND (k."id" > ${key} OR r."bucket" > ${hour} OR (r."bucket" = ${hour} AND r."value" > ${at(after.model)}))
     ORDER BY k."id", r."bucket", r."value" LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return rows.map((row) => ({
    apiKeyId: Number(row.apiKeyId),
    keyName: String(row.keyName),
    hour: Number(row.bucket),
    model: String(row.value),
    totals: totalsFrom(row),
  }))
}

/** The next hours of all deleted keys together after an hour. */
export async function readDeletedHours(
  store: Store,
  { from, to, limit }: KeyHoursQuery,
  afterHour: number,
): Promise<KeyHour[]> {
  const rows = await store[SQL].scan(
    `SELECT r."bucket", ${ROLLUP_TOTALS.map((name) => `sum(r."${name}") AS "${name}"`).join(', ')}
     FROM "UsageRollup" r
     WHERE r."kind" = 'KEY_HOUR' AND r."apiKeyId" = 0 AND r."bucket" >= $1 AND r."bucket" < $2 AND r."bucket" > $3
       AND (r."value" = '${DELETED_KEYS}' OR r."value" IN (${KEYS_TO_REMOVE}))
     GROUP BY r."bucket" ORDER BY r."bucket" LIMIT ${Math.trunc(limit)}`,
    [from, to, afterHour],
  )
  return rows.map((row) => ({
    apiKeyId: null,
    keyName: null,
    hour: Number(row.bucket),
    model: '',
    totals: totalsFrom(row),
  }))
}

function totalsOf(prefix: string): string {
  return ROLLUP_TOTALS.map((name) => `${prefix}"${name}"`).join(', ')
}

function totalsFrom(row: SqlRow): RollupTotals {
  return Object.fromEntries(ROLLUP_TOTALS.map((name) => [name, Number(row[name] ?? 0)])) as RollupTotals
}
