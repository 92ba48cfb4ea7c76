// Reading request logs: one by id, a page by filter, how many there are.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { requestIdBytes } from '../../domain/uuid.ts'
import { REQUEST_LOG_COLUMNS, recordFromRow } from '../../store/queries/request-logs.ts'
import type { Store } from '../../store/store.ts'
import { idBytes, type RequestLogFilter, RequestLogWhere } from './request-log-filter.ts'

export type RequestLogPage = {
  /** 1 to 1,000. */
  limit: number
  /** Request ids, both excluded. */
  olderThan?: string
  newerThan?: string
  /** Take the page nearest to the oldest end of what is left; it is still answered newest first. */
  oldestFirst?: boolean
  /** Rows to skip: slow at depth, for the original product's page numbers alone. */
  offset?: number
}

/**
 * A page of request logs, newest first: an index seek, whatever the depth, as long as nothing but one value of a key, an
 * outcome or a model is filtered by (request-log-search.ts bounds the rest). Throws TypeError for ids that are none.
 */
export async function findRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  const where = whereOf(store, filter, page)
  const ascending = isAscending(page)
  const rows = await store.sql.all(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${ascending ? 'ASC' : 'DESC'} LIMIT ${bounded(page.limit)} OFFSET ${whole(page.offset ?? 0)}`,
    where.values,
  )
  const records = rows.map(recordFromRow)
  return ascending ? records.reverse() : records
}

/** The conditions of a filter and of a page's place. */
export function whereOf(store: Store, filter: RequestLogFilter, page: RequestLogPage): RequestLogWhere {
  const { olderThan, newerThan } = page
  const where = new RequestLogWhere(store.kind, filter)
  if (olderThan !== undefined) where.add((at) => `l."id" < ${at(idBytes(olderThan))}`)
  if (newerThan !== undefined) where.add((at) => `l."id" > ${at(idBytes(newerThan))}`)
  return where
}

/** With only a lower bound the page asked for is the one next to it. */
export function isAscending(page: RequestLogPage): boolean {
  return page.oldestFirst ?? (page.newerThan !== undefined && page.olderThan === undefined)
}

/** The request log of an id, or null. */
export async function findRequestLog(store: Store, id: string): Promise<CallRecord | null> {
  if (requestIdBytes(id) === null) return null
  const [record] = await findRequestLogs(store, { id }, { limit: 1 })
  return record ?? null
}

/** How many request logs match. Reads them all: for the original product's totals. */
export async function countRequestLogs(store: Store, filter: RequestLogFilter): Promise<number> {
  const where = new RequestLogWhere(store.kind, filter)
  const [row] = await store.sql.scan(`SELECT count(*) AS n FROM "RequestLog" l ${where.text()}`, where.values)
  return Number(row?.n ?? 0)
}

function bounded(limit: number): number {
  return Math.min(1_000, Math.max(1, whole(limit)))
}

function whole(n: number): number {
  return Number.isSafeInteger(n) && n >= 0 ? n : 0
}
