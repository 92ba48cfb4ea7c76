// Ingestion into PostgreSQL: JSON parameters on a connection of the ingesting thread's own.
import pg from 'pg'
import { firstIdAt, requestIdBytes, requestIdFromBytes } from '../../domain/uuid.ts'
import type { IngestionDatabase, IngestionTransaction } from '../ingestion.ts'
import {
  ALL_CONTENT_BYTES,
  contentValues,
  INSERT_CONTENT_POSTGRES,
  oldestContents,
} from '../queries/call-contents.ts'
import {
  INSERT_POSTGRES,
  jsonRow,
  REQUEST_LOG_COLUMNS,
  recordFromRow,
  storable,
} from '../queries/request-logs.ts'
import { keyedRollupFromRow, ROLLUP_COLUMNS } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'
import { INGESTION_LOCK } from '../transaction-locks.ts'
import { mergeRollups, putRollups } from './merge-rollups.ts'
import { plainNumbers } from './plain-numbers.ts'

const CONNECT_TIMEOUT_MS = 5_000
// Far more than a batch takes; a connection that is silent for so long is closed.
const QUERY_TIMEOUT_MS = 60_000

/** Connects at the first use, and again after the connection has broken. */
export function openPostgresIngestion(url: string): IngestionDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    types: plainNumbers,
  })
  pool.on('error', () => undefined)

  return {
    positionOf: (segment) => positionOf(pool, segment),
    forget: async (segments) => {
      await pool.query('DELETE FROM "JournalPosition" WHERE "segment" = ANY($1::text[])', [segments])
    },
    async transaction(work) {
      const client = await pool.connect()
      let broken = true
      try {
        await client.query('BEGIN')
        await client.query('SELECT pg_advisory_xact_lock($1)', [INGESTION_LOCK])
        const result = await work(transactionOn(client))
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
    },
    async contentBytes() {
      const { rows } = await pool.query(ALL_CONTENT_BYTES)
      return Number(rows[0]?.bytes ?? 0)
    },
    // Autovacuum makes the space usable again.
    compact: async () => undefined,
    close: () => pool.end(),
  }
}

