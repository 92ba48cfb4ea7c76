// The query of an export: strict, so that a misspelt filter never exports everything.
import { badInput } from '../../domain/admin-errors.ts'
import { apiKeyNumberFrom } from '../../domain/keys/api-key-id.ts'
import { isLabelPart, LABELS_MAX } from '../../domain/labels/label.ts'
import { columnOf } from '../../domain/logs/columns.ts'
import {
  LIST_PARTS,
  PAIR_PARTS,
  RANGE_PARTS,
  type RequestLogFilter,
} from '../../domain/logs/request-log-query.ts'
import { isTag, TAGS_MAX } from '../../domain/logs/tags.ts'
import { nanoUsdOf } from '../../domain/pricing/money.ts'
import { canonicalTimeZone } from '../../domain/time.ts'
import { PERIODS, type Period } from '../../domain/usage/periods.ts'
import { requestIdBytes } from '../../domain/uuid.ts'
import type { UsageExport } from '../../services/usage/export-usage.ts'
import { snakeCase } from './snake-case.ts'

const MEMBERS_MAX = 100
/** The characters of a text at most. */
export const TEXT_MAX = 200
/** Rows of one export at most; a longer one goes on with `after`. */
export const ROWS_MAX = 10_000_000

/** Of every export, beside its filter. */
export const COMMON_PARAMETERS = ['from', 'to', 'after', 'limit', 'bom'] as const

type ListPart = (typeof LIST_PARTS)[number]
const LISTS = LIST_PARTS.map((part) => ({ ...part, name: snakeCase(singular(part.part)) }))
type PairPart = (typeof PAIR_PARTS)[number]['part']
const PAIRS: Record<PairPart, [isPair: (text: string) => boolean, max: number]> = {
  labels: [isLabel, LABELS_MAX],
  tags: [isTag, TAGS_MAX],
}
const RANGES = [
  ...RANGE_PARTS.map(({ part, column }) => ({ part, name: snakeCase(column.replace('NanoUsd', 'Usd')) })),
  { part: 'totalTokens' as const, name: 'total_tokens' },
]

/** The parameters of an export of request logs. */
export const LOG_PARAMETERS = [
  ...COMMON_PARAMETERS,
  ...LISTS.map(({ name }) => name),
  ...PAIR_PARTS.map(({ part }) => part),
  ...RANGES.flatMap(({ name }) => [`${name}_min`, `${name}_max`]),
  'streamed',
  'unpriced',
  'text',
]
export const USAGE_PARAMETERS = [...COMMON_PARAMETERS, 'period', 'time_zone', 'api_key_id', 'columns']

/** The filter of request logs, by the same parts as the API's. Members of a list are divided by commas; `\,` is a comma of one. */
export function readLogFilter(query: URLSearchParams): RequestLogFilter {
  const filter: RequestLogFilter = {}
  for (const list of LISTS) {
    const members = listOf(query, list.name)
    if (members !== undefined)
      Object.assign(filter, { [list.part]: members.map((text) => memberOf(list, text)) })
  }
  for (const { part } of PAIR_PARTS) {
    const pairs = listOf(query, part)
    if (pairs !== undefined) filter[part] = pairsOf(part, pairs)
  }
  for (const { part, name } of RANGES) {
    const [gte, lte] = [boundOf(query, `${name}_min`), boundOf(query, `${name}_max`)]
    if (gte !== undefined && lte !== undefined && gte > lte) {
      throw badInput(`${name}_min`, `${name}_min is more than ${name}_max. Swap them.`)
    }
    if (gte !== undefined || lte !== undefined)
      Object.assign(filter, {
        [part]: { ...(gte !== undefined && { gte }), ...(lte !== undefined && { lte }) },
      })
  }
  const streamed = readFlag(query, 'streamed')
  if (streamed !== undefined) filter.streamed = streamed
  const unpriced = readFlag(query, 'unpriced')
  if (unpriced !== undefined) filter.unpriced = unpriced
  const text = query.get('text')?.trim()
  if (text !== undefined && text !== '') filter.text = plain('text', text, TEXT_MAX)
  const { fromMs, toMs } = readRange(query)
  return { ...filter, ...(fromMs !== null && { fromMs }), ...(toMs !== null && { toMs }) }
}

/** Which usage is exported; by default the days of UTC, up to now. Throws where `from` is absent. */
export function readUsageExport(query: URLSearchParams, nowMs: number): UsageExport {
  const { fromMs, toMs } = readRange(query)
  if (fromMs === null) throw badInput('from', 'from is required: the instant at which the export begins.')
  const period = (query.get('period') ?? 'day').toUpperCase()
  if (!isPeriod(period)) throw badInput('period', 'period must be hour, day, week or month.')
  const zone = query.get('time_zone') ?? 'UTC'
  const timeZone = canonicalTimeZone(zone)
  if (timeZone === null) {
    throw badInput(
      'time_zone',
      'time_zone must be a name of the IANA time zone database, such as Europe/Berlin.',
    )
  }
  const keys = listOf(query, 'api_key_id')
  return {
    fromMs,
    toMs: toMs ?? nowMs,
    period,
    timeZone,
    apiKeyIds: keys?.map((text) => numberOf('api_key_id', text)) ?? null,
  }
}

