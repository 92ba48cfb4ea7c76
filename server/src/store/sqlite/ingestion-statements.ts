// The statements of ingestion into SQLite, prepared once for a connection.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ALL_CONTENT_BYTES, INSERT_CONTENT_SQLITE, oldestContents } from '../queries/call-contents.ts'
import { REQUEST_LOG_COLUMNS } from '../queries/request-logs.ts'
import { ROLLUP_COLUMNS } from '../queries/usage-rollups.ts'

/** Prepares them. `data_version` changes when another connection has written (https://www.sqlite.org/pragma.html). */
export function prepareIngestion(database: DatabaseSync) {
  const sql = (text: string): StatementSync => database.prepare(text)
  return {
    version: sql('PRAGMA data_version'),
    position: sql('SELECT "position" FROM "JournalPosition" WHERE "segment" = ?'),
    putPosition: sql(
      'INSERT INTO "JournalPosition" ("segment", "position") VALUES (?, ?) ON CONFLICT ("segment") DO UPDATE SET "position" = excluded."position"',
    ),
    removePosition: sql('DELETE FROM "JournalPosition" WHERE "segment" = ?'),
    key: sql('SELECT 1 AS one FROM "ApiKey" WHERE "id" = ?'),
    addKeyUse: sql(
      'UPDATE "ApiKey" SET "usageCount" = "usageCount" + ?, "lastUsedAt" = max(coalesce("lastUsedAt", 0), ?) WHERE "id" = ?',
    ),
    putOpenCall: sql('INSERT OR REPLACE INTO "OpenCall" ("id", "boot", "record") VALUES (?, ?, ?)'),
    removeOpenCall: sql('DELETE FROM "OpenCall" WHERE "id" = ?'),
    openCalls: sql('SELECT "record" FROM "OpenCall" WHERE "boot" = ?'),
    removeOpenCallsOf: sql('DELETE FROM "OpenCall" WHERE "boot" = ?'),
    insertContent: sql(INSERT_CONTENT_SQLITE),
    contentBytes: sql(ALL_CONTENT_BYTES),
    oldestContents: sql(oldestContents('?')),
    removeContent: sql('DELETE FROM "CallContent" WHERE "id" = ?'),
    removeContentsBefore: sql(
      'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "CallContent" WHERE "id" < ? ORDER BY "id" LIMIT ?)',
    ),
    removeContentsOfLogsBefore: sql(
      'DELETE FROM "CallContent" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < ? ORDER BY "id" LIMIT ?)',
    ),
    removeLog: sql('DELETE FROM "RequestLog" WHERE "id" = ?'),
    removeLogsBefore: sql(
      'DELETE FROM "RequestLog" WHERE "id" IN (SELECT "id" FROM "RequestLog" WHERE "id" < ? ORDER BY "id" LIMIT ?)',
    ),
    nextKeyToRemove: sql('SELECT "apiKeyId" FROM "KeyRemoval" ORDER BY "createdAt" LIMIT 1'),
    logsOfKey: sql(`SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l WHERE l."apiKeyId" = ? LIMIT ?`),
    putKeyRemoval: sql('INSERT OR IGNORE INTO "KeyRemoval" ("apiKeyId", "createdAt") VALUES (?, ?)'),
    takeTotalsOfKey: sql(
      `DELETE FROM "UsageRollup" WHERE ("kind", "apiKeyId", "bucket", "value") IN
         (SELECT "kind", "apiKeyId", "bucket", "value" FROM "UsageRollup"
          WHERE "kind" IN ('KEY_HOUR', 'KEY_DAY') AND "apiKeyId" = 0 AND "value" = ? LIMIT ?)
       RETURNING ${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')}`,
    ),
    removeSpendOfKey: sql(
      `DELETE FROM "UsageRollup" WHERE "kind" IN ('KEY_MODEL_HOUR', 'KEY_MODEL_PAST') AND "apiKeyId" = ?`,
    ),
    endKeyRemoval: sql('DELETE FROM "KeyRemoval" WHERE "apiKeyId" = ?'),
    rollupValues: sql(
      'SELECT "value" FROM "UsageRollup" WHERE "kind" = ? AND "apiKeyId" = 0 AND "bucket" = ? LIMIT ?',
    ),
    removeRollups: sql('DELETE FROM "UsageRollup" WHERE "kind" = ? AND "bucket" >= ? AND "bucket" < ?'),
    removeRollupsBefore: sql(ROLLUPS_BEFORE),
    takeRollupsBefore: sql(
      `${ROLLUPS_BEFORE} RETURNING ${ROLLUP_COLUMNS.map((name) => `"${name}"`).join(', ')}`,
    ),
  }
}

const ROLLUPS_BEFORE = `DELETE FROM "UsageRollup" WHERE ("kind", "apiKeyId", "bucket", "value") IN
  (SELECT "kind", "apiKeyId", "bucket", "value" FROM "UsageRollup" WHERE "kind" = ? AND "bucket" < ?
   ORDER BY "kind", "apiKeyId", "bucket", "value" LIMIT ?)`
