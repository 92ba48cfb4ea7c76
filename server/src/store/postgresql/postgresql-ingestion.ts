// Ingestion into PostgreSQL: JSON parameters on a connection of the ingesting thread's own, a transaction a batch.
import pg from 'pg'
import { type CallRecord, wasAdmitted } from '../../domain/logs/call-record.ts'
import { encodeHistogram } from '../../domain/usage/histogram.ts'
import {
  expiredRollups,
  KINDS,
  mergeRollup,
  ROLLUP_TOTALS,
  type Rollup,
  type RollupKey,
  Rollups,
} from '../../domain/usage/rollup.ts'
import { firstIdAt, requestIdBytes, requestIdFromBytes, requestIdTimeMs } from '../../domain/uuid.ts'
import type { Ingestion, RetentionBounds } from '../ingestion.ts'
import { plainNumbers } from '../plain-numbers.ts'
import { contentValues, INSERT_CONTENT_POSTGRES } from '../queries/call-contents.ts'
import {
  INSERT_POSTGRES,
  jsonRow,
  REQUEST_LOG_COLUMNS,
  recordFromRow,
  storable,
} from '../queries/request-logs.ts'
import { ROLLUP_COLUMNS, rollupFromRow, storedTotal } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'

const CONNECT_TIMEOUT_MS = 5_000
// Far more than a batch takes; a connection that is silent for so long is given up.
const QUERY_TIMEOUT_MS = 60_000
// Nodes that share a database ingest one batch at a time: sums are read, added to and written back.
const INGESTION_LOCK = 5_284_018
// Sums that are put in one statement.
const PUT_MAX = 5_000

/** Connects when first asked, and again after the connection has broken. */
export function openPostgresIngestion(url: string): Ingestion {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    types: plainNumbers,
  })
  pool.on('error', () => undefined)

  async function transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    let broken = true
    try {
      await client.query('BEGIN')
      await client.query('SELECT pg_advisory_xact_lock($1)', [INGESTION_LOCK])
      const result = await work(client)
      await client.query('COMMIT')
      broken = false
      return result
    } catch (error) {
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      )
      throw error
    } finally {
      client.release(broken)
    }
  }

  return {
    positionOf: async (segment) => {
      const { rows } = await pool.query('SELECT "position" FROM "JournalPosition" WHERE "segment" = $1', [
        segment,
      ])
      return Number(rows[0]?.position ?? 0)
    },
    apply: (batch) =>
      transaction(async (client) => {
        const { rows } = await client.query('SELECT "position" FROM "JournalPosition" WHERE "segment" = $1', [
          batch.segment,
        ])
        if (Number(rows[0]?.position ?? 0) !== batch.from) return false
        await write(client, [...batch.closed])
        for (const content of batch.contents)
          await client.query(INSERT_CONTENT_POSTGRES, contentValues(content))
        const { opened, openedBefore } = batch.rest()
        await client.query(
          `DELETE FROM "OpenCall" WHERE "id" IN (SELECT decode(j, 'hex') FROM jsonb_array_elements_text($1::jsonb) j)`,
          [JSON.stringify(openedBefore.map(hexOf))],
        )
        await client.query(
          `INSERT INTO "OpenCall" ("id", "boot", "record")
           SELECT decode(j."id", 'hex'), $2, j."record" FROM jsonb_to_recordset($1::jsonb) AS j("id" text, "record" text)
           ON CONFLICT ("id") DO NOTHING`,
          [JSON.stringify(opened.map(({ id, record }) => ({ id: hexOf(id), record }))), batch.runId],
        )
        await client.query(
          'INSERT INTO "JournalPosition" ("segment", "position") VALUES ($1, $2) ON CONFLICT ("segment") DO UPDATE SET "position" = excluded."position"',
          [batch.segment, batch.to],
        )
        return true
      }),
    forget: async (segments) => {
      await pool.query('DELETE FROM "JournalPosition" WHERE "segment" = ANY($1::text[])', [segments])
    },
    closeOpenCalls: (runId, close) =>
      transaction(async (client) => {
        const { rows } = await client.query('SELECT "record" FROM "OpenCall" WHERE "boot" = $1', [runId])
        const records = rows.map((row) => close(String(row.record))).filter((record) => record !== null)
        await write(client, records)
        await client.query('DELETE FROM "OpenCall" WHERE "boot" = $1', [runId])
        return rows.length
      }),
    removeDeleted: (limit) => transaction((client) => removeDeleted(client, limit)),
    removeExpired: (expired, limit) => transaction((client) => removeExpired(client, expired, limit)),
    // Autovacuum makes the room usable again.
    compact: async () => undefined,
    replaceRollups: (grain, from, to, rollups) =>
      transaction(async (client) => {
        await client.query(
          'DELETE FROM "UsageRollup" WHERE "kind" = ANY($1::text[]) AND "bucket" >= $2 AND "bucket" < $3',
          [KINDS[grain], from, to],
        )
        const all = [...rollups.entries()].filter(({ key }) => key.kind.endsWith(grain))
        for (let at = 0; at < all.length; at += PUT_MAX) await putRollups(client, all.slice(at, at + PUT_MAX))
      }),
    close: () => pool.end(),
  }
}

