// The log list's URL parameters as the server's filter.
import type { DateTimeRange, Outcome, RequestLogFilter } from '@latchkey/sdk'
import { type Range, rangeBounds, rangeFrom } from '#lib/range.ts'
import { outcomes } from './outcome-text.ts'

/** What `range` (or `from` and `to`), `key`, `outcome` and `model` ask for. */
export function logFilter(params: Pick<URLSearchParams, 'get'>, fallback: Range): RequestLogFilter {
  const key = params.get('key')
  const model = params.get('model')
  const outcome = outcomeFrom(params)
  return {
    at: bounds(params, fallback),
    ...(key ? { apiKeyId: [key] } : {}),
    ...(model ? { model: [model] } : {}),
    ...(outcome ? { outcome: [outcome] } : {}),
  }
}

/** The outcome that `?outcome=` names, in any case; undefined for none or an unknown one. */
export function outcomeFrom(params: Pick<URLSearchParams, 'get'>): Outcome | undefined {
  const wanted = params.get('outcome')?.toUpperCase()
  return outcomes.find((outcome) => outcome === wanted)
}

/** Fixed bounds, as in a link that someone shared, win over a relative range. */
function bounds(params: Pick<URLSearchParams, 'get'>, fallback: Range): DateTimeRange {
  const from = instant(params.get('from'))
  const to = instant(params.get('to'))
  return from || to ? { from, to } : rangeBounds(rangeFrom(params, fallback))
}

function instant(text: string | null): string | undefined {
  const time = text ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
