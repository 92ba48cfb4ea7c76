// Fills a migrated SQLite file as millions of calls would have, without the journal: rows by prepared statements, rollups by
// the ledger's own arithmetic.
import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { CallRecord } from '@latchkey/server/domain/logs/call-record.ts'
import { wasAdmitted } from '@latchkey/server/domain/logs/call-record.ts'
import { DAY_MS } from '@latchkey/server/domain/time.ts'
import { Rollups } from '@latchkey/server/domain/usage/rollups.ts'
import { requestIdBytes, requestIdTimeMs } from '@latchkey/server/domain/uuid.ts'
import { openStore } from '@latchkey/server/store/open-store.ts'
import { REQUEST_LOG_NAMES } from '@latchkey/server/store/queries/request-logs.ts'
import { ROLLUP_COLUMNS, valuesOfRollup } from '@latchkey/server/store/queries/usage-rollups.ts'
import { KEYS, syntheticCalls } from './synthetic-calls.ts'

const ROWS_A_TRANSACTION = 20_000

/** Makes the file at `path` with `rows` calls between two instants. */
export async function fillSqlite(path: string, rows: number, fromMs: number, toMs: number): Promise<void> {
  await (await openStore(path)).close()
  const database = new DatabaseSync(path)
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -256000')
  const indexes = database
    .prepare(
      `SELECT "name", "sql" FROM sqlite_master WHERE "type" = 'index' AND "tbl_name" = 'RequestLog' AND "sql" NOT NULL`,
    )
    .all()
  for (const index of indexes) database.exec(`DROP INDEX "${index.name}"`)
  const columns = ['id', 'startedAt', ...REQUEST_LOG_NAMES]
  const insert = database.prepare(insertInto('RequestLog', columns))
  const putRollup = database.prepare(insertInto('UsageRollup', ROLLUP_COLUMNS))
  const uses = new Map<number, number>()
  let rollups = new Rollups()
  let day = Math.floor(fromMs / DAY_MS)
  let inTransaction = 0
  const putRollups = () => {
    for (const { key, rollup } of rollups.entries()) putRollup.run(...valuesOfRollup(key, rollup))
    rollups = new Rollups()
  }
  database.exec('BEGIN')
  for (const record of syntheticCalls(rows, fromMs, toMs)) {
    // A day holds its hours whole, so each of its rollups is written once.
    const dayOfRecord = Math.floor(requestIdTimeMs(record.id) / DAY_MS)
    if (dayOfRecord !== day) {
      putRollups()
      day = dayOfRecord
    }
    insert.run(...logValues(record))
    rollups.add(record)
    if (record.apiKeyId !== null && wasAdmitted(record.outcome))
      uses.set(record.apiKeyId, (uses.get(record.apiKeyId) ?? 0) + 1)
    if (++inTransaction < ROWS_A_TRANSACTION) continue
    database.exec('COMMIT; BEGIN')
    inTransaction = 0
  }
  putRollups()
  addKeys(database, uses)
  for (const index of indexes) database.exec(String(index.sql))
  database.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize')
  database.close()
}

/** The keys that synthetic calls were made with; `uses` is their counters. */
export function addKeys(database: DatabaseSync, uses: ReadonlyMap<number, number> = new Map()): void {
  const insert = database.prepare(
    'INSERT INTO "ApiKey" ("id", "name", "secretHash", "secretStart", "createdAt", "updatedAt", "usageCount") VALUES (?, ?, ?, ?, 0, 0, ?)',
  )
  for (let id = 1; id <= KEYS; id++)
    insert.run(id, `key ${id}`, randomBytes(32), 'aaaaaaaa', uses.get(id) ?? 0)
}

function insertInto(table: string, columns: readonly string[]): string {
  return `INSERT INTO "${table}" (${columns.map((name) => `"${name}"`).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`
}

function logValues(record: CallRecord): (string | number | null | Uint8Array)[] {
  return [
    requestIdBytes(record.id),
    requestIdTimeMs(record.id),
    ...REQUEST_LOG_NAMES.map((name) => {
      const value = record[name]
      return typeof value === 'boolean' ? Number(value) : value
    }),
  ]
}