/** Inserts records whose keys are there and that are not; moves sums and counters by those alone. */
async function write(client: pg.PoolClient, taken: CallRecord[]): Promise<void> {
  if (taken.length === 0) return
  const records = taken.map(storable)
  const { rows } = await client.query<{ id: Uint8Array }>(INSERT_POSTGRES, [
    JSON.stringify(records.map(jsonRow)),
  ])
  const inserted = new Set(rows.map((row) => requestIdFromBytes(row.id)))
  const rollups = new Rollups()
  const uses = new Map<number, { id: number; uses: number; lastMs: number }>()
  for (const record of records) {
    // Deleted once it has been counted, so that a record that came twice in a batch is counted once.
    if (!inserted.delete(record.id)) continue
    rollups.add(record)
    if (record.apiKeyId === null || !wasAdmitted(record.outcome)) continue
    const use = uses.get(record.apiKeyId) ?? { id: record.apiKeyId, uses: 0, lastMs: 0 }
    use.uses++
    use.lastMs = Math.max(use.lastMs, requestIdTimeMs(record.id))
    uses.set(record.apiKeyId, use)
  }
  await mergeRollups(client, rollups, 1)
  await client.query(
    `UPDATE "ApiKey" k SET "usageCount" = k."usageCount" + u."uses",
       "lastUsedAt" = greatest(k."lastUsedAt", to_timestamp(u."lastMs" / 1000.0) AT TIME ZONE 'UTC')
     FROM jsonb_to_recordset($1::jsonb) AS u("id" int, "uses" bigint, "lastMs" bigint) WHERE k."id" = u."id"`,
    [JSON.stringify([...uses.values()])],
  )
}

async function mergeRollups(client: pg.PoolClient, rollups: Rollups, times: 1 | -1): Promise<void> {
  const keys = JSON.stringify([...rollups.entries()].map(({ key }) => key))
  const { rows } = await client.query<SqlRow>(
    `SELECT r.* FROM "UsageRollup" r
     JOIN jsonb_to_recordset($1::jsonb) AS j("kind" text, "apiKeyId" int, "bucket" int, "value" text)
       ON r."kind" = j."kind" AND r."apiKeyId" = j."apiKeyId" AND r."bucket" = j."bucket" AND r."value" = j."value"`,
    [keys],
  )
  const known = new Map(rows.map((row) => [textOf(row), row]))
  const merged = [...rollups.entries()].map(({ key, rollup }) => {
    const row = known.get(textOf(key))
    if (row === undefined) return { key, rollup }
    const sum = rollupFromRow(row)
    mergeRollup(sum, rollup, times)
    return { key, rollup: sum }
  })
  const kept = merged.filter(({ key, rollup }) => rollup.calls > 0 && (times === 1 || known.has(textOf(key))))
  if (times === -1) {
    await client.query(
      `DELETE FROM "UsageRollup" r USING jsonb_to_recordset($1::jsonb) AS j("kind" text, "apiKeyId" int, "bucket" int, "value" text)
       WHERE r."kind" = j."kind" AND r."apiKeyId" = j."apiKeyId" AND r."bucket" = j."bucket" AND r."value" = j."value"`,
      [keys],
    )
  }
  await putRollups(client, kept)
}

async function putRollups(
  client: pg.PoolClient,
  rollups: { key: RollupKey; rollup: Rollup }[],
): Promise<void> {
  const rows = rollups.map(({ key, rollup }) => ({
    ...key,
    ...Object.fromEntries(ROLLUP_TOTALS.map((name) => [name, storedTotal(rollup[name])])),
    durations: hex(encodeHistogram(rollup.durations)),
    firstTokens: hex(encodeHistogram(rollup.firstTokens)),
  }))
  await client.query(PUT_CELLS, [JSON.stringify(rows)])
}

