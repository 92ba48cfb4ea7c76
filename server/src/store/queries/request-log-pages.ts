// Pages and counts of request logs. Ranges are ranges of ids, which begin with their time.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import {
  isAscending,
  type RequestLogFilter,
  type RequestLogPage,
} from '../../domain/logs/request-log-query.ts'
import { requestIdFromBytes } from '../../domain/uuid.ts'
import { readInstant } from '../instants.ts'
import { SQL } from '../sql.ts'
import type { Store } from '../store.ts'
import { idBytes, RequestLogWhere, stretchOf } from './request-log-where.ts'
import { REQUEST_LOG_COLUMNS, recordFromRow } from './request-logs.ts'

/** A page, newest first, by one index seek. Throws TypeError for ids that are none. */
export async function seekRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  const where = whereOfPage(store, filter, page)
  const rows = await store[SQL].all(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${orderOf(page)} LIMIT ${bounded(page.limit)} OFFSET ${whole(page.offset ?? 0)}`,
    where.values,
  )
  const records = rows.map(recordFromRow)
  return isAscending(page) ? records.reverse() : records
}

/** A page, newest first, by reading every row from the page's place to the id `end`, included; null: to the last. */
export async function scanRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
  end: string | null,
): Promise<CallRecord[]> {
  const where = whereOfPage(store, filter, page)
  if (end !== null) where.add((at) => `l."id" ${isAscending(page) ? '<=' : '>='} ${at(idBytes(end))}`)
  const rows = await store[SQL].scan(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${orderOf(page)} LIMIT ${Math.trunc(page.limit)}`,
    where.values,
  )
  const records = rows.map(recordFromRow)
  return isAscending(page) ? records.reverse() : records
}

/**
 * The id of the last row that a scan from this place reads when it reads `max` rows; null where there are fewer. Counted by
 * the part of the filter that an index covers, with the logs of deleted keys.
 */
export async function scanEndAfter(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
  max: number,
): Promise<string | null> {
  const where = whereOfPage(store, { ...stretchOf(filter), removedToo: true }, page)
  const [row] = await store[SQL].scan(
    `SELECT l."id" AS id FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${orderOf(page)} LIMIT 1 OFFSET ${Math.trunc(max) - 1}`,
    where.values,
  )
  return row?.id instanceof Uint8Array ? requestIdFromBytes(row.id) : null
}

/** How many match. Reads them all. */
export async function countRequestLogs(store: Store, filter: RequestLogFilter): Promise<number> {
  const where = new RequestLogWhere(store.kind, filter)
  const [row] = await store[SQL].scan(
    `SELECT count(*) AS n FROM "RequestLog" l ${where.text()}`,
    where.values,
  )
  return Number(row?.n ?? 0)
}

/** How many match, counted up to `max`. */
export async function countRequestLogsUpTo(
  store: Store,
  filter: RequestLogFilter,
  max: number,
): Promise<number> {
  const where = new RequestLogWhere(store.kind, filter)
  const [row] = await store[SQL].scan(
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM "RequestLog" l ${where.text()} LIMIT ${Math.trunc(max)}) counted`,
    where.values,
  )
  return Number(row?.n ?? 0)
}

/**
 * The newest `limit` matching calls that ended at `sinceMs` or later, newest id first, and how many more there are. Reads no
 * id below `end`; null: every id that the filter allows.
 */
export async function findRequestLogsEndedSince(
  store: Store,
  filter: RequestLogFilter,
  { sinceMs, end, limit }: { sinceMs: number; end: string | null; limit: number },
): Promise<{ records: CallRecord[]; more: number }> {
  const where = new RequestLogWhere(store.kind, filter)
  const beganMs = readInstant(store.kind, 'l."startedAt"')
  where.add((at) => `${beganMs} + l."durationMs" >= ${at(Math.trunc(sinceMs))}`)
  if (end !== null) where.add((at) => `l."id" >= ${at(idBytes(end))}`)
  const rows = await store[SQL].scan(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()} ORDER BY l."id" DESC LIMIT ${Math.trunc(limit)}`,
    where.values,
  )
  const records = rows.map(recordFromRow)
  if (records.length < limit) return { records, more: 0 }
  const [row] = await store[SQL].scan(
    `SELECT count(*) AS n FROM "RequestLog" l ${where.text()}`,
    where.values,
  )
  return { records, more: Math.max(0, Number(row?.n ?? 0) - limit) }
}

/** The conditions of a filter and of a page's place. */
function whereOfPage(store: Store, filter: RequestLogFilter, page: RequestLogPage): RequestLogWhere {
  const { olderThan, newerThan } = page
  const where = new RequestLogWhere(store.kind, filter)
  if (olderThan !== undefined) where.add((at) => `l."id" < ${at(idBytes(olderThan))}`)
  if (newerThan !== undefined) where.add((at) => `l."id" > ${at(idBytes(newerThan))}`)
  return where
}

function orderOf(page: RequestLogPage): 'ASC' | 'DESC' {
  return isAscending(page) ? 'ASC' : 'DESC'
}

function bounded(limit: number): number {
  return Math.min(1_000, Math.max(1, whole(limit)))
}

function whole(n: number): number {
  return Number.isSafeInteger(n) && n >= 0 ? n : 0
}
