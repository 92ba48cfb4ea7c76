// The records before and after one, in the list that a URL asks for.
import type { Page, RequestLog } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
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
  const asked = new URLSearchParams(params)
  if (!asked.has('range') && !asked.has('from')) asked.set('range', 'all')
  const span = readSpan(asked, '24h')
  const { filter, missing } = await resolveQuery(
    readQuery(asked).query,
    spanFilter(span, spanBounds(span)),
    {},
    signal,
  )
  if (missing.length > 0) return { newer: null, older: null }
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
