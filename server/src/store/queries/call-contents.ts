// What is kept of calls' content, in the database's own form.
import type { Kept, StoredContent } from '../../domain/content/captured-content.ts'
import { ROW_BYTES } from '../../domain/content/content-bytes.ts'
import { requestIdBytes, requestIdFromBytes } from '../../domain/uuid.ts'
import { SQL, type SqlRow, type SqlValue } from '../sql.ts'
import type { Store } from '../store.ts'

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

/** The content of a call, its bodies deflated; null where there is none. */
export async function readContent(store: Store, requestId: string): Promise<StoredContent | null> {
  const [row] = await contentRows(store, [requestId], COLUMNS.map((name) => `c."${name}"`).join(', '))
  return row === undefined ? null : contentFromRow(row)
}

/** How much of the content of calls is stored, by request id, without reading its bodies; those without any are absent. */
export async function readKept(store: Store, requestIds: string[]): Promise<Map<string, Kept>> {
  const rows = await contentRows(store, requestIds, 'c."id", c."kept"')
  return new Map(rows.map((row) => [requestIdFromBytes(row.id as Uint8Array), row.kept as Kept]))
}

async function contentRows(store: Store, requestIds: string[], columns: string): Promise<SqlRow[]> {
  const ids = requestIds.map(requestIdBytes).filter((id) => id !== null)
  if (ids.length === 0) return []
  const places = ids.map((_, index) => `$${index + 1}`).join(', ')
  return store[SQL].all(`SELECT ${columns} FROM "CallContent" c WHERE c."id" IN (${places})`, ids)
}

const BYTES = `${ROW_BYTES} + ${['request', 'response', 'shape'].map((name) => `coalesce(octet_length("${name}"), 0)`).join(' + ')}`

/** How many bytes all contents take, as domain/content/content-bytes.ts counts them: one row with `bytes`. No body is read for it. */
export const ALL_CONTENT_BYTES = `SELECT coalesce(sum(${BYTES}), 0) AS bytes FROM "CallContent"`

/** The oldest contents, with the bytes of each. The parameter is how many. */
export const oldestContents = (limit: '?' | '$1') =>
  `SELECT "id", ${BYTES} AS bytes FROM "CallContent" ORDER BY "id" LIMIT ${limit}`

const INTO = `INSERT INTO "CallContent" (${COLUMNS.map((name) => `"${name}"`).join(', ')})`

/** For contentValues: inserts content whose request log is there, once. The text for each database: its log's id comes last. */
// Of a deleted key no content is stored any more, not even until its removal comes to the log.
const NOT_DELETED = 'NOT EXISTS (SELECT 1 FROM "KeyRemoval" r WHERE r."apiKeyId" = l."apiKeyId")'
export const INSERT_CONTENT_SQLITE = `${INTO} SELECT ${COLUMNS.map(() => '?').join(', ')}
  WHERE EXISTS (SELECT 1 FROM "RequestLog" l WHERE l."id" = ? AND ${NOT_DELETED}) ON CONFLICT ("id") DO NOTHING`

const POSTGRES_TYPES = 'bytea text text text bytea boolean text bytea boolean int'.split(' ')
export const INSERT_CONTENT_POSTGRES = `${INTO} SELECT ${POSTGRES_TYPES.map((type, at) => `$${at + 1}::${type}`).join(', ')}
  WHERE EXISTS (SELECT 1 FROM "RequestLog" l WHERE l."id" = $${COLUMNS.length + 1} AND ${NOT_DELETED}) ON CONFLICT ("id") DO NOTHING`

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

function contentFromRow(row: SqlRow): StoredContent {
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
