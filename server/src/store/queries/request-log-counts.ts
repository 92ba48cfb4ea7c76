// Request logs counted by time and by value, from the rows.
import type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
import { readInstant } from '../instants.ts'
import { SQL, type SqlRow } from '../sql.ts'
import type { Store } from '../store.ts'
import { idBytes, RequestLogWhere } from './request-log-where.ts'
import type { REQUEST_LOG_NAMES } from './request-logs.ts'
import { totalOfLogs } from './verification.ts'

/** Calls of one bin of time, in all and of each outcome but ERROR; bins without a call are omitted. */
export type BinCount = { bin: number; calls: number } & Record<OutcomeTotal, number>

export const OUTCOME_TOTALS = ['successes', 'denied', 'cancelled', 'interrupted'] as const
type OutcomeTotal = (typeof OUTCOME_TOTALS)[number]

/** Calls by bin: bin 0 begins at `fromMs`, and each is `binMs` long. Reads no id below `end`; null: all that match. */
export async function countRequestLogsByBin(
  store: Store,
  filter: RequestLogFilter,
  end: string | null,
  { fromMs, binMs }: { fromMs: number; binMs: number },
): Promise<BinCount[]> {
  const where = whereFrom(store, filter, end)
  const atMs = readInstant(store.kind, 'l."startedAt"')
  const rows = await store[SQL].scan(
    `SELECT (${atMs} - ${Math.trunc(fromMs)}) / ${Math.trunc(binMs)} AS bin, ${totalOfLogs('calls')} AS calls,
       ${OUTCOME_TOTALS.map((name) => `${totalOfLogs(name)} AS "${name}"`).join(', ')}
     FROM "RequestLog" l ${where.text()} GROUP BY 1`,
    where.values,
  )
  return rows.map(binCountFrom)
}

/** Reads a row with the members of a BinCount. */
export function binCountFrom({ bin, calls, successes, denied, cancelled, interrupted }: SqlRow): BinCount {
  return {
    bin: Number(bin),
    calls: Number(calls),
    successes: Number(successes),
    denied: Number(denied),
    cancelled: Number(cancelled),
    interrupted: Number(interrupted),
  }
}

/** The `first` values of a column that most calls have, most first; null is omitted. Reads no id below `end`; null: all that match. */
export async function countRequestLogsByValue(
  store: Store,
  filter: RequestLogFilter,
  end: string | null,
  column: (typeof REQUEST_LOG_NAMES)[number],
  first: number,
): Promise<{ value: string; count: number }[]> {
  const where = whereFrom(store, filter, end)
  where.add(() => `l."${column}" IS NOT NULL`)
  const rows = await store[SQL].scan(
    `SELECT l."${column}" AS value, ${totalOfLogs('calls')} AS n FROM "RequestLog" l ${where.text()}
     GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${Math.trunc(first)}`,
    where.values,
  )
  return rows.map((row) => ({ value: String(row.value), count: Number(row.n) }))
}

function whereFrom(store: Store, filter: RequestLogFilter, end: string | null): RequestLogWhere {
  const where = new RequestLogWhere(store.kind, filter)
  if (end !== null) where.add((at) => `l."id" >= ${at(idBytes(end))}`)
  return where
}
