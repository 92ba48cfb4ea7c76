// What a tail has missed for longer than the process remembers, from the database: in the order in which calls ended.
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { readInstant } from '../../store/instants.ts'
import { REQUEST_LOG_COLUMNS, recordFromRow } from '../../store/queries/request-logs.ts'
import type { Store } from '../../store/store.ts'
import { idBytes, type RequestLogFilter, RequestLogWhere } from './request-log-filter.ts'
import { scanEnd } from './request-log-search.ts'

// A call that ended since may have begun that much earlier.
const LONGEST_CALL_MS = HOUR_MS

/** When a call ended, to the millisecond or so. */
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
  const where = new RequestLogWhere(store.kind, ranged)
  const beganMs = readInstant(store.kind, 'l."startedAt"')
  where.add((at) => `${beganMs} + l."durationMs" >= ${at(Math.trunc(sinceMs))}`)
  if (end !== null) where.add((at) => `l."id" >= ${at(idBytes(end))}`)
  const rows = await store.sql.scan(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()} ORDER BY l."id" DESC LIMIT ${limit}`,
    where.values,
  )
  const records = rows.map(recordFromRow).sort((a, b) => endedMs(a) - endedMs(b) || (a.id < b.id ? -1 : 1))
  if (records.length < limit) return { records, more: 0 }
  const [row] = await store.sql.scan(`SELECT count(*) AS n FROM "RequestLog" l ${where.text()}`, where.values)
  return { records, more: Math.max(0, Number(row?.n ?? 0) - limit) }
}
