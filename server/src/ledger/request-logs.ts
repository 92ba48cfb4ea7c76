// Reading request logs: one by id, a page by filter, how many there are.
import type { CallRecord, Outcome } from '../domain/call-record.ts'
import { firstIdAt, requestIdBytes } from '../domain/uuid.ts'
import { REQUEST_LOG_COLUMNS, recordFromRow } from '../store/request-log-rows.ts'
import type { SqlValue } from '../store/sql.ts'
import type { Store } from '../store/store.ts'

/** All parts must hold. An empty list matches nothing; an absent one, everything. */
export type RequestLogFilter = {
  apiKeyIds?: number[]
  outcomes?: Outcome[]
  /** Requested models, exactly. */
  models?: string[]
  /** Included; milliseconds since the epoch. */
  fromMs?: number
  /** Not included. */
  toMs?: number
}

export type RequestLogPage = {
  /** 1 to 1,000. */
  limit: number
  /** Request ids, both excluded. */
  olderThan?: string
  newerThan?: string
  /** Take the page nearest to the oldest end of what is left; it is still answered newest first. */
  oldestFirst?: boolean
  /** Rows to skip: slow at depth, for the original product's page numbers alone. */
  offset?: number
}

/** A page of request logs, newest first: an index seek, whatever the depth. Throws TypeError for ids that are none. */
export async function findRequestLogs(
  store: Store,
  filter: RequestLogFilter,
  page: RequestLogPage,
): Promise<CallRecord[]> {
  const where = new Where(filter)
  if (page.olderThan !== undefined) where.add((at) => `l."id" < ${at(idOf(page.olderThan ?? ''))}`)
  if (page.newerThan !== undefined) where.add((at) => `l."id" > ${at(idOf(page.newerThan ?? ''))}`)
  // With only a lower bound the page asked for is the one next to it.
  const ascending = page.oldestFirst ?? (page.newerThan !== undefined && page.olderThan === undefined)
  const rows = await store.sql.all(
    `SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l ${where.text()}
     ORDER BY l."id" ${ascending ? 'ASC' : 'DESC'} LIMIT ${bounded(page.limit)} OFFSET ${whole(page.offset ?? 0)}`,
    where.values,
  )
  const records = rows.map(recordFromRow)
  return ascending ? records.reverse() : records
}

/** The request log of an id, or null. */
export async function findRequestLog(store: Store, id: string): Promise<CallRecord | null> {
  const bytes = requestIdBytes(id)
  if (bytes === null) return null
  const [row] = await store.sql.all(`SELECT ${REQUEST_LOG_COLUMNS} FROM "RequestLog" l WHERE l."id" = $1`, [
    bytes,
  ])
  return row === undefined ? null : recordFromRow(row)
}

/** How many request logs match. Reads them all: for the original product's totals. */
export async function countRequestLogs(store: Store, filter: RequestLogFilter): Promise<number> {
  const where = new Where(filter)
  const [row] = await store.sql.all(`SELECT count(*) AS n FROM "RequestLog" l ${where.text()}`, where.values)
  return Number(row?.n ?? 0)
}

/** Conditions and their parameters, numbered as they come. */
class Where {
  readonly values: SqlValue[] = []
  readonly #conditions: string[] = []

  constructor(filter: RequestLogFilter) {
    this.#oneOf('apiKeyId', filter.apiKeyIds)
    this.#oneOf('outcome', filter.outcomes)
    this.#oneOf('requestedModel', filter.models)
    // Ids begin with their time, so that a range of time is a range of ids.
    const { fromMs, toMs } = filter
    if (fromMs !== undefined) this.add((at) => `l."id" >= ${at(firstIdAt(fromMs))}`)
    if (toMs !== undefined) this.add((at) => `l."id" < ${at(firstIdAt(toMs))}`)
  }

  add(condition: (at: (value: SqlValue) => string) => string): void {
    this.#conditions.push(condition((value) => `$${this.values.push(value)}`))
  }

  text(): string {
    return this.#conditions.length === 0 ? '' : `WHERE ${this.#conditions.join(' AND ')}`
  }

  #oneOf(column: string, members: (string | number)[] | undefined): void {
    if (members === undefined) return
    this.add((at) => (members.length === 0 ? 'FALSE' : `l."${column}" IN (${members.map(at).join(', ')})`))
  }
}

function idOf(id: string): Uint8Array {
  const bytes = requestIdBytes(id)
  if (bytes === null) throw new TypeError('not a request id')
  return bytes
}

function bounded(limit: number): number {
  return Math.min(1_000, Math.max(1, whole(limit)))
}

function whole(n: number): number {
  return Number.isSafeInteger(n) && n >= 0 ? n : 0
}
