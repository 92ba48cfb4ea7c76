// Adds to rollups in PostgreSQL, many in one statement. They are read, merged here and written back, under the lock of ingestion.
import type pg from 'pg'
import { encodeHistogram } from '../../domain/usage/histogram.ts'
import {
  mergeRollup,
  ROLLUP_TOTALS,
  type Rollup,
  type RollupKey,
  rollupKeyText,
} from '../../domain/usage/rollup.ts'
import type { Rollups } from '../../domain/usage/rollups.ts'
import { keyedRollupFromRow, ROLLUP_COLUMNS, storedTotal } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'

// Rollups that are put in one statement.
const PUT_MAX = 5_000

/** Adds rollups to what is stored, or with -1 subtracts them and removes those that have no call any more. */
export async function mergeRollups(client: pg.PoolClient, rollups: Rollups, times: 1 | -1): Promise<void> {
  const entries = [...rollups.entries()]
  const keys = JSON.stringify(entries.map(({ key }) => key))
  const { rows } = await client.query<SqlRow>(
    `SELECT r.* FROM "UsageRollup" r
     JOIN ${KEYS} ON ${SAME_KEY}`,
    [keys],
  )
  const known = new Map(
    rows.map((row) => {
      const { key, rollup } = keyedRollupFromRow(row)
      return [rollupKeyText(key), rollup]
    }),
  )
  const kept: KeyedRollup[] = []
  for (const { key, rollup } of entries) {
    const stored = known.get(rollupKeyText(key))
    if (stored !== undefined) mergeRollup(stored, rollup, times)
    const merged = stored ?? (times === 1 ? rollup : undefined)
    if (merged !== undefined && merged.calls > 0) kept.push({ key, rollup: merged })
  }
  if (times === -1) await client.query(`DELETE FROM "UsageRollup" r USING ${KEYS} WHERE ${SAME_KEY}`, [keys])
  await putRollups(client, kept)
}

/** Stores rollups in place of what there is under their keys. */
export async function putRollups(client: pg.PoolClient, rollups: KeyedRollup[]): Promise<void> {
  for (let at = 0; at < rollups.length; at += PUT_MAX) {
    const rows = rollups.slice(at, at + PUT_MAX).map(({ key, rollup }) => ({
      ...key,
      ...Object.fromEntries(ROLLUP_TOTALS.map((name) => [name, storedTotal(rollup[name])])),
      durations: hex(encodeHistogram(rollup.durations)),
      firstTokens: hex(encodeHistogram(rollup.firstTokens)),
    }))
    await client.query(PUT_ROLLUPS, [JSON.stringify(rows)])
  }
}

type KeyedRollup = { key: RollupKey; rollup: Rollup }

const KEYS = `jsonb_to_recordset($1::jsonb) AS j("kind" text, "apiKeyId" int, "bucket" int, "value" text)`
const SAME_KEY = `r."kind" = j."kind" AND r."apiKeyId" = j."apiKeyId" AND r."bucket" = j."bucket" AND r."value" = j."value"`
const TOTAL_COLUMNS = ROLLUP_TOTALS.map((name) => `"${name}"`)
const PUT_ROLLUPS = `
  INSERT INTO "UsageRollup" (${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')})
  SELECT j."kind", j."apiKeyId", j."bucket", j."value", ${TOTAL_COLUMNS.map((name) => `j.${name}`).join(', ')},
    decode(j."durations", 'hex'), decode(j."firstTokens", 'hex')
  FROM jsonb_to_recordset($1::jsonb) AS j("kind" text, "apiKeyId" int, "bucket" int, "value" text,
    ${TOTAL_COLUMNS.map((name) => `${name} bigint`).join(', ')}, "durations" text, "firstTokens" text)
  ON CONFLICT ("kind", "apiKeyId", "bucket", "value") DO UPDATE SET
    ${TOTAL_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')},
    "durations" = excluded."durations", "firstTokens" = excluded."firstTokens"`

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
