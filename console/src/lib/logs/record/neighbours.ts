// The records before and after one, and its own place, in the list that a URL asks for.
import type { Page, RequestLog, RequestLogFilter } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { readSpan, spanBounds, spanFilter } from '../log-span.ts'
import { readQuery } from '../query/log-query.ts'
import { resolveQuery } from '../query/resolve-query.ts'

/** Null: the list ends here. */
export type Neighbours = { newer: RequestLog | null; older: RequestLog | null }

// A search for what is rare stops early and is continued; who looks further narrows the list.
const pagesMax = 5

/** `params`: those of the list. Without a range it is all of time, without terms all calls. Rejects where the server does. */
export async function neighboursOf(
  id: string,
  params: URLSearchParams,
  signal: AbortSignal,
): Promise<Neighbours> {
  const filter = await filterOf(params, signal)
  if (filter === null) return { newer: null, older: null }
  const [newer, older] = await Promise.all([
    latchkey.logs
      .list({ last: 1, before: id, filter }, { signal })
      .then((page) => firstOf(page, (each) => each.hasPreviousPage() && each.previousPage())),
    latchkey.logs
      .list({ first: 1, after: id, filter }, { signal })
      .then((page) => firstOf(page, (each) => each.hasNextPage() && each.nextPage())),
  ])
  return { newer, older }
}

/** Which row of the list a record is, from 1 on; null of `total`: more than are counted. */
export type ListPlace = { row: number; total: number | null }

/** "2 of 885", or "2" where the whole is not known. */
export function placeText({ row, total }: ListPlace): string {
  const place = formatNumber(row)
  return total === null ? place : m.logs_place({ place, count: formatNumber(total) })
}

/** Null where it is not in the list, too far down to be counted, or one of several calls of its millisecond, whose order no count knows. */
export async function placeOf(
  { at }: RequestLog,
  params: URLSearchParams,
  signal: AbortSignal,
): Promise<ListPlace | null> {
  const filter = await filterOf(params, signal)
  const time = Date.parse(at)
  if (filter === null || time < Date.parse(filter.at?.from ?? at)) return null
  const countFrom = (ms: number) =>
    latchkey.logs.count({ ...filter, at: { ...filter.at, from: new Date(ms).toISOString() } }, { signal })
  const [row, newer, total] = await Promise.all([
    countFrom(time),
    countFrom(time + 1),
    latchkey.logs.count(filter, { signal }),
  ])
  return row !== null && newer !== null && row === newer + 1 ? { row, total } : null
}

/** What the list asks for; null: for nothing that there is. */
async function filterOf(params: URLSearchParams, signal: AbortSignal): Promise<RequestLogFilter | null> {
  const asked = new URLSearchParams(params)
  if (!asked.has('range') && !asked.has('from')) asked.set('range', 'all')
  const span = readSpan(asked, '24h')
  const { filter, missing } = await resolveQuery(
    readQuery(asked).query,
    spanFilter(span, spanBounds(span)),
    {},
    signal,
  )
  return missing.length > 0 ? null : filter
}

type Log = Page<RequestLog>

async function firstOf(page: Log, further: (page: Log) => Promise<Log> | false): Promise<RequestLog | null> {
  let current = page
  for (let pages = 1; ; pages++) {
    const [found] = current.items
    const next = found === undefined && pages < pagesMax && further(current)
    if (!next) return found ?? null
    current = await next
  }
}
