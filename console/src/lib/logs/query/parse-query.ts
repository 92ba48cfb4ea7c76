// The query bar's text as a query, and back. What it does not understand is a problem with its place, and never dropped.
import { type FieldName, fieldOf, isFieldName, isSingle } from './log-fields.ts'
import { isValid, type LogQuery, normal, type Term, textMax } from './log-query.ts'

export type ProblemCode =
  | 'unknown_field'
  | 'no_value'
  | 'bad_value'
  | 'negation'
  | 'operator'
  | 'open_quote'
  | 'two_texts'
  | 'twice'
  | 'pattern'
  | 'long_text'
/** `part` is what was typed there, `from` where it begins. */
export type Problem = { code: ProblemCode; part: string; from: number; field?: FieldName }

type Token = {
  raw: string
  from: number
  name: string | null
  value: string
  quoted: boolean
  closed: boolean
}

/** The values of keys that are on screen are their names; these lead from one to the other. */
export type Names = { idOf: (name: string) => string | undefined; nameOf: (id: string) => string | undefined }
const noNames: Names = { idOf: () => undefined, nameOf: () => undefined }

/** Reads `key:checkout error:budget_exceeded cost:>0.01 "timeout"`. */
export function parseQuery(input: string, names: Names = noNames): { query: LogQuery; problems: Problem[] } {
  const terms: Term[] = []
  const problems: Problem[] = []
  const texts: { value: string; joins: boolean }[] = []
  let afterWord = false
  for (const token of tokensOf(input)) {
    const problem = (code: ProblemCode, field?: FieldName) =>
      problems.push({ code, part: token.raw, from: token.from, ...(field && { field }) })
    const wasWord = afterWord
    afterWord = false
    if (!token.closed) problem('open_quote')
    else if (token.name === null && !token.quoted && /^(AND|OR|NOT|\(.*|.*\))$/.test(token.value))
      problem('operator')
    else if (token.name === null && !token.quoted && /^[-!]/.test(token.value)) problem('negation')
    else if (token.name === null) {
      texts.push({ value: token.value, joins: wasWord && !token.quoted })
      if (texts.length > 1 && !texts.at(-1)?.joins) problem('two_texts')
      afterWord = !token.quoted
    } else if (/^[-!]/.test(token.name)) problem('negation')
    else readTerm(token, token.name, names, terms, problem)
  }
  const text = texts
    .map(({ value }) => value)
    .join(' ')
    .trim()
  if (text.length > textMax) problems.push({ code: 'long_text', part: text.slice(0, 20), from: 0 })
  return { query: { terms, text }, problems }
}

function readTerm(
  { value, quoted }: Token,
  name: string,
  names: Names,
  terms: Term[],
  problem: (code: ProblemCode, field?: FieldName) => void,
): void {
  const typed = name.toLowerCase()
  if (!isFieldName(typed)) return void problem('unknown_field')
  // The field `status` of the wire is a number; people mean the outcome as well.
  const outcome = typed === 'status' && isValid({ field: 'outcome', value: value.toLowerCase() })
  const field: FieldName = outcome ? 'outcome' : typed
  if (value === '') return void problem('no_value', field)
  if (!quoted && value.startsWith('(')) return void problem('operator', field)
  // A list, as in `outcome:error,denied`, but for names, which may hold a comma where they are quoted.
  const values = quoted || fieldOf(field).kind === 'numbers' ? [value] : value.split(',').filter(Boolean)
  for (const each of values) {
    const known = field === 'key' || field === 'owner' ? names.idOf(each) : undefined
    const term = { field, value: known ?? normal(field, each) }
    if (isSingle(field) && terms.some((other) => other.field === field)) problem('twice', field)
    else if (each.includes('*') && !allowsPattern(field)) problem('pattern', field)
    else if (!isValid(term)) problem('bad_value', field)
    else if (!terms.some((other) => other.field === field && other.value === term.value)) terms.push(term)
  }
}

/** Fields whose values the server counts can be searched through, and so can names. */
function allowsPattern(field: FieldName): boolean {
  const definition = fieldOf(field)
  return definition.kind === 'values' && (definition.facet !== undefined || field === 'owner')
}

/** The query as it stands in the bar. */
export function queryText({ terms, text }: LogQuery, names: Names = noNames): string {
  const parts = terms.map(({ field, value }) => {
    const named = field === 'key' || field === 'owner' ? (names.nameOf(value) ?? value) : value
    return `${field}:${quotedIfNeeded(named)}`
  })
  if (text)
    parts.push(/^[\w.-]+$/.test(text) && !text.startsWith('-') ? text : `"${text.replaceAll('"', '\\"')}"`)
  return parts.join(' ')
}

/** A value as it is typed into the query bar: in quotes where it has spaces, commas, brackets or quotes. */
export function quotedIfNeeded(value: string): string {
  return /[\s",()]/.test(value) ? `"${value.replaceAll('"', '\\"')}"` : value
}

/** The piece of the text that the caret is in, for completion. */
export function tokenAt(
  input: string,
  caret: number,
): { from: number; to: number; name: string | null; value: string } {
  const token = tokensOf(input).find(({ from, raw }) => from < caret && caret <= from + raw.length)
  if (!token) return { from: caret, to: caret, name: null, value: '' }
  return { from: token.from, to: token.from + token.raw.length, name: token.name, value: token.value }
}

function tokensOf(input: string): Token[] {
  const tokens: Token[] = []
  const pattern = /([-!]?[a-z_]+):(?!\/\/)("(?:[^"\\]|\\.)*("?)|\S*)|"((?:[^"\\]|\\.)*)("?)|\S+/gi
  for (const match of input.matchAll(pattern)) {
    const [raw, name, given = '', end, text, textEnd] = match
    const quoted = text !== undefined || given.startsWith('"')
    const body = text ?? (name === undefined ? raw : quoted ? given.slice(1, end ? -1 : undefined) : given)
    tokens.push({
      raw,
      from: match.index,
      name: name ?? null,
      value: quoted ? body.replaceAll(/\\(.)/g, '$1') : body,
      quoted,
      closed: !quoted || (text === undefined ? end === '"' : textEnd === '"'),
    })
  }
  return tokens
}
