// The span of time that a URL asks request logs of: a range, or all of time, which no range of a picker is.
import type { RequestLogFilter } from '@latchkey/sdk'
import { type Bounds, boundsOf, type Preset, readRange, type TimeRange } from '#lib/time/time-range.ts'

export type LogSpan = {
  all: boolean
  range: TimeRange /** The URL names a range that is none. */
  invalid: boolean
}

/** The span of these parameters; `fallback`: the range where they have none, or one that is none. */
export function readSpan(params: URLSearchParams, fallback: Preset): LogSpan {
  const all = params.get('range') === 'all' && !params.has('from')
  return { all, ...readRange(all ? new URLSearchParams() : params, fallback) }
}

/** Whether the range goes on to now, so that new calls belong to it. */
export function isOpen({ all, range }: LogSpan): boolean {
  return all || (range.kind === 'preset' && range.preset !== 'last-month')
}

/** From when to when, as of now; undefined: all of time. */
export function spanBounds({ all, range }: LogSpan): Bounds | undefined {
  return all ? undefined : boundsOf(range)
}

/** The bounds as a filter has them: without an end where it is now, so that calls that begin while it loads are there. */
export function spanFilter(span: LogSpan, bounds: Bounds | undefined): RequestLogFilter['at'] {
  return bounds && (isOpen(span) ? { from: bounds.from } : bounds)
}
