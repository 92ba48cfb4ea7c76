// What is asked of the request logs: terms and a text. It stands in the URL, a parameter for each term.
import { type FieldName, fieldNames, fieldOf, isSingle } from './log-fields.ts'
import { parseRange } from './number-range.ts'

export type Term = { field: FieldName; value: string }
export type LogQuery = {
  terms: readonly Term[] /** Part of a message or an id; '' for none. */
  text: string
}

export const emptyQuery: LogQuery = { terms: [], text: '' }
/** As many as the server takes. */
export const textMax = 200
const termsMax = 100

type Address = { pathname: string; searchParams: Pick<URLSearchParams, 'toString'> }

/** The query of a URL, and the parameters that are none, which the screen names. */
export function readQuery(params: URLSearchParams): { query: LogQuery; bad: Term[] } {
  const terms: Term[] = []
  const bad: Term[] = []
  for (const field of fieldNames)
    for (const value of params.getAll(field)) {
      if (value === '') continue
      const term = { field, value: normal(field, value) }
      const room = terms.length < termsMax && !(isSingle(field) && terms.some((each) => each.field === field))
      if (room && isValid(term)) terms.push(term)
      else bad.push(term)
    }
  return { query: { terms, text: (params.get('q') ?? '').trim().slice(0, textMax) }, bad }
}

/** The address of the same screen with another query; pages and the open record belonged to the former. */
export function queryHref(url: Address, { terms, text }: LogQuery): string {
  const params = new URLSearchParams(url.searchParams.toString())
  for (const name of [...fieldNames, 'q', 'after', 'before', 'peek', 'request']) params.delete(name)
  for (const { field, value } of terms) params.append(field, value)
  if (text) params.set('q', text)
  const search = params.toString()
  return search ? `${url.pathname}?${search}` : url.pathname
}

/** Adds a term, or takes it away where it is there. */
export function toggled(query: LogQuery, term: Term): LogQuery {
  if (has(query, term)) return { ...query, terms: query.terms.filter((each) => !same(each, term)) }
  const others = isSingle(term.field) ? query.terms.filter(({ field }) => field !== term.field) : query.terms
  return { ...query, terms: [...others, term] }
}

/** True where the query has this very term, its operator and its negation included. */
export function has(query: LogQuery, term: Term): boolean {
  return query.terms.some((each) => same(each, term))
}

/** True where a value of the field may be this. */
export function isValid({ field, value }: Term): boolean {
  const definition = fieldOf(field)
  if (value === '' || value.length > 200) return false
  if (definition.kind === 'numbers') return parseRange(value, definition.unit) !== null
  if (field === 'label') return /^[^=]+=/.test(value)
  return definition.words === undefined || definition.words.includes(value)
}

/** Words of a fixed list in any letter case. */
export function normal(field: FieldName, value: string): string {
  const definition = fieldOf(field)
  return definition.kind === 'values' && definition.words === undefined ? value : value.toLowerCase()
}

function same(a: Term, b: Term): boolean {
  return a.field === b.field && a.value === b.value
}
