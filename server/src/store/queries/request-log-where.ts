// A filter of request logs as SQL that both databases read alike, and which index finds its rows.
import {
  addressForms,
  type Between,
  type FilterPart,
  LIST_PARTS,
  PAIR_PARTS,
  RANGE_PARTS,
  type RequestLogFilter,
  requestIdPart,
  SEARCHED_COLUMNS,
} from '../../domain/logs/request-log-query.ts'
import { firstIdAt, requestIdBytes } from '../../domain/uuid.ts'
import type { SqlValue } from '../sql.ts'
import type { DatabaseKind } from '../store.ts'
import { hasPair } from './owners/pair-search.ts'
import { containing } from './text-search.ts'

type ListPart = FilterPart['part']
// An index has such a column and then the id: a page of one value is one index seek.
const SEEKABLE_PARTS = LIST_PARTS.filter(({ indexed }) => indexed).map(({ part }) => part)
const SCANNED: (keyof RequestLogFilter)[] = [
  ...LIST_PARTS.filter(({ indexed }) => !indexed).map(({ part }) => part),
  ...RANGE_PARTS.map(({ part }) => part),
  ...PAIR_PARTS.map(({ part }) => part),
  'totalTokens',
  'streamed',
  'unpriced',
  'text',
]

/**
 * How the rows of a filter are found. `seek`: the part whose index is used, or null for the primary key. `scans`: true where
 * an unknown number of rows must be read that may not match.
 */
export function planOf(filter: RequestLogFilter): { seek: ListPart | null; scans: boolean } {
  if (filter.ids !== undefined) return { seek: null, scans: false }
  const seekable = SEEKABLE_PARTS.filter((part) => filter[part] !== undefined)
  // One value's rows lie in order; those of several do not.
  const seek = seekable.find((part) => filter[part]?.length === 1) ?? seekable[0] ?? null
  const many = seek !== null && (filter[seek]?.length ?? 0) > SEEKS_MAX
  return { seek, scans: many || seekable.length > 1 || SCANNED.some((part) => filter[part] !== undefined) }
}

// Up to so many values of one column are read by one index seek each.
const SEEKS_MAX = 10

/** The part of a filter that one range of an index covers: the rows that a search for the filter has to read. */
export function stretchOf(filter: RequestLogFilter): RequestLogFilter {
  const { seek } = planOf(filter)
  const { fromMs, toMs, removedToo } = filter
  const range = { fromMs, toMs, removedToo }
  return seek === null || filter[seek]?.length !== 1 ? range : { ...range, [seek]: filter[seek] }
}

/** The conditions of a filter over `"RequestLog" l`, and their parameters, which are numbered in the order of the text. */
export class RequestLogWhere {
  readonly values: SqlValue[] = []
  readonly #conditions: string[] = []
  readonly #kind: DatabaseKind

  constructor(kind: DatabaseKind, filter: RequestLogFilter) {
    this.#kind = kind
    const { seek, scans } = planOf(filter)
    for (const { part, column } of LIST_PARTS) {
      const members = part === 'clientIps' ? filter.clientIps?.flatMap(addressForms) : filter[part]
      this.#oneOf(column, members, part === seek && (!scans || members?.length === 1))
    }
    for (const { part, column } of PAIR_PARTS) {
      for (const pair of filter[part] ?? []) this.add((at) => hasPair(kind, `l."${column}"`, at(pair)))
    }
    for (const { part, column } of RANGE_PARTS) this.#between(`l."${column}"`, filter[part])
    this.#between(TOTAL_TOKENS, filter.totalTokens)
    if (filter.streamed !== undefined) this.add(() => `l."streamed" = ${filter.streamed ? 'TRUE' : 'FALSE'}`)
    if (filter.unpriced !== undefined) this.add(() => `(${UNPRICED}) = ${filter.unpriced ? 'TRUE' : 'FALSE'}`)
    if (filter.text !== undefined) this.#contains(filter.text)
    const { ids, fromMs, toMs } = filter
    if (ids?.length === 0) this.add(() => 'FALSE')
    else if (ids !== undefined) this.add((at) => `l."id" IN (${ids.map((id) => at(idBytes(id))).join(', ')})`)
    // An id begins with its time, so a range of time is a range of ids.
    if (fromMs !== undefined) this.add((at) => `l."id" >= ${at(firstIdAt(fromMs))}`)
    if (toMs !== undefined) this.add((at) => `l."id" < ${at(firstIdAt(toMs))}`)
    if (filter.removedToo !== true) {
      this.add(() => 'NOT EXISTS (SELECT 1 FROM "KeyRemoval" r WHERE r."apiKeyId" = l."apiKeyId")')
    }
  }

  add(condition: (at: (value: SqlValue) => string) => string): void {
    this.#conditions.push(condition(this.at))
  }

  /** Adds a parameter and returns its placeholder. */
  readonly at = (value: SqlValue): string => `$${this.values.push(value)}`

  text(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`
  }

  #oneOf(column: string, members: (string | number)[] | undefined, byIndex: boolean): void {
    if (members === undefined) return
    // The sign keeps SQLite, which has no statistics, from using another index than the one that was planned for.
    const sign = byIndex || this.#kind !== 'sqlite' ? '' : '+'
    this.add((at) =>
      members.length === 0 ? 'FALSE' : `${sign}l."${column}" IN (${members.map(at).join(', ')})`,
    )
  }

  #between(expression: string, range: Between | undefined): void {
    const { gte, lte } = range ?? {}
    if (gte !== undefined) this.add((at) => `${expression} >= ${at(gte)}`)
    if (lte !== undefined) this.add((at) => `${expression} <= ${at(lte)}`)
  }

  #contains(text: string): void {
    const position = this.#kind === 'sqlite' ? 'instr' : 'strpos'
    const hexOfId = this.#kind === 'sqlite' ? 'lower(hex(l."id"))' : `encode(l."id", 'hex')`
    const part = requestIdPart(text)
    this.add((at) => {
      const contains = containing(this.#kind, text, at)
      const matches = SEARCHED_COLUMNS.map((column) => contains(`l."${column}"`))
      if (part !== null) matches.push(`${position}(${hexOfId}, CAST(${at(part)} AS TEXT)) > 0`)
      return `(${matches.join(' OR ')})`
    })
  }
}

const UNPRICED = `l."receipt" IS NOT NULL AND l."costNanoUsd" IS NULL`

const TOTAL_TOKENS = `CASE WHEN l."inputTokens" IS NULL AND l."outputTokens" IS NULL THEN NULL
  ELSE CAST(coalesce(l."inputTokens", 0) AS bigint) + coalesce(l."outputTokens", 0) END`

/** The bytes of a request id. Throws TypeError for what is none. */
export function idBytes(id: string): Uint8Array {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('not a request id')
  return bytes
}
