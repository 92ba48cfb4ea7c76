// Request logs counted by time and by value: the histogram and the facets of the explorer. From sums where they are as
// fine as what is asked, else from rows, of which so many are read and no more.

import { HOUR_MS } from '../../domain/time.ts'
import type { RollupKind, UsageDimension } from '../../domain/usage/rollup.ts'
import { readInstant } from '../../store/instants.ts'
import type { SqlRow, SqlValue } from '../../store/sql.ts'
import type { Store } from '../../store/store.ts'
import { hoursOf } from '../usage/usage-range.ts'
import { topValues } from '../usage/usage-top.ts'
import { idBytes, type RequestLogFilter, RequestLogWhere } from './request-log-filter.ts'
import { scanEnd } from './request-log-search.ts'

/** A filter over a range that is closed at both ends. */
export type RangedFilter = RequestLogFilter & { fromMs: number; toMs: number }

/** From included, to not. */
export type HistogramBin = { fromMs: number; toMs: number; successes: number; failures: number }
/** `partial`: there were more rows than are read; the newest are counted. */
export type RequestLogHistogram = { bins: HistogramBin[]; partial: boolean }

export const FACET_FIELDS = [
  'MODEL',
  'KEY',
  'UPSTREAM',
  'OUTCOME',
  'ERROR_CODE',
  'ENDPOINT',
  'HTTP_STATUS',
] as const
export type FacetField = (typeof FACET_FIELDS)[number]
export type RequestLogFacets = { values: { value: string; count: number }[]; partial: boolean }

// Below a day, whole hours are too coarse for facets.
const FACET_SUMS_FROM_MS = 24 * HOUR_MS

/**
 * The calls of a filter in at most `count` bins of the same length. Where bins are hours or longer they are whole hours,
 * which the range is widened to; so they are where there are too many rows and hours are what is known.
 */
export async function countByTime(
  store: Store,
  filter: RangedFilter,
  count: number,
): Promise<RequestLogHistogram> {
  const hours = hoursOf(filter)
  const totals = totalsOf(filter)
  const wholeHours = () => {
    const perBin = Math.max(1, Math.ceil((hours.to - hours.from) / count)) * HOUR_MS
    return { fromMs: hours.from * HOUR_MS, binMs: perBin, toMs: hours.to * HOUR_MS }
  }
  const binMs = Math.max(1, Math.ceil((filter.toMs - filter.fromMs) / count))
  if (totals !== null && binMs >= HOUR_MS) return fromRollups(store, totals, wholeHours())
  const end = await scanEnd(store, filter, { limit: 1 })
  if (totals !== null && end !== null) return fromRollups(store, totals, wholeHours())
  const rows = await binRows(store, filter, end, binMs)
  return { bins: binsOf({ fromMs: filter.fromMs, toMs: filter.toMs, binMs }, rows), partial: end !== null }
}

/** The values of a field that most calls of a filter had, most first. Calls that have none are not counted. */
export async function countByValue(
  store: Store,
  filter: RangedFilter,
  field: FacetField,
  first: number,
): Promise<RequestLogFacets> {
  const { apiKeyIds = [], fromMs, toMs } = filter
  const totals = totalsOf(filter)
  const dimension =
    field === 'MODEL' || field === 'KEY' || field === 'UPSTREAM' || field === 'OUTCOME' ? field : null
  const ofKey = totals?.dimension === 'KEY' && dimension === 'MODEL' && apiKeyIds.length === 1
  const end = await scanEnd(store, filter, { limit: 1 })
  const known = dimension !== null && totals !== null && (totals.dimension === null || ofKey)
  if (known && (end !== null || toMs - fromMs >= FACET_SUMS_FROM_MS)) {
    const apiKeyId = ofKey ? (apiKeyIds[0] ?? 0) : 0
    // One more, since calls that named nothing may be among them.
    const top = await topValues(store, {
      dimension,
      apiKeyId,
      hours: hoursOf(filter),
      first: first + 1,
      rank: 'CALLS',
    })
    const named = top.filter(({ value }) => value !== '').slice(0, first)
    return { values: named.map(({ value, calls }) => ({ value, count: calls })), partial: false }
  }
  const where = whereFrom(store, filter, end)
  const column = COLUMNS[field]
  where.add(() => `l."${column}" IS NOT NULL`)
  const rows = await store.sql.scan(
    `SELECT l."${column}" AS value, count(*) AS n FROM "RequestLog" l ${where.text()}
     GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${Math.trunc(first)}`,
    where.values,
  )
  const values = rows.map((row) => ({ value: String(row.value), count: Number(row.n) }))
  return { values, partial: end !== null }
}

