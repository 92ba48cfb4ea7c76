// The buckets of time that usage and costs come in: https://platform.openai.com/docs/api-reference/usage.
import { badInput } from '../../domain/admin-errors.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts'
import { wholeParameter } from './organization-call.ts'

/** Days of costs of a page: OpenAI's own bound. */
export const COSTS_LIMIT_MAX = 180

/** OpenAI's own bounds of `limit`. */
export const BUCKET_WIDTHS = {
  '1m': { ms: MINUTE_MS, absent: 60, max: 1_440 },
  '1h': { ms: HOUR_MS, absent: 24, max: 168 },
  '1d': { ms: DAY_MS, absent: 7, max: 31 },
} as const
export type BucketWidth = keyof typeof BUCKET_WIDTHS

// 9999-12-31.
const SECONDS_MAX = 253_402_300_799

export type BucketPage = {
  /** Of the first bucket, and of the end of the last one; milliseconds, at whole buckets of UTC. */
  fromMs: number
  toMs: number
  bucketMs: number
  /** Where the next page begins; null: this is the last. */
  nextPage: string | null
}

/** The page of buckets that a query asks for. `widths`: those that it may have. */
export function readBuckets(
  query: URLSearchParams,
  widths: readonly BucketWidth[],
  nowMs: number,
): BucketPage {
  const sent = query.get('bucket_width') ?? '1d'
  const width = widths.find((one) => one === sent)
  if (width === undefined) throw badInput('bucket_width', `bucket_width must be one of ${widths.join(', ')}.`)
  const { ms, absent, max } = BUCKET_WIDTHS[width]
  const start = wholeParameter(query, 'start_time', { min: 0, max: SECONDS_MAX, absent: null })
  if (start === null) throw badInput('start_time', 'start_time is required: seconds since the epoch.')
  const end = wholeParameter(query, 'end_time', { min: 0, max: SECONDS_MAX, absent: null })
  const limit = wholeParameter(query, 'limit', {
    min: 1,
    max: widths.length === 1 ? COSTS_LIMIT_MAX : max,
    absent,
  })
  const endMs = Math.min(end === null ? nowMs : end * 1_000, nowMs)
  const fromMs = Math.max(Math.floor((start * 1_000) / ms) * ms, pageStart(query, ms))
  const wanted = Math.max(0, Math.ceil((endMs - fromMs) / ms))
  const toMs = fromMs + Math.min(wanted, limit) * ms
  return { fromMs, toMs, bucketMs: ms, nextPage: wanted > limit ? `page_${toMs / 1_000}` : null }
}

function pageStart(query: URLSearchParams, ms: number): number {
  const page = query.get('page')
  if (page === null) return 0
  const digits = /^page_([0-9]{1,12})$/.exec(page)?.[1]
  const atMs = Number(digits ?? Number.NaN) * 1_000
  if (!Number.isSafeInteger(atMs) || atMs % ms !== 0)
    throw badInput('page', 'page must be the next_page of a page with the same bucket_width.')
  return atMs
}

/** The buckets with their results, those without any too. */
export function bucketPage<Row>(
  { fromMs, toMs, bucketMs, nextPage }: BucketPage,
  rows: readonly Row[],
  bucketOf: (row: Row) => number,
  resultOf: (row: Row) => object,
) {
  const byBucket = Map.groupBy(rows, bucketOf)
  const count = Math.max(0, Math.round((toMs - fromMs) / bucketMs))
  return {
    object: 'page',
    data: Array.from({ length: count }, (_, at) => ({
      object: 'bucket',
      start_time: (fromMs + at * bucketMs) / 1_000,
      end_time: (fromMs + (at + 1) * bucketMs) / 1_000,
      results: (byBucket.get(at) ?? []).map(resultOf),
    })),
    has_more: nextPage !== null,
    next_page: nextPage,
  }
}