const SUM_COLUMNS = ROLLUP_TOTALS.map((name) => `"${name}"`)
const PUT_CELLS = `
  INSERT INTO "UsageRollup" (${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')})
  SELECT j."kind", j."apiKeyId", j."bucket", j."value", ${SUM_COLUMNS.map((name) => `j.${name}`).join(', ')},
    decode(j."durations", 'hex'), decode(j."firstTokens", 'hex')
  FROM jsonb_to_recordset($1::jsonb) AS j("kind" text, "apiKeyId" int, "bucket" int, "value" text,
    ${SUM_COLUMNS.map((name) => `${name} bigint`).join(', ')}, "durations" text, "firstTokens" text)
  ON CONFLICT ("kind", "apiKeyId", "bucket", "value") DO UPDATE SET
    ${SUM_COLUMNS.map((name) => `${name} = excluded.${name}`).join(', ')},
    "durations" = excluded."durations", "firstTokens" = excluded."firstTokens"`

async function removeExpired(
  client: pg.PoolClient,
  expired: RetentionBounds,
  limit: number,
): Promise<boolean> {
  let removed = 0
  if (expired.contentsBeforeMs !== null) {
    const { rowCount } = await client.query(
      'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "CallContent" WHERE "id" < $1 ORDER BY "id" LIMIT $2)',
      [firstIdAt(expired.contentsBeforeMs), limit],
    )
    removed += rowCount ?? 0
  }
  if (expired.logsBeforeMs !== null) {
    await client.query(
      'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < $1 ORDER BY "id" LIMIT $2)',
      [firstIdAt(expired.logsBeforeMs), limit],
    )
    const { rowCount } = await client.query(
      'DELETE FROM "RequestLog" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < $1 ORDER BY "id" LIMIT $2)',
      [firstIdAt(expired.logsBeforeMs), limit],
    )
    removed += rowCount ?? 0
  }
  if (expired.rollupsBeforeMs !== null) {
    for (const { kinds, before } of expiredRollups(expired.rollupsBeforeMs, expired.keyHoursBeforeMs)) {
      const { rows } = await client.query<SqlRow>(
        `DELETE FROM "UsageRollup" WHERE ("kind", "apiKeyId", "bucket", "value") IN
           (SELECT "kind", "apiKeyId", "bucket", "value" FROM "UsageRollup" WHERE "kind" = ANY($1::text[]) AND "bucket" < $2 LIMIT $3)
         RETURNING ${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')}`,
        [kinds, before, limit],
      )
      const past = new Rollups()
      for (const row of rows) {
        const { kind, apiKeyId, bucket, value } = row
        if (kind !== 'KEY_MODEL_HOUR') continue
        const key = {
          kind,
          apiKeyId: Number(apiKeyId),
          bucket: Number(bucket),
          value: String(value),
        } as const
        past.carryOver(key, rollupFromRow(row))
      }
      await mergeRollups(client, past, 1)
      removed += rows.length
    }
  }
  return removed > 0
}

async function removeDeleted(client: pg.PoolClient, limit: number): Promise<boolean> {
  const removal = await client.query('SELECT "apiKeyId" FROM "KeyRemoval" ORDER BY "createdAt" LIMIT 1')
  if (removal.rows[0] === undefined) return false
  const apiKeyId = Number(removal.rows[0].apiKeyId)
  const { rows } = await client.query<SqlRow>(
    `DELETE FROM "RequestLog" l WHERE l."id" IN (SELECT "id" FROM "RequestLog" WHERE "apiKeyId" = $1 LIMIT $2) RETURNING ${REQUEST_LOG_COLUMNS}`,
    [apiKeyId, limit],
  )
  await client.query('DELETE FROM "CallContent" WHERE "id" = ANY($1::bytea[])', [rows.map(({ id }) => id)])
  const rollups = new Rollups()
  for (const row of rows) rollups.add(recordFromRow(row))
  await mergeRollups(client, rollups, -1)
  if (rows.length === limit) return true
  // What is left are sums of logs that had aged out before.
  await client.query(
    `DELETE FROM "UsageRollup" WHERE ("kind" IN ('KEY_MODEL_HOUR', 'KEY_MODEL_PAST') AND "apiKeyId" = $1) OR ("kind" IN ('KEY_HOUR', 'KEY_DAY') AND "value" = $2)`,
    [apiKeyId, String(apiKeyId)],
  )
  await client.query('DELETE FROM "KeyRemoval" WHERE "apiKeyId" = $1', [apiKeyId])
  return true
}

function textOf(key: { kind?: unknown; apiKeyId?: unknown; bucket?: unknown; value?: unknown }): string {
  return `${key.kind}\n${key.apiKeyId}\n${key.bucket}\n${key.value}`
}

function hexOf(id: string): string {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('a journal line has an id that is not a request id')
  return hex(bytes)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
