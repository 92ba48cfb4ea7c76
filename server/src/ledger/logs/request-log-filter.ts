// Which request logs are meant: as data, and as SQL that both databases read alike.

import type { FormerSecret } from '../../domain/keys/key-rotation.ts'
import type { Outcome } from '../../domain/logs/call-record.ts'
import { firstIdAt, requestIdBytes } from '../../domain/uuid.ts'
import type { SqlValue } from '../../store/sql.ts'
import type { DatabaseKind } from '../../store/store.ts'

/** Both ends included. */
export type Between = { gte?: number; lte?: number }

/** All parts must hold. An empty list matches nothing; an absent one, everything. */
export type RequestLogFilter = {
  /** One request id. */
  id?: string
  apiKeyIds?: number[]
  outcomes?: Outcome[]
  /** Requested models, exactly. */
  models?: string[]
  upstreams?: string[]
  errorCodes?: string[]
  endpoints?: string[]
  /** As they are written down; an IPv4 address also in its IPv6 form. */
  clientIps?: string[]
  /** Calls with a key's current secret are in no such list. */
  usedSecrets?: FormerSecret[]
  httpStatus?: Between
  durationMs?: Between
  /** Input and output together; calls whose usage is unknown are in no range. */
  totalTokens?: Between
  /** Calls whose cost is not known are in no range. */
  costNanoUsd?: Between
  streamed?: boolean
  /** Part of the error text, the error code, the upstream's request id or the request id; case does not matter. */
  text?: string
  /** Included; milliseconds since the epoch. */
  fromMs?: number
  /** Not included. */
  toMs?: number
  /** The logs of deleted keys too, as long as they are there. */
  removedToo?: boolean
}

/** Columns with an index that goes on with the id: what makes a page one seek. */
const SEEKABLE = { apiKeyIds: 'apiKeyId', models: 'requestedModel', outcomes: 'outcome' } as const
type Seekable = keyof typeof SEEKABLE
const SEEKABLE_PARTS = Object.keys(SEEKABLE) as Seekable[]
const LISTS = {
  ...SEEKABLE,
  upstreams: 'upstream',
  errorCodes: 'errorCode',
  endpoints: 'endpoint',
  clientIps: 'clientIp',
  usedSecrets: 'usedSecret',
} as const
const SCANNED = [
  'upstreams',
  'errorCodes',
  'endpoints',
  'clientIps',
  'usedSecrets',
  'httpStatus',
  'durationMs',
  'totalTokens',
  'costNanoUsd',
  'streamed',
  'text',
] as const satisfies (keyof RequestLogFilter)[]

/**
 * How the rows of a filter are found: `seek` is the part whose index is followed, `scans` is true where rows must be
 * read that may not match, any number of them.
 */
export function planOf(filter: RequestLogFilter): { seek: Seekable | null; scans: boolean } {
  if (filter.id !== undefined) return { seek: null, scans: false }
  const seekable = SEEKABLE_PARTS.filter((part) => filter[part] !== undefined)
  // One value's rows lie in order; those of several do not.
  const seek = seekable.find((part) => filter[part]?.length === 1) ?? seekable[0] ?? null
  const many = seek !== null && (filter[seek]?.length ?? 0) > SEEKS_MAX
  return { seek, scans: many || seekable.length > 1 || SCANNED.some((part) => filter[part] !== undefined) }
}

// So many values of one column are read by a seek for each.
const SEEKS_MAX = 10

/** The part of a filter that an index with the id can follow, in one stretch. */
export function stretchOf(filter: RequestLogFilter): RequestLogFilter {
  const { seek } = planOf(filter)
  const { fromMs, toMs, removedToo } = filter
  const range = { fromMs, toMs, removedToo }
  return seek === null || filter[seek]?.length !== 1 ? range : { ...range, [seek]: filter[seek] }
}

