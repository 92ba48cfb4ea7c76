// Searching request logs by what no index knows, in bounded steps: a search reads so many rows and no more, and says
// where it stopped.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { requestIdFromBytes } from '../../domain/uuid.ts'
import { REQUEST_LOG_COLUMNS, recordFromRow } from '../../store/queries/request-logs.ts'
import type { Store } from '../../store/store.ts'
import { idBytes, planOf, type RequestLogFilter, RequestLogWhere, stretchOf } from './request-log-filter.ts'
import { findRequestLogs, isAscending, type RequestLogPage, whereOf } from './request-logs.ts'

/** Rows that a search looks at: some 0.2 s on SQLite, on a thread of its own. */
export const SCAN_MAX = 200_000

export type SearchedLogs = {
  /** Newest first. */
  records: CallRecord[]
  /** The id at which the search stopped before the page was full, though there is more; null: it looked at all there is. */
  stoppedAt: string | null
}

/**
 * A page of request logs that match. Where the filter goes beyond what an index knows, it looks at SCAN_MAX rows at most:
 * the search goes on with a page from `stoppedAt`.
 */
export async function searchRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<SearchedLogs> {
  const { seek, scans } = planOf(filter)
  if (!scans) {
    const several = seek !== null && (filter[seek]?.length ?? 0) > 1
    const find = several ? findInStretches : findRequestLogs
    return { records: await find(store, filter, page), stoppedAt: null }
  }
  const ascending = isAscending(page)
  const end = await scanEnd(store, filter, page)
  const where = whereOf(store, filter, page)
  if (end !== null) where.add((at) => `l."id" ${ascending ? '<=' : '>='} ${at(idBytes(end))}`)
  const rows = await store.sql.scan(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${ascending ? 'ASC' : 'DESC'} LIMIT ${Math.trunc(page.limit)}`,
    where.values,
  )
  const records = rows.map(recordFromRow)
  return {
    records: ascending ? records.reverse() : records,
    stoppedAt: records.length < page.limit ? end : null,
  }
}

/** How many match, counted up to `max`; null where there are more, or more than SCAN_MAX would have to be looked at. */
export async function countUpTo(store: Store, filter: RequestLogFilter, max: number): Promise<number | null> {
  if (planOf(filter).scans && (await scanEnd(store, filter, { limit: 1 })) !== null) return null
  const where = new RequestLogWhere(store.kind, filter)
  const [row] = await store.sql.scan(
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM "RequestLog" l ${where.text()} LIMIT ${max + 1}) counted`,
    where.values,
  )
  const count = Number(row?.n ?? 0)
  return count > max ? null : count
}

/** The id of the last row that a search from this place may look at; null where fewer are left. */
export async function scanEnd(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<string | null> {
  const where = whereOf(store, { ...stretchOf(filter), removedToo: true }, page)
  const [row] = await store.sql.scan(
    `SELECT l."id" AS id FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${isAscending(page) ? 'ASC' : 'DESC'} LIMIT 1 OFFSET ${SCAN_MAX - 1}`,
    where.values,
  )
  return row?.id instanceof Uint8Array ? requestIdFromBytes(row.id) : null
}

/** The rows of several values of one column: a seek for each, and the page out of those. */
async function findInStretches(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  const { seek } = planOf(filter)
  const members = seek === null ? [] : [...new Set<string | number>(filter[seek])]
  const pages = await Promise.all(
    members.map((member) => findRequestLogs(store, { ...filter, [seek ?? '']: [member] }, page)),
  )
  const newestFirst = pages.flat().sort((a, b) => (a.id < b.id ? 1 : -1))
  return isAscending(page) ? newestFirst.slice(-page.limit) : newestFirst.slice(0, page.limit)
}
