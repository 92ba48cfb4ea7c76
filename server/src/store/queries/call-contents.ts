// What is kept of calls' content, in the database's own form.
import type { Kept, StoredContent } from '../../domain/content/captured-content.ts'
import { requestIdBytes, requestIdFromBytes } from '../../domain/uuid.ts'
import type { SqlRow, SqlValue } from '../sql.ts'

const COLUMNS = [
  'id',
  'kept',
  'shape',
  'requestType',
  'request',
  'requestTruncated',
  'responseType',
  'response',
  'responseTruncated',
  'redactions',
]

/** What a SELECT of content selects, for `contentFromRow`. */
export const CALL_CONTENT_COLUMNS = COLUMNS.map((name) => `c."${name}"`).join(', ')

const INTO = `INSERT INTO "CallContent" (${COLUMNS.map((name) => `"${name}"`).join(', ')})`

/** For contentValues: inserts content whose request log is there, once. The text for each database: its log's id comes last. */
export const INSERT_CONTENT_SQLITE = `${INTO} SELECT ${COLUMNS.map(() => '?').join(', ')}
  WHERE EXISTS (SELECT 1 FROM "RequestLog" WHERE "id" = ?) ON CONFLICT ("id") DO NOTHING`

const POSTGRES_TYPES = 'bytea text text text bytea boolean text bytea boolean int'.split(' ')
export const INSERT_CONTENT_POSTGRES = `${INTO} SELECT ${POSTGRES_TYPES.map((type, at) => `$${at + 1}::${type}`).join(', ')}
  WHERE EXISTS (SELECT 1 FROM "RequestLog" WHERE "id" = $${COLUMNS.length + 1}) ON CONFLICT ("id") DO NOTHING`

/** Throws TypeError for an id that is none. */
export function contentValues(content: StoredContent): SqlValue[] {
  const id = requestIdBytes(content.id)
  if (id === null) throw new TypeError('content has an id that is not a request id')
  return [
    id,
    content.kept,
    content.shape === null ? null : JSON.stringify(content.shape),
    content.requestType,
    content.request,
    Number(content.requestTruncated),
    content.responseType,
    content.response,
    Number(content.responseTruncated),
    content.redactions,
    id,
  ]
}

/** Reads a row that CALL_CONTENT_COLUMNS selected. */
export function contentFromRow(row: SqlRow): StoredContent {
  return {
    id: requestIdFromBytes(row.id as Uint8Array),
    kept: row.kept as Kept,
    shape: typeof row.shape === 'string' ? JSON.parse(row.shape) : null,
    requestType: row.requestType as string | null,
    request: row.request as Uint8Array | null,
    requestTruncated: Boolean(row.requestTruncated),
    responseType: row.responseType as string | null,
    response: row.response as Uint8Array | null,
    responseTruncated: Boolean(row.responseTruncated),
    redactions: Number(row.redactions),
  }
}
