// What all keys that share limits have used together.
import type { Sharer } from '../../../domain/usage/attributed-rollups.ts'
import { firstIdAt } from '../../../domain/uuid.ts'
import { SQL, type SqlRow } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { SPENT_IN_LOG, SPENT_IN_ROLLUP } from '../usage-rollups.ts'
import { hasPair } from './pair-search.ts'

export type SharedModelUsage = { model: string | null; requests: number; tokens: number; costNanoUsd: number }

/** By requested model since the beginning of an hour, from rollups; `withPast`: and what was spent in all expired hours. */
export async function readSharedUsage(
  store: Store,
  { number, prefix }: Sharer,
  fromHour: number,
  withPast: boolean,
): Promise<SharedModelUsage[]> {
  const past = withPast ? ` OR "kind" = 'SHARED_MODEL_PAST'` : ''
  const rows = await store[SQL].scan(
    `SELECT "value" AS value, sum("calls") AS requests, sum("inputTokens" + "outputTokens") AS tokens,
       sum(${SPENT_IN_ROLLUP}) AS cost
     FROM "UsageRollup"
     WHERE "apiKeyId" = $1 AND (("kind" = 'SHARED_MODEL_HOUR' AND "bucket" >= $2)${past})
       AND substr("value", 1, ${prefix.length}) = $3
     GROUP BY 1`,
    [number, fromHour, prefix],
  )
  return rows.map((row) => usageFrom(row, String(row.value).slice(prefix.length)))
}

/** The same in a range of time, from the request logs: there must be few in it, since no index finds them. */
export async function readSharedLogs(
  store: Store,
  of: { ownerId: number } | { label: string },
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<SharedModelUsage[]> {
  const isTheirs = 'label' in of ? hasPair(store.kind, 'l."labels"', '$3') : 'l."ownerId" = $3'
  const rows = await store[SQL].scan(
    `SELECT l."requestedModel" AS model, count(*) AS requests,
       sum(coalesce(l."inputTokens", 0) + coalesce(l."outputTokens", 0)) AS tokens, sum(${SPENT_IN_LOG}) AS cost
     FROM "RequestLog" l WHERE l."id" >= $1 AND l."id" < $2 AND ${isTheirs} AND l."upstream" IS NOT NULL
     GROUP BY 1`,
    [firstIdAt(fromMs), firstIdAt(toMs), 'label' in of ? of.label : of.ownerId],
  )
  return rows.map((row) => usageFrom(row, typeof row.model === 'string' ? row.model : ''))
}

function usageFrom({ requests, tokens, cost }: SqlRow, model: string): SharedModelUsage {
  return {
    model: model === '' ? null : model,
    requests: Number(requests ?? 0),
    tokens: Number(tokens ?? 0),
    costNanoUsd: Number(cost ?? 0),
  }
}
