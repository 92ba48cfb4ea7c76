// Ingestion into SQLite: prepared statements on a connection of the ingesting thread's own, a transaction a batch.
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { wasAdmitted } from '../../domain/logs/call-record.ts'
import { expiredRollups, KINDS, Rollups } from '../../domain/usage/rollup.ts'
import { firstIdAt, requestIdBytes, requestIdTimeMs } from '../../domain/uuid.ts'
import type { IngestBatch, Ingestion } from '../ingestion.ts'
import { contentValues, INSERT_CONTENT_SQLITE } from '../queries/call-contents.ts'
import { REQUEST_LOG_COLUMNS, recordFromRow, storable } from '../queries/request-logs.ts'
import { ROLLUP_COLUMNS, rollupFromRow } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'
import { prepareLogInsert } from './log-insert.ts'
import { prepareRollups } from './rollup-writer.ts'

// Numbers of keys kept between batches: some 30 bytes each.
const KNOWN_KEYS_MAX = 200_000

/** Opens the file at `path`, which has been migrated. Everything in here blocks its thread: not for the main one. */
export function openSqliteIngestion(path: string): Ingestion {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 30_000 })
  // Of what is written only sums and the ends of indexes are read again: a cache of four or sixteen times as much saves no
  // time, and would be in memory for good.
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY')
  // Pages that batch after batch touches are written back once in 32 MB of the WAL, which is cut back to 64 MiB after it.
  database.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864')
  const statements = prepare(database)
  const insertLog = prepareLogInsert(database)
  const totals = prepareRollups(database)
  // Keys that are there, so that the next batch need not look. They are forgotten when anything fails, and when another
  // connection has written, which SQLite's data_version tells: only others delete keys.
  const knownKeys = new Set<number>()
  let knownVersion: unknown

  function transaction<T>(work: () => T): T {
    database.exec('BEGIN IMMEDIATE')
    try {
      const version = statements.version.get()?.data_version
      if (version !== knownVersion || knownKeys.size > KNOWN_KEYS_MAX) knownKeys.clear()
      knownVersion = version
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      knownKeys.clear()
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  function hasKey(apiKeyId: number): boolean {
    if (knownKeys.has(apiKeyId)) return true
    if (statements.key.get(apiKeyId) === undefined) return false
    knownKeys.add(apiKeyId)
    return true
  }

  function positionOf(segment: string): number {
    return Number(statements.position.get(segment)?.position ?? 0)
  }

  /** Inserts records whose keys are there and that are not; moves sums and counters by those alone. */
  function write(records: Iterable<CallRecord>, pause?: () => void): void {
    const rollups = new Rollups()
    const keys = new Map<number, { uses: number; lastMs: number } | null>()
    for (const read of records) {
      pause?.()
      const record = storable(read)
      const { apiKeyId } = record
      if (apiKeyId !== null && !keys.has(apiKeyId)) {
        keys.set(apiKeyId, hasKey(apiKeyId) ? { uses: 0, lastMs: 0 } : null)
      }
      const use = apiKeyId === null ? undefined : keys.get(apiKeyId)
      // A deleted key's logs are gone for ever, the late ones too.
      if (use === null) continue
      if (!insertLog(record)) continue
      rollups.add(record)
      if (use === undefined || !wasAdmitted(record.outcome)) continue
      use.uses++
      use.lastMs = Math.max(use.lastMs, requestIdTimeMs(record.id))
    }
    totals.add(rollups, pause)
    for (const [id, use] of keys)
      if (use !== null && use.uses > 0) statements.use.run(use.uses, use.lastMs, id)
  }

  /** What the next removal of so many cells takes, and must not be forgotten. */
  function carryOverRollups(before: number, limit: number): void {
    const past = new Rollups()
    for (const row of statements.expiredRollups.all('KEY_MODEL_HOUR', before, limit) as SqlRow[]) {
      const key = {
        kind: 'KEY_MODEL_HOUR',
        apiKeyId: Number(row.apiKeyId),
        bucket: Number(row.bucket),
      } as const
      past.carryOver({ ...key, value: String(row.value) }, rollupFromRow(row))
    }
    totals.add(past)
  }

  return {
    positionOf: async (segment) => positionOf(segment),
    apply: async (batch: IngestBatch) =>
      transaction(() => {
        if (positionOf(batch.segment) !== batch.from) return false
        write(batch.closed, batch.pause)
        for (const content of batch.contents) statements.insertContent.run(...contentValues(content))
        const { opened, openedBefore } = batch.rest()
        // A call opened in an earlier batch is open in the table; one opened in this batch never gets there.
        for (const id of openedBefore) statements.closeCall.run(bytesOf(id))
        for (const { id, record } of opened) statements.openCall.run(bytesOf(id), batch.runId, record)
        statements.putPosition.run(batch.segment, batch.to)
        return true
      }),
    forget: async (segments) =>
      transaction(() => {
        for (const segment of segments) statements.dropPosition.run(segment)
      }),
    closeOpenCalls: async (runId, close) =>
      transaction(() => {
        const rows = statements.openCalls.all(runId)
        write(rows.map((row) => close(String(row.record))).filter((record) => record !== null))
        statements.dropOpenCalls.run(runId)
        return rows.length
      }),
    removeDeleted: async (limit) =>
      transaction(() => {
        const removal = statements.removal.get()
        if (removal === undefined) return false
        const apiKeyId = Number(removal.apiKeyId)
        const rows = statements.logsOfKey.all(apiKeyId, limit) as SqlRow[]
        const rollups = new Rollups()
        for (const row of rows) {
          rollups.add(recordFromRow(row))
          statements.dropLog.run(row.id as Uint8Array)
          statements.dropContent.run(row.id as Uint8Array)
        }
        totals.takeAway(rollups)
        if (rows.length === limit) return true
        // What is left are sums of logs that had aged out before.
        statements.dropKeyRollups.run(apiKeyId, String(apiKeyId))
        statements.dropRemoval.run(apiKeyId)
        return true
      }),
    removeExpired: async ({ logsBeforeMs, rollupsBeforeMs, keyHoursBeforeMs, contentsBeforeMs }, limit) =>
      transaction(() => {
        let removed = 0
        if (contentsBeforeMs !== null)
          removed += Number(statements.dropExpiredContents.run(firstIdAt(contentsBeforeMs), limit).changes)
        if (logsBeforeMs !== null) {
          statements.dropContentsOfExpiredLogs.run(firstIdAt(logsBeforeMs), limit)
          removed += Number(statements.dropExpiredLogs.run(firstIdAt(logsBeforeMs), limit).changes)
        }
        if (rollupsBeforeMs !== null) {
          for (const { kinds, before } of expiredRollups(rollupsBeforeMs, keyHoursBeforeMs)) {
            for (const kind of kinds) {
              if (kind === 'KEY_MODEL_HOUR') carryOverRollups(before, limit)
              removed += Number(statements.dropExpiredRollups.run(kind, before, limit).changes)
            }
          }
        }
        return removed > 0
      }),
    // Free pages lie at the end of the file once they are moved there; a few thousand take some milliseconds.
    compact: async () => database.exec('PRAGMA incremental_vacuum(2000)'),
    replaceRollups: async (grain, from, to, rollups) =>
      transaction(() => {
        for (const kind of KINDS[grain]) statements.dropRollups.run(kind, from, to)
        for (const { key, rollup } of rollups.entries()) {
          if (key.kind.endsWith(grain)) totals.put(key, rollup)
        }
      }),
    close: async () => database.close(),
  }
}

function prepare(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text)
  const columns = ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')
  return {
    version: sql('PRAGMA data_version'),
    position: sql('SELECT "position" FROM "JournalPosition" WHERE "segment" = ?'),
    putPosition: sql(
      'INSERT INTO "JournalPosition" ("segment", "position") VALUES (?, ?) ON CONFLICT ("segment") DO UPDATE SET "position" = excluded."position"',
    ),
    dropPosition: sql('DELETE FROM "JournalPosition" WHERE "segment" = ?'),
    key: sql('SELECT 1 AS one FROM "ApiKey" WHERE "id" = ?'),
    use: sql(
      'UPDATE "ApiKey" SET "usageCount" = "usageCount" + ?, "lastUsedAt" = max(coalesce("lastUsedAt", 0), ?) WHERE "id" = ?',
    ),
    dropKeyRollups: sql(
      `DELETE FROM "UsageRollup" WHERE ("kind" IN ('KEY_MODEL_HOUR', 'KEY_MODEL_PAST') AND "apiKeyId" = ?) OR ("kind" IN ('KEY_HOUR', 'KEY_DAY') AND "value" = ?)`,
    ),
    openCall: sql('INSERT OR REPLACE INTO "OpenCall" ("id", "boot", "record") VALUES (?, ?, ?)'),
    closeCall: sql('DELETE FROM "OpenCall" WHERE "id" = ?'),
    openCalls: sql('SELECT "record" FROM "OpenCall" WHERE "boot" = ?'),
    dropOpenCalls: sql('DELETE FROM "OpenCall" WHERE "boot" = ?'),
    removal: sql('SELECT "apiKeyId" FROM "KeyRemoval" ORDER BY "createdAt" LIMIT 1'),
    dropRemoval: sql('DELETE FROM "KeyRemoval" WHERE "apiKeyId" = ?'),
    logsOfKey: sql(`SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l WHERE l."apiKeyId" = ? LIMIT ?`),
    dropLog: sql('DELETE FROM "RequestLog" WHERE "id" = ?'),
    insertContent: sql(INSERT_CONTENT_SQLITE),
    dropContent: sql('DELETE FROM "CallContent" WHERE "id" = ?'),
    dropExpiredContents: sql(
      'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "CallContent" WHERE "id" < ? ORDER BY "id" LIMIT ?)',
    ),
    dropContentsOfExpiredLogs: sql(
      'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < ? ORDER BY "id" LIMIT ?)',
    ),
    dropExpiredLogs: sql(
      'DELETE FROM "RequestLog" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < ? ORDER BY "id" LIMIT ?)',
    ),
    dropExpiredRollups: sql(
      `DELETE FROM "UsageRollup" WHERE ("kind", "apiKeyId", "bucket", "value") IN
         (SELECT "kind", "apiKeyId", "bucket", "value" FROM "UsageRollup" WHERE "kind" = ? AND "bucket" < ?
          ORDER BY "kind", "apiKeyId", "bucket", "value" LIMIT ?)`,
    ),
    expiredRollups: sql(
      `SELECT ${columns} FROM "UsageRollup" WHERE "kind" = ? AND "bucket" < ?
       ORDER BY "kind", "apiKeyId", "bucket", "value" LIMIT ?`,
    ),
    dropRollups: sql('DELETE FROM "UsageRollup" WHERE "kind" = ? AND "bucket" >= ? AND "bucket" < ?'),
  }
}

function bytesOf(id: string): Uint8Array {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('a journal line has an id that is not a request id')
  return bytes
}
