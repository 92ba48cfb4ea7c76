// The calls that a live tail has missed for longer than the process keeps records, from the database, by when they ended.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { findRequestLogsEndedSince } from '../../store/queries/request-log-pages.ts'
import type { Store } from '../../store/store.ts'
import { scanEnd } from './request-log-search.ts'

// A call that ended at some instant may have begun that much earlier.
const LONGEST_CALL_MS = HOUR_MS

/** When a call ended, to about a millisecond: its id has the start in whole ones. */
export function endedMs(record: CallRecord): number {
  return requestIdTimeMs(record.id) + record.durationMs
}

/** The last `limit` matching calls that ended at `sinceMs` or later, oldest end first, and how many more there were. */
export async function findEndedSince(
  store: Store,
  filter: RequestLogFilter,
  sinceMs: number,
  limit: number,
): Promise<{ records: CallRecord[]; more: number }> {
  const ranged = { ...filter, fromMs: Math.max(filter.fromMs ?? 0, sinceMs - LONGEST_CALL_MS) }
  const end = await scanEnd(store, ranged, { limit: 1 })
  const { records, more } = await findRequestLogsEndedSince(store, ranged, { sinceMs, end, limit })
  return { records: records.sort((a, b) => endedMs(a) - endedMs(b) || (a.id < b.id ? -1 : 1)), more }
}
