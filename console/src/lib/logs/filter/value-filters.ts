// The filters that a value of a call stands for. What the server cannot filter by, as a resolved model, has none.
import type { RequestLog } from '@latchkey/sdk'
import { m } from '#lib/paraglide/messages.js'
import { withParams } from '#lib/url-state.ts'
import { fieldLabel, valueText } from '../query/field-text.ts'
import type { FieldName } from '../query/log-fields.ts'
import { has, isValid, type LogQuery, queryHref, type Term, toggled } from '../query/log-query.ts'

/** Of the list that is filtered. */
export type ListAddress = { pathname: string; searchParams: Pick<URLSearchParams, 'get' | 'toString'> }

export type ValueFilter = {
  /** The list with the filter, or without it where it has it. */
  href: string
  /** What a press does. */
  label: string
  /** The list has it. */
  on: boolean
}
/** `text`: the value as a reader knows it. */
export type LogTerm = Term & { text: string }

/** The filter of a term in a list; null for a value that is too long to be one. */
export function termFilter(
  url: ListAddress,
  query: LogQuery,
  term: Term,
  text = term.value,
): ValueFilter | null {
  if (!isValid(term)) return null
  const on = has(query, term)
  const field = fieldLabel(term.field)
  return {
    href: queryHref(url, toggled(query, term)),
    label: on ? m.logs_unfilter({ field }) : m.logs_filter_by({ field, value: text }),
    on,
  }
}

const minuteMs = 60_000

/** The calls of the minute that a call began in, as a zoom of the histogram would show them. */
export function minuteFilter(url: ListAddress, at: string): ValueFilter {
  const start = Math.floor(Date.parse(at) / minuteMs) * minuteMs
  const [from, to] = [start, start + minuteMs].map((ms) => new Date(ms).toISOString())
  const on = url.searchParams.get('from') === from && url.searchParams.get('to') === to
  const others = { range: null, after: null, before: null, peek: null, part: null, live: null }
  return {
    href: withParams(url, on ? { ...others, from: null, to: null } : { ...others, from, to }),
    label: on ? m.logs_unfilter({ field: m.time() }) : m.logs_filter_minute(),
    on,
  }
}

/** A number as a term: calls of this much or more; of nothing, calls of nothing alone. */
export const atLeast = (value: number | string, unit = ''): string =>
  `${Number(value) === 0 ? '' : '>='}${value}${unit}`

/** Input and output together, as the server filters; null: not known. */
export function totalTokens(log: Pick<RequestLog, 'inputTokens' | 'outputTokens'>): number | null {
  const { inputTokens, outputTokens } = log
  return inputTokens === null && outputTokens === null ? null : (inputTokens ?? 0) + (outputTokens ?? 0)
}

/** The values of a call that calls can be filtered by, in the order of the columns. Its owner, labels, tags and address are among its facts. */
export function termsOf(log: RequestLog): LogTerm[] {
  const tokens = totalTokens(log)
  const terms: [FieldName, string | null, string?][] = [
    ['outcome', log.outcome.toLowerCase(), valueText('outcome', log.outcome)],
    ['error', log.errorCode],
    ['client_error', log.clientErrorCode],
    ['status', log.httpStatus === null ? null : String(log.httpStatus)],
    ['key', log.apiKey?.id ?? null, log.apiKey?.name],
    ['model', log.requestedModel],
    ['upstream', log.upstream],
    ['endpoint', log.endpoint],
    ['stream', log.streamed ? 'yes' : 'no', valueText('stream', log.streamed ? 'yes' : 'no')],
    ['tokens', tokens === null ? null : atLeast(tokens)],
    ['cost', log.costUsd === null ? null : atLeast(log.costUsd)],
    ['duration', atLeast(log.durationMs, 'ms')],
  ]
  return terms
    .filter((each): each is [FieldName, string, string?] => each[1] !== null)
    .map(([field, value, text = value]) => ({ field, value, text }))
    .filter(isValid)
}
