// Ingestion into SQLite: prepared statements on a connection of the ingesting thread's own.
import { DatabaseSync } from 'node:sqlite'
import { firstIdAt, requestIdBytes, requestIdFromBytes } from '../../domain/uuid.ts'
import type { IngestionDatabase, IngestionTransaction } from '../ingestion.ts'
import { contentValues } from '../queries/call-contents.ts'
import { recordFromRow, storable } from '../queries/request-logs.ts'
import { keyedRollupFromRow } from '../queries/usage-rollups.ts'
import type { SqlRow } from '../sql.ts'
import { prepareIngestion } from './ingestion-statements.ts'
import { prepareLogInsert } from './log-insert.ts'
import { Mutex } from './mutex.ts'
import { prepareRollups } from './rollup-writer.ts'

// Numbers of keys kept between batches: some 30 bytes each.
const KNOWN_KEYS_MAX = 200_000

/** Opens the file at `path`, which has been migrated. Everything in here blocks its thread: not for the main one. */
export function openSqliteIngestion(path: string): IngestionDatabase {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 30_000 })
  // Of what is written only rollups and the ends of indexes are read again: a cache of four or sixteen times as much saves no
  // time, and would be in memory for good.
  database.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY')
  // Pages that batch after batch writes are written back once in 32 MB of the WAL, which is truncated to 64 MiB after it.
  database.exec('PRAGMA wal_autocheckpoint = 8000; PRAGMA journal_size_limit = 67108864')
  const statements = prepareIngestion(database)
  const insertLog = prepareLogInsert(database)
  const rollups = prepareRollups(database)
  const writing = new Mutex()
  // Keys that exist, so that the next batch need not look. They are forgotten when anything fails, and when another connection
  // has written, by SQLite's data_version: only others delete keys.
  const knownKeys = new Set<number>()
  let knownVersion: unknown

  async function transaction<T>(work: () => Promise<T>): Promise<T> {
    database.exec('BEGIN IMMEDIATE')
    try {
      const version = statements.version.get()?.data_version
      if (version !== knownVersion || knownKeys.size > KNOWN_KEYS_MAX) knownKeys.clear()
      knownVersion = version
      const result = await work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      knownKeys.clear()
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  /** Adds the key to `missing` where it does not exist. */
  function findKey(apiKeyId: number, missing: Set<number>): void {
    if (knownKeys.has(apiKeyId) || missing.has(apiKeyId)) return
    ;(statements.key.get(apiKeyId) === undefined ? missing : knownKeys).add(apiKeyId)
  }

  function positionOf(segment: string): number {
    return Number(statements.position.get(segment)?.position ?? 0)
  }

  const tx: IngestionTransaction = {
    positionOf,
    putPosition(segment, position) {
      statements.putPosition.run(segment, position)
    },
    insertLogs(records, onInserted, pause) {
      const missing = new Set<number>()
      for (const read of records) {
        pause?.()
        const record = storable(read)
        if (record.apiKeyId !== null) findKey(record.apiKeyId, missing)
        if (insertLog(record)) onInserted(record)
      }
      for (const apiKeyId of missing) statements.putKeyRemoval.run(apiKeyId, Date.now())
    },
    insertContents(contents) {
      for (const content of contents) statements.insertContent.run(...contentValues(content))
    },
    addKeyUses(uses) {
      for (const use of uses) statements.addKeyUse.run(use.uses, use.lastMs, use.id)
    },
    putOpenCalls(runId, opened) {
      for (const { id, record } of opened) statements.putOpenCall.run(bytesOf(id), runId, record)
    },
    removeOpenCalls(ids) {
      for (const id of ids) statements.removeOpenCall.run(bytesOf(id))
    },
    openCallsOf: (runId) => statements.openCalls.all(runId).map((row) => String(row.record)),
    removeOpenCallsOf(runId) {
      statements.removeOpenCallsOf.run(runId)
    },
    addRollups: rollups.add,
    rollupValues: (kind, bucket, limit) =>
      (statements.rollupValues.all(kind, bucket, limit) as SqlRow[]).map(({ value }) => String(value)),
    subtractRollups: rollups.subtract,
    putRollups(all) {
      for (const { key, rollup } of all) rollups.put(key, rollup)
    },
    removeRollups(kinds, from, to) {
      for (const kind of kinds) statements.removeRollups.run(kind, from, to)
    },
    removeRollupsBefore: (kind, bucket, limit) =>
      Number(statements.removeRollupsBefore.run(kind, bucket, limit).changes),
    takeRollupsBefore: (kind, bucket, limit) =>
      (statements.takeRollupsBefore.all(kind, bucket, limit) as SqlRow[]).map(keyedRollupFromRow),
    removeContentsBefore: (ms, limit) =>
      Number(statements.removeContentsBefore.run(firstIdAt(ms), limit).changes),
    removeContentsOfLogsBefore(ms, limit) {
      statements.removeContentsOfLogsBefore.run(firstIdAt(ms), limit)
    },
    removeContentsOf(ids) {
      for (const id of ids) statements.removeContent.run(bytesOf(id))
    },
    oldestContents: (limit) =>
      (statements.oldestContents.all(limit) as SqlRow[]).map(({ id, bytes }) => ({
        id: requestIdFromBytes(id as Uint8Array),
        bytes: Number(bytes),
      })),
    removeLogsBefore: (ms, limit) => Number(statements.removeLogsBefore.run(firstIdAt(ms), limit).changes),
    nextKeyToRemove() {
      const row = statements.nextKeyToRemove.get()
      return row === undefined ? null : Number(row.apiKeyId)
    },
    takeLogsOfKey(apiKeyId, limit) {
      const rows = statements.logsOfKey.all(apiKeyId, limit) as SqlRow[]
      for (const row of rows) statements.removeLog.run(row.id as Uint8Array)
      return rows.map(recordFromRow)
    },
    takeTotalsOfKey: (apiKeyId, limit) =>
      (statements.takeTotalsOfKey.all(String(apiKeyId), limit) as SqlRow[]).map(keyedRollupFromRow),
    removeSpendOfKey(apiKeyId) {
      statements.removeSpendOfKey.run(apiKeyId)
    },
    endKeyRemoval(apiKeyId) {
      statements.endKeyRemoval.run(apiKeyId)
    },
  }

  return {
    positionOf: async (segment) => positionOf(segment),
    forget: (segments) =>
      writing.run(() =>
        transaction(async () => {
          for (const segment of segments) statements.removePosition.run(segment)
        }),
      ),
    transaction: (work) => writing.run(() => transaction(() => work(tx))),
    contentBytes: () => writing.run(async () => Number(statements.contentBytes.get()?.bytes)),
    // Free pages lie at the end of the file once they are moved there; a few thousand take some milliseconds.
    compact: () => writing.run(async () => database.exec('PRAGMA incremental_vacuum(2000)')),
    close: () => writing.run(async () => database.close()),
  }
}

function bytesOf(id: string): Uint8Array {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('a journal line has an id that is not a request id')
  return bytes
}
