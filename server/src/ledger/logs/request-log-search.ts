// Searches of request logs by what no index covers, in bounded steps: one search reads at most SCAN_MAX rows, and returns where
// it stopped.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import {
  isAscending,
  type RequestLogFilter,
  type RequestLogPage,
} from '../../domain/logs/request-log-query.ts'
import * as queries from '../../store/queries/request-log-pages.ts'
import { planOf } from '../../store/queries/request-log-where.ts'
import type { Store } from '../../store/store.ts'
import { findRequestLogs } from './request-logs.ts'

/** Rows that a search reads: some 0.2 s on SQLite, on a thread of its own. */
export const SCAN_MAX = 200_000

export type SearchedLogs = {
  /** Newest first. */
  records: CallRecord[]
  /** The id at which the search stopped before the page was full, though there are more rows; null: it read them all. */
  stoppedAt: string | null
}

/**
 * A page of request logs that match. Where no index covers the whole filter, it reads at most `scanMax` rows: a page from
 * `stoppedAt` continues the search.
 */
export async function searchRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
  scanMax: number = SCAN_MAX,
): Promise<SearchedLogs> {
  const { seek, scans } = planOf(filter)
  if (!scans) {
    const several = seek !== null && (filter[seek]?.length ?? 0) > 1
    const find = several ? findInStretches : findRequestLogs
    return { records: await find(store, filter, page), stoppedAt: null }
  }
  const end = await queries.scanEndAfter(store, filter, page, scanMax)
  const records = await queries.scanRequestLogs(store, filter, page, end)
  return { records, stoppedAt: records.length < page.limit ? end : null }
}

/** How many match, counted up to `max`; null where there are more, or where more than SCAN_MAX rows would have to be read. */
export async function countUpTo(store: Store, filter: RequestLogFilter, max: number): Promise<number | null> {
  if (planOf(filter).scans && (await scanEnd(store, filter, { limit: 1 })) !== null) return null
  const count = await queries.countRequestLogsUpTo(store, filter, max + 1)
  return count > max ? null : count
}

/** The id of the last row that a search from this place may read; null where there are no more than SCAN_MAX. */
export function scanEnd(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<string | null> {
  return queries.scanEndAfter(store, filter, page, SCAN_MAX)
}

/** A page of several values of one column: an index seek for each value, and the page out of their rows. */
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
