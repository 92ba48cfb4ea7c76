// Inserts request logs into SQLite, one by one in a transaction of many.
import type { DatabaseSync } from 'node:sqlite'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { requestIdBytes, requestIdTimeMs } from '../../domain/uuid.ts'
import { LOG_INSERT_COLUMNS, runLogInsert } from './generated/run-log-insert.ts'

/** Prepares the insert. It returns false where a log of that id exists already; throws TypeError for an invalid id. */
export function prepareLogInsert(database: DatabaseSync): (record: CallRecord) => boolean {
  const statement = database.prepare(
    `INSERT INTO "RequestLog" (${LOG_INSERT_COLUMNS.map((name) => `"${name}"`).join(', ')})
     VALUES (${LOG_INSERT_COLUMNS.map(() => '?').join(', ')}) ON CONFLICT ("id") DO NOTHING`,
  )
  return (record) => {
    const id = requestIdBytes(record.id)
    if (id === null) throw new TypeError('a call record has an id that is not a request id')
    return runLogInsert(statement, id, requestIdTimeMs(record.id), record) !== 0
  }
}
