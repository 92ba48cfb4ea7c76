// Request logs counted by time and by value: the histogram and the facets of the explorer. From rollups where those are as
// fine as the requested bins, else from rows, of which at most SCAN_MAX are read.

import type { CallRecord } from '../../domain/logs/call-record.ts'
import type { RequestLogFilter } from '../../domain/logs/request-log-query.ts'
import { HOUR_MS } from '../../domain/time.ts'
import type { RollupKind, UsageDimension } from '../../domain/usage/rollup.ts'
import {
  type BinCount,
  countRequestLogsByBin,
  countRequestLogsByValue,
} from '../../store/queries/request-log-counts.ts'
import { callsByHours } from '../../store/queries/usage.ts'
import type { Store } from '../../store/store.ts'
import { hoursOf } from '../usage/usage-range.ts'
import { topValues } from '../usage/usage-top.ts'
import { scanEnd } from './request-log-search.ts'

/** A filter over a range that is closed at both ends. */
export type RangedFilter = RequestLogFilter & { fromMs: number; toMs: number }

/** From included, to not. */
export type HistogramBin = { fromMs: number; toMs: number } & BinOutcomes
/** `failures`: every outcome but SUCCESS; the other four are its parts. */
type BinOutcomes = Record<
  'successes' | 'failures' | 'errors' | 'denied' | 'cancelled' | 'interrupted',
  number
>
/** `partial`: there were more than SCAN_MAX rows, and only the newest are counted. */
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

// Below it whole hours are too coarse for facets: they would count calls that the list beside them does not have.
const FACET_ROLLUPS_FROM_MS = 48 * HOUR_MS

/**
 * The calls of a filter in at most `count` bins of the same length. Bins of an hour or longer are whole hours, to which the
 * range is widened. So are shorter ones where there are more rows than SCAN_MAX and rollups hold the calls of the filter.
 */
export async function countByTime(
  store: Store,
  filter: RangedFilter,
  count: number,
): Promise<RequestLogHistogram> {
  const hours = hoursOf(filter)
  const rollups = rollupsOf(filter)
  const wholeHours = () => {
    const perBin = Math.max(1, Math.ceil((hours.to - hours.from) / count)) * HOUR_MS
    return { fromMs: hours.from * HOUR_MS, binMs: perBin, toMs: hours.to * HOUR_MS }
  }
  const binMs = Math.max(1, Math.ceil((filter.toMs - filter.fromMs) / count))
  if (rollups !== null && binMs >= HOUR_MS) return fromRollups(store, rollups, wholeHours())
  const end = await scanEnd(store, filter, { limit: 1 })
  if (rollups !== null && end !== null) return fromRollups(store, rollups, wholeHours())
  const rows = await countRequestLogsByBin(store, filter, end, { fromMs: filter.fromMs, binMs })
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
  const rollups = rollupsOf(filter)
  const dimension =
    field === 'MODEL' || field === 'KEY' || field === 'UPSTREAM' || field === 'OUTCOME' ? field : null
  const ofKey = rollups?.dimension === 'KEY' && dimension === 'MODEL' && apiKeyIds.length === 1
  const end = await scanEnd(store, filter, { limit: 1 })
  const known = dimension !== null && rollups !== null && (rollups.dimension === null || ofKey)
  if (known && (end !== null || toMs - fromMs >= FACET_ROLLUPS_FROM_MS)) {
    const apiKeyId = ofKey ? (apiKeyIds[0] ?? 0) : 0
    // One more than requested, since calls without a value may be among them.
    const top = await topValues(store, {
      dimension,
      apiKeyId,
      hours: hoursOf(filter),
      first: first + 1,
      rank: 'CALLS',
      withDeleted: false,
    })
    const named = top.filter(({ value }) => value !== '').slice(0, first)
    return { values: named.map(({ value, calls }) => ({ value, count: calls })), partial: false }
  }
  const values = await countRequestLogsByValue(store, filter, end, COLUMNS[field], first)
  return { values, partial: end !== null }
}

const COLUMNS = {
  MODEL: 'requestedModel',
  KEY: 'apiKeyId',
  UPSTREAM: 'upstream',
  OUTCOME: 'outcome',
  ERROR_CODE: 'errorCode',
  ENDPOINT: 'endpoint',
  HTTP_STATUS: 'httpStatus',
} as const satisfies Record<FacetField, keyof CallRecord>

type RollupSelection = { kind: RollupKind; dimension: UsageDimension | null; values: string[] | null }

const DIMENSIONS = { apiKeyIds: 'KEY', models: 'MODEL', upstreams: 'UPSTREAM', outcomes: 'OUTCOME' } as const

/** The rollups that hold exactly the calls of a filter; null where the filter is finer than any rollup. */
function rollupsOf({ fromMs: _from, toMs: _to, ...filter }: RangedFilter): RollupSelection | null {
  const parts = Object.entries(filter).filter(([, value]) => value !== undefined)
  const [part] = parts
  if (part === undefined) return { kind: 'TOTAL_HOUR', dimension: null, values: null }
  const [name, members] = part
  if (parts.length > 1 || !(name in DIMENSIONS) || !Array.isArray(members)) return null
  const dimension = DIMENSIONS[name as keyof typeof DIMENSIONS]
  return { kind: `${dimension}_HOUR`, dimension, values: members.map(String) }
}

type Bins = { fromMs: number; toMs: number; binMs: number }

async function fromRollups(
  store: Store,
  { kind, values }: RollupSelection,
  bins: Bins,
): Promise<RequestLogHistogram> {
  const [from = 0, to = 0, perBin = 1] = [bins.fromMs, bins.toMs, bins.binMs].map((ms) =>
    Math.round(ms / HOUR_MS),
  )
  const counts = values?.length === 0 ? [] : await callsByHours(store, { kind, values, from, to, perBin })
  return { bins: binsOf(bins, counts), partial: false }
}

/** Every bin of the range, those without a call too. */
function binsOf({ fromMs, toMs, binMs }: Bins, found: BinCount[]): HistogramBin[] {
  const counts = new Map(found.map((count) => [count.bin, count]))
  return Array.from({ length: Math.ceil((toMs - fromMs) / binMs) }, (_, at) => {
    const start = fromMs + at * binMs
    return { fromMs: start, toMs: Math.min(toMs, start + binMs), ...outcomesOf(counts.get(at)) }
  })
}

function outcomesOf(count: BinCount | undefined): BinOutcomes {
  if (count === undefined)
    return { successes: 0, failures: 0, errors: 0, denied: 0, cancelled: 0, interrupted: 0 }
  const { calls, successes, denied, cancelled, interrupted } = count
  const failures = calls - successes
  return {
    successes,
    failures,
    errors: failures - denied - cancelled - interrupted,
    denied,
    cancelled,
    interrupted,
  }
}
