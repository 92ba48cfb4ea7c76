// What calls of some endpoints used, by bucket of time and by columns of the request log, from the logs themselves: no rollup holds
// an endpoint together with a key or a model.
import { readInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { scanEndAfter } from '../request-log-pages.ts'
import { RequestLogWhere } from '../request-log-where.ts'

export const GROUP_COLUMNS = ['apiKeyId', 'requestedModel', 'serviceTier'] as const
export type GroupColumn = (typeof GROUP_COLUMNS)[number]

export type EndpointUsageQuery = {
  /** Included, and not; milliseconds since the epoch. */
  fromMs: number
  toMs: number
  bucketMs: number
  endpoints: readonly string[]
  /** Absent: of any. */
  apiKeyIds?: number[]
  models?: string[]
  groupBy: readonly GroupColumn[]
}

/** `bucket`: from 0. A column that is not grouped by is null. */
export type EndpointUsage = {
  bucket: number
  apiKeyId: number | null
  requestedModel: string | null
  serviceTier: string | null
  calls: number
  inputTokens: number
  cachedInputTokens: number
  cacheWriteInputTokens: number
  outputTokens: number
}

/** Whether a range has more request logs than may be read at once. */
export async function hasMoreLogsThan(
  store: Store,
  max: number,
  { fromMs, toMs }: Pick<EndpointUsageQuery, 'fromMs' | 'toMs'>,
): Promise<boolean> {
  return (await scanEndAfter(store, { fromMs, toMs }, { limit: 1 }, max + 1)) !== null
}

/** Calls that were sent to an upstream; at most `limit` groups of all buckets together. */
export async function readEndpointUsage(
  store: Store,
  { fromMs, toMs, bucketMs, endpoints, apiKeyIds, models, groupBy }: EndpointUsageQuery,
  limit: number,
): Promise<EndpointUsage[]> {
  const where = new RequestLogWhere(store.kind, {
    fromMs,
    toMs,
    endpoints: [...endpoints],
    ...(apiKeyIds === undefined ? {} : { apiKeyIds }),
    ...(models === undefined ? {} : { models }),
  })
  where.add(() => 'l."upstream" IS NOT NULL')
  const bucket = `(${readInstant(store.kind, 'l."startedAt"')} - ${Math.trunc(fromMs)}) / ${Math.trunc(bucketMs)}`
  const columns = GROUP_COLUMNS.map((name) =>
    groupBy.includes(name) ? `l."${name}" AS "${name}"` : `NULL AS "${name}"`,
  )
  const grouped = ['1', ...groupBy.map((name) => `l."${name}"`)]
  const sum = (name: string) => `sum(coalesce(l."${name}", 0)) AS "${name}"`
  const rows = await store[SQL].scan(
    `SELECT ${bucket} AS bucket, ${columns.join(', ')}, count(*) AS calls, ${sum('inputTokens')},
       ${sum('cachedInputTokens')}, ${sum('cacheWriteInputTokens')}, ${sum('outputTokens')}
     FROM "RequestLog" l ${where.text()} GROUP BY ${grouped.join(', ')} LIMIT ${Math.trunc(limit)}`,
    where.values,
  )
  return rows.map((row) => ({
    bucket: Number(row.bucket),
    apiKeyId: row.apiKeyId === null ? null : Number(row.apiKeyId),
    requestedModel: textOrNull(row.requestedModel),
    serviceTier: textOrNull(row.serviceTier),
    calls: Number(row.calls),
    inputTokens: Number(row.inputTokens),
    cachedInputTokens: Number(row.cachedInputTokens),
    cacheWriteInputTokens: Number(row.cacheWriteInputTokens),
    outputTokens: Number(row.outputTokens),
  }))
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