/** Conditions over `"RequestLog" l` and their parameters, numbered as they come. */
export class RequestLogWhere {
  readonly values: SqlValue[] = []
  readonly #conditions: string[] = []
  readonly #kind: DatabaseKind

  constructor(kind: DatabaseKind, filter: RequestLogFilter) {
    this.#kind = kind
    const { seek, scans } = planOf(filter)
    for (const part of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
      const members = part === 'clientIps' ? filter.clientIps?.flatMap(bothForms) : filter[part]
      this.#oneOf(LISTS[part], members, part === seek && (!scans || members?.length === 1))
    }
    this.#between('l."httpStatus"', filter.httpStatus)
    this.#between('l."durationMs"', filter.durationMs)
    this.#between(TOTAL_TOKENS, filter.totalTokens)
    this.#between('l."costNanoUsd"', filter.costNanoUsd)
    if (filter.streamed !== undefined) this.add(() => `l."streamed" = ${filter.streamed ? 'TRUE' : 'FALSE'}`)
    if (filter.text !== undefined) this.#contains(filter.text)
    const { id, fromMs, toMs } = filter
    if (id !== undefined) this.add((at) => `l."id" = ${at(idBytes(id))}`)
    // Ids begin with their time, so that a range of time is a range of ids.
    if (fromMs !== undefined) this.add((at) => `l."id" >= ${at(firstIdAt(fromMs))}`)
    if (toMs !== undefined) this.add((at) => `l."id" < ${at(firstIdAt(toMs))}`)
    if (filter.removedToo !== true) {
      this.add(() => 'NOT EXISTS (SELECT 1 FROM "KeyRemoval" r WHERE r."apiKeyId" = l."apiKeyId")')
    }
  }

  add(condition: (at: (value: SqlValue) => string) => string): void {
    this.#conditions.push(condition(this.at))
  }

  /** Takes a parameter and answers its place. */
  readonly at = (value: SqlValue): string => `$${this.values.push(value)}`

  text(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`
  }

  #oneOf(column: string, members: (string | number)[] | undefined, byIndex: boolean): void {
    if (members === undefined) return
    // The sign keeps SQLite, which has no statistics, from following another index than the one that was planned for.
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

  /** Looks for the place of a text instead of LIKE: nothing in it stands for anything else. */
  #contains(text: string): void {
    const position = this.#kind === 'sqlite' ? 'instr' : 'strpos'
    const hexOfId = this.#kind === 'sqlite' ? 'lower(hex(l."id"))' : `encode(l."id", 'hex')`
    const part = partOfId(text)
    this.add((at) => {
      const sought = `lower(CAST(${at(text)} AS TEXT))`
      const places = ['errorMessage', 'errorCode', 'upstreamRequestId'].map(
        (column) => `${position}(lower(l."${column}"), ${sought}) > 0`,
      )
      if (part !== null) places.push(`${position}(${hexOfId}, CAST(${at(part)} AS TEXT)) > 0`)
      return `(${places.join(' OR ')})`
    })
  }
}

const TOTAL_TOKENS = `CASE WHEN l."inputTokens" IS NULL AND l."outputTokens" IS NULL THEN NULL
  ELSE CAST(coalesce(l."inputTokens", 0) AS bigint) + coalesce(l."outputTokens", 0) END`

/** The digits of a request id that a text may be a part of; null where it cannot. */
export function partOfId(text: string): string | null {
  return /^(?:req_)?([0-9a-f]{1,32})$/.exec(text.toLowerCase())?.[1] ?? null
}

/** A socket that takes both families writes IPv4 addresses in the IPv6 form (RFC 4291 §2.5.5.2). */
export function bothForms(ip: string): string[] {
  return /^[0-9.]+$/.test(ip) ? [ip, `::ffff:${ip}`] : [ip]
}

/** The bytes of a request id. Throws TypeError for what is none. */
export function idBytes(id: string): Uint8Array {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('not a request id')
  return bytes
}
