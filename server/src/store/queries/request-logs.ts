// Request logs in the database's own form. One place knows the columns, for reading and for writing in bulk.

import type { CallRecord } from '../../domain/logs/call-record.ts'
import { COLUMN_NAMES, type Column, type ColumnName, columnOf } from '../../domain/logs/columns.ts'
import { requestIdBytes, requestIdTimeMs } from '../../domain/uuid.ts'

export { recordFromRow } from './generated/record-from-row.ts'

/** Every column but `id` and `startedAt`, which both come from the record's id. */
export const REQUEST_LOG_NAMES = COLUMN_NAMES.filter(
  (name): name is Exclude<ColumnName, 'id'> => name !== 'id',
)

/** Those that a record has when it is inserted. */
const INSERTED_NAMES = REQUEST_LOG_NAMES.filter((name) => columnOf(name).known !== 'LATER')

/** The columns that a SELECT of request logs selects, for `recordFromRow`. */
export const REQUEST_LOG_COLUMNS = COLUMN_NAMES.map((name) => `l."${name}"`).join(', ')

const POSTGRES_TYPES: Record<Column['type'], string> = {
  ID: 'bytea',
  TEXT: 'text',
  ENUM: 'text',
  BOOLEAN: 'boolean',
  INT: 'int',
  BIGINT: 'bigint',
}
const TEXTS = REQUEST_LOG_NAMES.flatMap((name) => {
  const { maxChars } = columnOf(name)
  return maxChars === undefined ? [] : [{ name, maxChars }]
})

/**
 * A record as both databases take it: text without NUL (PostgreSQL has none) and without lone surrogates (UTF-8 has none),
 * truncated to what an index or a row should hold. Every record behind one that a database refuses would have to wait.
 */
export function storable(record: CallRecord): CallRecord {
  let kept = record
  for (const { name, maxChars } of TEXTS) {
    const value = record[name]
    if (typeof value !== 'string') continue
    const text = storableText(value, maxChars)
    if (text !== value) kept = { ...kept, [name]: text }
  }
  return kept
}

function storableText(text: string, maxChars: number): string {
  // Nearly every text is storable: three checks instead of three copies.
  if (text.length <= maxChars && text.isWellFormed() && !text.includes('\0')) return text
  return text.slice(0, maxChars).toWellFormed().replaceAll('\0', '\ufffd')
}

/** A record as a member of the JSON array that INSERT_POSTGRES takes. Throws TypeError for an invalid id. */
export function jsonRow(record: CallRecord): Record<string, unknown> {
  const bytes = requestIdBytes(record.id)
  if (bytes === null) throw new TypeError('a call record has an id that is not a request id')
  const row: Record<string, unknown> = {
    id: Buffer.from(bytes).toString('hex'),
    startedAtMs: requestIdTimeMs(record.id),
  }
  for (const name of INSERTED_NAMES) row[name] = record[name]
  return row
}

/**
 * One statement for any number of records, as one JSON parameter: bound values would cost far more to prepare.
 * Leaves out records that exist already; returns the ids that it inserted.
 */
export const INSERT_POSTGRES = `
  INSERT INTO "RequestLog" ("id", "startedAt", ${INSERTED_NAMES.map((name) => `"${name}"`).join(', ')})
  SELECT decode(j."id", 'hex'), to_timestamp(j."startedAtMs" / 1000.0) AT TIME ZONE 'UTC', ${INSERTED_NAMES.map((name) => `j."${name}"`).join(', ')}
  FROM jsonb_to_recordset($1::jsonb)
    AS j("id" text, "startedAtMs" bigint, ${INSERTED_NAMES.map((name) => `"${name}" ${POSTGRES_TYPES[columnOf(name).type]}`).join(', ')})
  ON CONFLICT ("id") DO NOTHING
  RETURNING "id"`
