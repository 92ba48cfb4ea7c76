// What calls used and cost, by bucket of time and by columns of the request log, from the logs themselves: no rollup holds an endpoint
// together with a key or a model.
import type { PriceUnit } from '../../../domain/pricing/prices.ts'
import { readInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { DatabaseKind, Store } from '../../store.ts'
import { scanEndAfter } from '../request-log-pages.ts'
import { RequestLogWhere } from '../request-log-where.ts'

export const GROUP_COLUMNS = ['apiKeyId', 'ownerId', 'requestedModel', 'serviceTier', 'endpoint'] as const
export type GroupColumn = (typeof GROUP_COLUMNS)[number]

export type EndpointUsageQuery = {
  /** Included, and not; milliseconds since the epoch. */
  fromMs: number
  toMs: number
  bucketMs: number
  /** Absent: of any; so of all below. */
  endpoints?: readonly string[]
  apiKeyIds?: number[]
  models?: string[]
  /** Of keys that belonged to these owners at the time of the call; null: to nobody. */
  ownerIds?: (number | null)[]
  /** Sums this unit of the receipts; with `having`, of calls alone that have it. */
  unit?: PriceUnit
  having?: true
  groupBy: readonly GroupColumn[]
}

/** `bucket`: from 0. A column that is not grouped by is null. */
export type EndpointUsage = {
  bucket: number
  apiKeyId: number | null
  ownerId: number | null
  requestedModel: string | null
  serviceTier: string | null
  endpoint: string | null
  calls: number
  /** Of the unit that was asked for; else 0. */
  quantity: number
  /** Calls whose cost is not known add nothing. */
  costNanoUsd: number
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
  query: EndpointUsageQuery,
  limit: number,
): Promise<EndpointUsage[]> {
  const { fromMs, toMs, bucketMs, endpoints, apiKeyIds, models, ownerIds, groupBy, unit } = query
  const where = new RequestLogWhere(store.kind, {
    fromMs,
    toMs,
    ...(endpoints === undefined ? {} : { endpoints: [...endpoints] }),
    ...(apiKeyIds === undefined ? {} : { apiKeyIds }),
    ...(models === undefined ? {} : { models }),
  })
  where.add(() => 'l."upstream" IS NOT NULL')
  if (ownerIds !== undefined) where.add((at) => ofOwners(ownerIds, at))
  // Each call that has the unit, billed or not, names it in its receipt.
  if (unit !== undefined && query.having === true)
    where.add((at) => `l."receipt" LIKE ${at(`%["${unit}",%`)}`)
  const bucket = `(${readInstant(store.kind, 'l."startedAt"')} - ${Math.trunc(fromMs)}) / ${Math.trunc(bucketMs)}`
  const columns = GROUP_COLUMNS.map((name) =>
    groupBy.includes(name) ? `l."${name}" AS "${name}"` : `NULL AS "${name}"`,
  )
  const grouped = ['1', ...groupBy.map((name) => `l."${name}"`)]
  const sum = (name: string) => `sum(coalesce(l."${name}", 0)) AS "${name}"`
  const quantity = unit === undefined ? '0' : `sum(${quantityOf(store.kind, where.at(unit))})`
  const rows = await store[SQL].scan(
    `SELECT ${bucket} AS bucket, ${columns.join(', ')}, count(*) AS calls, ${quantity} AS quantity, ${sum('costNanoUsd')}, ${sum('inputTokens')},
       ${sum('cachedInputTokens')}, ${sum('cacheWriteInputTokens')}, ${sum('outputTokens')}
     FROM "RequestLog" l ${where.text()} GROUP BY ${grouped.join(', ')} LIMIT ${Math.trunc(limit)}`,
    where.values,
  )
  return rows.map((row) => ({
    bucket: Number(row.bucket),
    apiKeyId: row.apiKeyId === null ? null : Number(row.apiKeyId),
    ownerId: row.ownerId === null ? null : Number(row.ownerId),
    requestedModel: textOrNull(row.requestedModel),
    serviceTier: textOrNull(row.serviceTier),
    endpoint: textOrNull(row.endpoint),
    calls: Number(row.calls),
    quantity: Number(row.quantity),
    costNanoUsd: Number(row.costNanoUsd),
    inputTokens: Number(row.inputTokens),
    cachedInputTokens: Number(row.cachedInputTokens),
    cacheWriteInputTokens: Number(row.cacheWriteInputTokens),
    outputTokens: Number(row.outputTokens),
  }))
}

function ofOwners(owners: readonly (number | null)[], at: (value: number) => string): string {
  const numbers = owners.flatMap((owner) => (owner === null ? [] : [at(owner)]))
  const some = numbers.length === 0 ? 'FALSE' : `l."ownerId" IN (${numbers.join(', ')})`
  return owners.includes(null) ? `(l."ownerId" IS NULL OR ${some})` : some
}

/** How much of a unit a receipt has; 0 without a whole one. Billed units are in `lines`, counted ones in `also`. */
function quantityOf(kind: DatabaseKind, unit: string): string {
  const of = (member: string) =>
    kind === 'sqlite'
      ? `coalesce((SELECT sum(json_extract(u.value, '$[1]')) FROM json_each(l."receipt", '$.${member}') u
          WHERE json_extract(u.value, '$[0]') = ${unit}), 0)`
      : `coalesce((SELECT sum((u ->> 1)::numeric) FROM jsonb_array_elements(CAST(l."receipt" AS jsonb) -> '${member}') u
          WHERE u ->> 0 = ${unit}), 0)`
  return `CASE WHEN l."receipt" LIKE '{%}' THEN ${of('lines')} + ${of('also')} ELSE 0 END`
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
