// The log explorer: searching request logs by any of their parts, and counting what is found by time and by value.
import type { Actor } from '../../domain/admins/actor.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter, RequestLogPage } from '../../domain/logs/request-log-query.ts'
import { DAY_MS } from '../../domain/time.ts'
import { requestIdBytes, requestIdTimeMs } from '../../domain/uuid.ts'
import * as counts from '../../ledger/logs/request-log-counts.ts'
import * as search from '../../ledger/logs/request-log-search.ts'
import type { ControlPlane } from '../control-plane.ts'
import { logsWithin } from '../owners/within-owners.ts'
import { type Labelled, labelsOf } from './value-labels.ts'

export type { Between } from '../../domain/logs/request-log-query.ts'
export type { FacetField, HistogramBin, RequestLogHistogram } from '../../ledger/logs/request-log-counts.ts'

/** Where a search without a beginning begins. */
const DEFAULT_SPAN_MS = DAY_MS
const COUNT_MAX = 10_000

export type FoundPage = {
  records: CallRecord[]
  /** The id at which the search stopped before the page was full; go on from there. Null: it looked at all there is. */
  stoppedAt: string | null
  /** How far back the search came, where it stopped early. */
  searchedFromMs: number | null
}

export type LabelledFacets = { values: (Labelled & { count: number })[]; partial: boolean }

/** A page of request logs that match, newest first. A text without a beginning is searched for in 24 hours. */
export async function searchRequestLogs(
  plane: ControlPlane,
  actor: Actor,
  sent: RequestLogFilter,
  page: RequestLogPage,
): Promise<FoundPage> {
  await plane.ledger.settled()
  const { filter, defaultFromMs } = narrowed(plane, await logsWithin(plane, actor, sent))
  const { records, stoppedAt } = await search.searchRequestLogs(plane.store, filter, page)
  const stoppedAtMs = stoppedAt === null || page.oldestFirst === true ? null : requestIdTimeMs(stoppedAt)
  return { records, stoppedAt, searchedFromMs: stoppedAtMs ?? defaultFromMs }
}

/** How many match; null beyond 10,000, or where too many rows would have to be looked at. */
export async function countFoundLogs(
  plane: ControlPlane,
  actor: Actor,
  sent: RequestLogFilter,
): Promise<number | null> {
  await plane.ledger.settled()
  return search.countUpTo(
    plane.store,
    narrowed(plane, await logsWithin(plane, actor, sent)).filter,
    COUNT_MAX,
  )
}

/** The matching calls over time; without a range those of the last 24 hours. */
export async function readHistogram(
  plane: ControlPlane,
  actor: Actor,
  filter: RequestLogFilter,
  bins: number,
): Promise<counts.RequestLogHistogram> {
  await plane.ledger.settled()
  return counts.countByTime(plane.store, ranged(plane, await logsWithin(plane, actor, filter)), bins)
}

/** The values of a field among the matching calls, most calls first; without a range those of the last 24 hours. */
export async function readFacets(
  plane: ControlPlane,
  actor: Actor,
  filter: RequestLogFilter,
  field: counts.FacetField,
  first: number,
): Promise<LabelledFacets> {
  await plane.ledger.settled()
  const { values, partial } = await counts.countByValue(
    plane.store,
    ranged(plane, await logsWithin(plane, actor, filter)),
    field,
    first,
  )
  const label = await labelsOf(
    plane,
    field,
    values.map(({ value }) => value),
  )
  return { values: values.map(({ value, count }) => ({ ...label(value), count })), partial }
}

/** A text is never looked for in everything: a whole request id is looked up, another text has a beginning. */
function narrowed(
  { clock }: ControlPlane,
  filter: RequestLogFilter,
): { filter: RequestLogFilter; defaultFromMs: number | null } {
  const { text, fromMs, toMs, ...rest } = filter
  if (text === undefined || fromMs !== undefined) return { filter, defaultFromMs: null }
  if (toMs === undefined && requestIdBytes(text) !== null)
    return { filter: { ...rest, ids: [text] }, defaultFromMs: null }
  const defaultFromMs = Math.max(0, (toMs ?? clock()) - DEFAULT_SPAN_MS)
  return { filter: { ...filter, fromMs: defaultFromMs }, defaultFromMs }
}

function ranged({ clock }: ControlPlane, filter: RequestLogFilter): counts.RangedFilter {
  // A call of this very millisecond is in.
  const toMs = filter.toMs ?? Math.max(clock() + 1, filter.fromMs ?? 0)
  return { ...filter, fromMs: filter.fromMs ?? Math.max(0, toMs - DEFAULT_SPAN_MS), toMs }
}
