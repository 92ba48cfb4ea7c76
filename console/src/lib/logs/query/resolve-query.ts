// A query as the server's filter: names become ids, and patterns the values that match them.
import type { RequestLogFilter } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
import { patternTest } from '#lib/models/name-pattern.ts'
import { isId, rememberName } from './key-names.svelte.ts'
import { type FieldName, fieldOf } from './log-fields.ts'
import type { LogQuery, Term } from './log-query.ts'
import { type NumberRange, parseRange } from './number-range.ts'
import { isRequestId } from './request-id.ts'

export type Resolved = {
  filter: RequestLogFilter
  /** Terms that nothing is called by: no call can match. */
  missing: readonly Term[]
  /** Patterns that match more values than were looked through. */
  partial: readonly Term[]
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
// The most values that the server counts at once, and that a list of its filter holds.
const facetMax = 50
const listMax = 100

/** Rejects where the server does. `at`: absent for all of time; `pinned` holds on every screen of one record. */
export async function resolveQuery(
  { terms, text }: LogQuery,
  at: RequestLogFilter['at'],
  pinned: RequestLogFilter,
  signal: AbortSignal,
): Promise<Resolved> {
  const missing: Term[] = []
  const partial: Term[] = []
  const filter: Writable<RequestLogFilter> = { ...pinned }
  // A whole id is found whenever the call was.
  if (at && !isRequestId(text)) filter.at = at
  const found = await Promise.all(
    terms.map((term) => valuesOf(term, { ...pinned, ...(filter.at && { at: filter.at }) }, signal)),
  )
  terms.forEach((term, place) => {
    const { values, more } = found[place] ?? { values: [], more: false }
    if (values.length === 0) missing.push(term)
    if (more) partial.push(term)
    addTo(filter, term.field, values.slice(0, listMax))
  })
  if (text) filter.text = text
  return { filter, missing, partial }
}

type Values = { values: readonly string[]; more: boolean }

async function valuesOf(term: Term, within: RequestLogFilter, signal: AbortSignal): Promise<Values> {
  const { field, value } = term
  const definition = fieldOf(field)
  const whole = { values: [value], more: false }
  if (field === 'key' || field === 'owner') return isId(field, value) ? whole : named(field, value, signal)
  if (!value.includes('*') || definition.kind !== 'values' || definition.facet === undefined) return whole
  const { values } = await latchkey.logs.facets(
    { field: definition.facet, filter: within, first: facetMax },
    { signal },
  )
  const matches = patternTest(value)
  return {
    values: values.map((each) => each.value).filter(matches),
    more: values.length === facetMax,
  }
}

/** The ids of a name or of a pattern of names. The server looks for the longest piece of it. */
async function named(field: 'key' | 'owner', value: string, signal: AbortSignal): Promise<Values> {
  const search = value
    .split('*')
    .reduce((longest, part) => (part.length > longest.length ? part : longest), '')
  const args = { first: listMax, filter: search ? { search } : {} }
  const page =
    field === 'key'
      ? await latchkey.keys.list(args, { signal })
      : await latchkey.owners.list(args, { signal })
  const matches = patternTest(value)
  const found = page.items.filter(({ name }) => matches(name))
  for (const { id, name } of found) rememberName(id, name)
  return { values: found.map(({ id }) => id), more: page.hasNextPage() }
}

/** The fields whose values stand in a list of the filter as they are. */
const lists = {
  key: 'apiKeyId',
  error: 'errorCode',
  client_error: 'clientErrorCode',
  model: 'model',
  upstream: 'upstream',
  endpoint: 'endpoint',
  ip: 'clientIp',
  tier: 'serviceTier',
  owner: 'ownerId',
  tag: 'tags',
} as const satisfies Partial<Record<FieldName, keyof RequestLogFilter>>

function addTo(filter: Writable<RequestLogFilter>, field: FieldName, values: readonly string[]): void {
  const first = values[0] ?? ''
  const joined = (former: readonly string[] | null | undefined) => [
    ...new Set([...(former ?? []), ...values]),
  ]
  const list = field in lists ? lists[field as keyof typeof lists] : undefined
  if (list !== undefined) {
    filter[list] = joined(filter[list])
    return
  }
  switch (field) {
    case 'outcome':
      filter.outcome = joined(filter.outcome).map((each) => each.toUpperCase()) as NonNullable<
        RequestLogFilter['outcome']
      >
      break
    case 'label':
      filter.labels = [...(filter.labels ?? []), ...values.map(labelOf)]
      break
    case 'secret':
      filter.usedSecret = joined(filter.usedSecret).map((each) =>
        each.toUpperCase() === 'FORMER' ? 'FORMER' : 'REPLACED',
      )
      break
    case 'stream':
      filter.streamed = first === 'yes'
      break
    case 'unpriced':
      filter.unpriced = first === 'yes'
      break
    case 'status':
      filter.httpStatus = numbers(parseRange(first, 'status'))
      break
    case 'duration':
      filter.durationMs = numbers(parseRange(first, 'duration'))
      break
    case 'tokens':
      filter.totalTokens = numbers(parseRange(first, 'count'))
      break
    case 'cost':
      filter.costUsd = parseRange(first, 'usd') ?? {}
      break
  }
}

function labelOf(text: string): { name: string; value: string } {
  const at = text.indexOf('=')
  return { name: text.slice(0, at), value: text.slice(at + 1) }
}

function numbers(range: NumberRange | null): { gte?: number; lte?: number } {
  return {
    ...(range?.gte !== undefined && { gte: Number(range.gte) }),
    ...(range?.lte !== undefined && { lte: Number(range.lte) }),
  }
}