/** `columns=focus`; absent or `own`: ours. */
export function wantsFocus(query: URLSearchParams): boolean {
  const columns = query.get('columns') ?? 'own'
  if (columns !== 'own' && columns !== 'focus') throw badInput('columns', 'columns must be own or focus.')
  return columns === 'focus'
}

/** `from` and `to` in milliseconds since the epoch; null: open. */
export function readRange(query: URLSearchParams): { fromMs: number | null; toMs: number | null } {
  const [fromMs, toMs] = [instantOf(query, 'from'), instantOf(query, 'to')]
  if (fromMs !== null && toMs !== null && fromMs > toMs)
    throw badInput('from', 'from is after to. Swap them.')
  return { fromMs, toMs }
}

/** A request id as `after`. */
export function readAfterId(query: URLSearchParams): string | undefined {
  const after = query.get('after') ?? undefined
  if (after !== undefined && requestIdBytes(after) === null) {
    throw badInput('after', 'after must be the id of the last row that you have.')
  }
  return after
}

/** `true` or `false`; undefined where it is absent. Throws BAD_USER_INPUT for any other value. */
export function readFlag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  if (text !== 'true' && text !== 'false') throw badInput(name, `${name} must be true or false.`)
  return text === 'true'
}

function singular(part: ListPart['part']): string {
  if (part.endsWith('ies')) return `${part.slice(0, -3)}y`
  return part.slice(0, -1)
}

function memberOf({ column, name }: (typeof LISTS)[number], text: string): string | number {
  const { type, members, filter } = columnOf(column)
  if (type === 'INT') return numberOf(name, text)
  if (members !== undefined) {
    if (members.includes(text)) return text
    throw badInput(name, `${name} takes ${members.join(', ')}.`)
  }
  return plain(name, text, (filter?.by === 'LIST' ? filter.maxChars : undefined) ?? TEXT_MAX)
}

/** Labels or tags, as `name=value`. None would match everything. */
function pairsOf(name: PairPart, texts: string[]): string[] {
  const [isPair, max] = PAIRS[name]
  if (texts.length > 0 && texts.length <= max && texts.every(isPair)) return texts
  throw badInput(name, `${name} takes 1 to ${max} pairs such as env=prod, divided by commas.`)
}

function isLabel(text: string): boolean {
  const [name = '', value = '', ...rest] = text.split('=')
  return rest.length === 0 && isLabelPart(name) && isLabelPart(value)
}

/** The number of an id such as `key_12`, or alone. */
function numberOf(name: string, text: string): number {
  const number = apiKeyNumberFrom(text.replace(/^[a-z]{2,8}_/, ''))
  if (number === null) throw badInput(name, `${name} takes ids, such as key_12, divided by commas.`)
  return number
}

/** The members of a list, at most 100; undefined where the parameter is absent. */
export function listOf(query: URLSearchParams, name: string): string[] | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const members = text === '' ? [] : text.split(/(?<!\\),/, MEMBERS_MAX + 1)
  if (members.length > MEMBERS_MAX) throw badInput(name, `${name} may have at most ${MEMBERS_MAX} members.`)
  return members.map((member) => member.replaceAll('\\,', ','))
}

function boundOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const isMoney = name.includes('_usd_')
  const money = isMoney ? nanoUsdOf(text) : null
  const value = isMoney
    ? money === null
      ? Number.NaN
      : Number(money)
    : /^\d{1,16}$/.test(text)
      ? Number(text)
      : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw badInput(
    name,
    isMoney
      ? `${name} must be an amount in US dollars such as 0.25, with at most 9 decimals.`
      : `${name} must be a whole number.`,
  )
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/

function instantOf(query: URLSearchParams, name: string): number | null {
  const text = query.get(name)
  if (text === null) return null
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN
  if (ms >= 0) return ms
  throw badInput(name, `${name} must be a date or an instant such as 2026-11-01 or 2026-11-01T00:00:00Z.`)
}

/** The text. Throws BAD_USER_INPUT where it has more than `max` characters, or some that are not printed. */
export function plain(name: string, text: string, max: number): string {
  if (text.length > max || !text.isWellFormed() || /\p{Cc}/u.test(text)) {
    throw badInput(name, `${name}: a value is plain text of at most ${max} characters.`)
  }
  return text
}

function isPeriod(text: string): text is Period {
  return PERIODS.some((period) => period === text)
}