const COLUMNS: Record<FacetField, string> = {
  MODEL: 'requestedModel',
  KEY: 'apiKeyId',
  UPSTREAM: 'upstream',
  OUTCOME: 'outcome',
  ERROR_CODE: 'errorCode',
  ENDPOINT: 'endpoint',
  HTTP_STATUS: 'httpStatus',
}

type Totals = { kind: RollupKind; dimension: UsageDimension | null; values: string[] | null }

const SUMMED = { apiKeyIds: 'KEY', models: 'MODEL', upstreams: 'UPSTREAM', outcomes: 'OUTCOME' } as const

/** The sums that a filter's calls are in; null where it asks for what the sums do not tell apart. */
function totalsOf({ fromMs: _from, toMs: _to, ...filter }: RangedFilter): Totals | null {
  const parts = Object.entries(filter).filter(([, value]) => value !== undefined)
  const [part] = parts
  if (part === undefined) return { kind: 'TOTAL_HOUR', dimension: null, values: null }
  const [name, members] = part
  if (parts.length > 1 || !(name in SUMMED) || !Array.isArray(members)) return null
  const dimension = SUMMED[name as keyof typeof SUMMED]
  return { kind: `${dimension}_HOUR`, dimension, values: members.map(String) }
}

type Bins = { fromMs: number; toMs: number; binMs: number }

async function fromRollups(
  store: Store,
  { kind, values: only }: Totals,
  bins: Bins,
): Promise<RequestLogHistogram> {
  if (only?.length === 0) return { bins: binsOf(bins, []), partial: false }
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const [from, to, perBin] = [bins.fromMs, bins.toMs, bins.binMs].map((ms) => Math.round(ms / HOUR_MS))
  const rows = await store.sql.scan(
    `SELECT ("bucket" - ${from}) / ${perBin} AS bin, sum("calls") AS calls, sum("successes") AS successes
     FROM "UsageRollup" WHERE "kind" = ${at(kind)} AND "apiKeyId" = 0 AND "bucket" >= ${from} AND "bucket" < ${to}
       ${only === null ? '' : `AND "value" IN (${only.map(at).join(', ')})`}
     GROUP BY 1`,
    values,
  )
  return { bins: binsOf(bins, rows), partial: false }
}

async function binRows(
  store: Store,
  filter: RangedFilter,
  end: string | null,
  binMs: number,
): Promise<SqlRow[]> {
  const where = whereFrom(store, filter, end)
  const atMs = readInstant(store.kind, 'l."startedAt"')
  return store.sql.scan(
    `SELECT (${atMs} - ${Math.trunc(filter.fromMs)}) / ${binMs} AS bin, count(*) AS calls,
       sum(CASE WHEN l."outcome" = 'SUCCESS' THEN 1 ELSE 0 END) AS successes
     FROM "RequestLog" l ${where.text()} GROUP BY 1`,
    where.values,
  )
}

function whereFrom(store: Store, filter: RequestLogFilter, end: string | null): RequestLogWhere {
  const where = new RequestLogWhere(store.kind, filter)
  if (end !== null) where.add((at) => `l."id" >= ${at(idBytes(end))}`)
  return where
}

/** Every bin of the range, those without a call too. */
function binsOf({ fromMs, toMs, binMs }: Bins, rows: SqlRow[]): HistogramBin[] {
  const counts = new Map(rows.map((row) => [Number(row.bin), row]))
  return Array.from({ length: Math.ceil((toMs - fromMs) / binMs) }, (_, at) => {
    const [calls, successes] = [Number(counts.get(at)?.calls ?? 0), Number(counts.get(at)?.successes ?? 0)]
    const start = fromMs + at * binMs
    return { fromMs: start, toMs: Math.min(toMs, start + binMs), successes, failures: calls - successes }
  })
}
