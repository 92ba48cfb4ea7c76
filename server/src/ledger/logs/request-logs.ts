// Reading request logs: one by its id, a page by a filter, how many there are.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter, RequestLogPage } from '../../domain/logs/request-log-query.ts'
import { requestIdBytes } from '../../domain/uuid.ts'
import * as queries from '../../store/queries/request-log-pages.ts'
import type { Store } from '../../store/store.ts'

/**
 * A page of request logs, newest first: an index seek, whatever the depth, as long as the filter is nothing but one value of a
 * key, an outcome or a model (request-log-search.ts bounds all other searches). Throws TypeError for ids that are none.
 */
export function findRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  return queries.seekRequestLogs(store, filter, page)
}

/** The request log of an id, or null. */
export async function findRequestLog(store: Store, id: string): Promise<CallRecord | null> {
  return (await findRequestLogsById(store, [id])).get(id) ?? null
}

/** The request logs of ids that exist, by id, with one query. At most 1,000. */
export async function findRequestLogsById(store: Store, ids: string[]): Promise<Map<string, CallRecord>> {
  const known = ids.filter((id) => requestIdBytes(id) !== null)
  const records = await findRequestLogs(store, { ids: known }, { limit: known.length })
  return new Map(records.map((record) => [record.id, record]))
}

/** How many request logs match. Reads them all: for the original product's totals. */
export function countRequestLogs(store: Store, filter: RequestLogFilter): Promise<number> {
  return queries.countRequestLogs(store, filter)
}