function transactionOn(client: pg.PoolClient): IngestionTransaction {
  /** Runs a statement and returns how many rows it changed. */
  const run = async (text: string, values: unknown[]) => (await client.query(text, values)).rowCount ?? 0
  const rows = async (text: string, values: unknown[]) => (await client.query<SqlRow>(text, values)).rows

  return {
    positionOf: (segment) => positionOf(client, segment),
    async putPosition(segment, position) {
      await run(
        'INSERT INTO "JournalPosition" ("segment", "position") VALUES ($1, $2) ON CONFLICT ("segment") DO UPDATE SET "position" = excluded."position"',
        [segment, position],
      )
    },
    async insertLogs(records, onInserted) {
      const stored = Array.from(records, storable)
      if (stored.length === 0) return
      const found = await rows(INSERT_POSTGRES, [JSON.stringify(stored.map(jsonRow))])
      const inserted = new Set(found.map(({ id }) => requestIdFromBytes(id as Uint8Array)))
      // Deleted once it has been reported, so that a record that is twice in a batch is reported once.
      for (const record of stored) if (inserted.delete(record.id)) onInserted(record)
      const keys = new Set(stored.flatMap(({ apiKeyId }) => (apiKeyId === null ? [] : [apiKeyId])))
      if (keys.size > 0) await run(REMOVE_MISSING_KEYS, [[...keys]])
    },
    async insertContents(contents) {
      for (const content of contents) await run(INSERT_CONTENT_POSTGRES, contentValues(content))
    },
    async addKeyUses(uses) {
      if (uses.length === 0) return
      await run(
        `UPDATE "ApiKey" k SET "usageCount" = k."usageCount" + u."uses",
           "lastUsedAt" = greatest(k."lastUsedAt", to_timestamp(u."lastMs" / 1000.0) AT TIME ZONE 'UTC')
         FROM jsonb_to_recordset($1::jsonb) AS u("id" int, "uses" bigint, "lastMs" bigint) WHERE k."id" = u."id"`,
        [JSON.stringify(uses)],
      )
    },
    async putOpenCalls(runId, opened) {
      if (opened.length === 0) return
      await run(
        `INSERT INTO "OpenCall" ("id", "boot", "record")
         SELECT decode(j."id", 'hex'), $2, j."record" FROM jsonb_to_recordset($1::jsonb) AS j("id" text, "record" text)
         ON CONFLICT ("id") DO NOTHING`,
        [JSON.stringify(opened.map(({ id, record }) => ({ id: hexOf(id), record }))), runId],
      )
    },
    async removeOpenCalls(ids) {
      if (ids.length === 0) return
      await run(
        `DELETE FROM "OpenCall" WHERE "id" IN (SELECT decode(j, 'hex') FROM jsonb_array_elements_text($1::jsonb) j)`,
        [JSON.stringify(ids.map(hexOf))],
      )
    },
    async openCallsOf(runId) {
      const found = await rows('SELECT "record" FROM "OpenCall" WHERE "boot" = $1', [runId])
      return found.map(({ record }) => String(record))
    },
    async removeOpenCallsOf(runId) {
      await run('DELETE FROM "OpenCall" WHERE "boot" = $1', [runId])
    },
    addRollups: (rollups) => mergeRollups(client, rollups, 1),
    async rollupValues(kind, bucket, limit) {
      const found = await rows(
        'SELECT "value" FROM "UsageRollup" WHERE "kind" = $1 AND "apiKeyId" = 0 AND "bucket" = $2 LIMIT $3',
        [kind, bucket, limit],
      )
      return found.map(({ value }) => String(value))
    },
    subtractRollups: (rollups) => mergeRollups(client, rollups, -1),
    putRollups: (rollups) => putRollups(client, rollups),
    async removeRollups(kinds, from, to) {
      await run(
        'DELETE FROM "UsageRollup" WHERE "kind" = ANY($1::text[]) AND "bucket" >= $2 AND "bucket" < $3',
        [kinds, from, to],
      )
    },
    removeRollupsBefore: (kind, bucket, limit) => run(REMOVE_ROLLUPS_BEFORE, [kind, bucket, limit]),
    async takeRollupsBefore(kind, bucket, limit) {
      const taken = await rows(
        `${REMOVE_ROLLUPS_BEFORE} RETURNING ${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')}`,
        [kind, bucket, limit],
      )
      return taken.map(keyedRollupFromRow)
    },
    removeContentsBefore: (ms, limit) =>
      run(
        'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "CallContent" WHERE "id" < $1 ORDER BY "id" LIMIT $2)',
        [firstIdAt(ms), limit],
      ),
    async removeContentsOfLogsBefore(ms, limit) {
      await run(
        'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < $1 ORDER BY "id" LIMIT $2)',
        [firstIdAt(ms), limit],
      )
    },
    async removeContentsOf(ids) {
      await run('DELETE FROM "CallContent" WHERE "id" = ANY($1::bytea[])', [ids.map(bytesOf)])
    },
    async oldestContents(limit) {
      const found = await rows(oldestContents('$1'), [limit])
      return found.map(({ id, bytes }) => ({
        id: requestIdFromBytes(id as Uint8Array),
        bytes: Number(bytes),
      }))
    },
    removeLogsBefore: (ms, limit) =>
      run(
        'DELETE FROM "RequestLog" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < $1 ORDER BY "id" LIMIT $2)',
        [firstIdAt(ms), limit],
      ),
    async nextKeyToRemove() {
      const [removal] = await rows('SELECT "apiKeyId" FROM "KeyRemoval" ORDER BY "createdAt" LIMIT 1', [])
      return removal === undefined ? null : Number(removal.apiKeyId)
    },
    async takeLogsOfKey(apiKeyId, limit) {
      const taken = await rows(
        `DELETE FROM "RequestLog" l WHERE l."id" IN (SELECT "id" FROM "RequestLog" WHERE "apiKeyId" = $1 LIMIT $2) RETURNING ${REQUEST_LOG_COLUMNS}`,
        [apiKeyId, limit],
      )
      return taken.map(recordFromRow)
    },
    async takeTotalsOfKey(apiKeyId, limit) {
      const taken = await rows(
        `DELETE FROM "UsageRollup" WHERE ("kind", "apiKeyId", "bucket", "value") IN
           (SELECT "kind", "apiKeyId", "bucket", "value" FROM "UsageRollup"
            WHERE "kind" IN ('KEY_HOUR', 'KEY_DAY') AND "apiKeyId" = 0 AND "value" = $1 LIMIT $2)
         RETURNING ${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')}`,
        [String(apiKeyId), limit],
      )
      return taken.map(keyedRollupFromRow)
    },
    async removeSpendOfKey(apiKeyId) {
      await run(
        `DELETE FROM "UsageRollup" WHERE "kind" IN ('KEY_MODEL_HOUR', 'KEY_MODEL_PAST') AND "apiKeyId" = $1`,
        [apiKeyId],
      )
    },
    async endKeyRemoval(apiKeyId) {
      await run('DELETE FROM "KeyRemoval" WHERE "apiKeyId" = $1', [apiKeyId])
    },
  }
}

const REMOVE_MISSING_KEYS = `INSERT INTO "KeyRemoval" ("apiKeyId", "createdAt")
  SELECT j, now() AT TIME ZONE 'UTC' FROM unnest($1::int[]) j
  WHERE NOT EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."id" = j) ON CONFLICT ("apiKeyId") DO NOTHING`
const REMOVE_ROLLUPS_BEFORE = `DELETE FROM "UsageRollup" WHERE ("kind", "apiKeyId", "bucket", "value") IN
  (SELECT "kind", "apiKeyId", "bucket", "value" FROM "UsageRollup" WHERE "kind" = $1 AND "bucket" < $2 LIMIT $3)`

async function positionOf(database: pg.Pool | pg.PoolClient, segment: string): Promise<number> {
  const { rows } = await database.query('SELECT "position" FROM "JournalPosition" WHERE "segment" = $1', [
    segment,
  ])
  return Number(rows[0]?.position ?? 0)
}

function bytesOf(id: string): Uint8Array {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('a journal line has an id that is not a request id')
  return bytes
}

function hexOf(id: string): string {
  return Buffer.from(bytesOf(id)).toString('hex')
}
