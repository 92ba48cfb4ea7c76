// What a key has used since given instants: where the rules of a key begin to count. Calls and tokens are read off the request
// logs, since no limit reaches back beyond a day; money off the sums, which remember it when the logs have aged out.
import { FORM_ENDPOINTS } from '../../domain/form-endpoints.ts'
import { modelTest } from '../../domain/models/name-pattern.ts'
import { HOUR_MS } from '../../domain/time.ts'
import { firstIdAt } from '../../domain/uuid.ts'
import type { Store } from '../../store/store.ts'
import type { LedgerView } from '../ledger.ts'

export type WantedUsage = {
  /** Milliseconds since the epoch. */
  sinceMs: number
  /** A pattern of models' names; null: all calls. */
  model: string | null
  /** Money alone is wanted, and nothing else is told. */
  money?: boolean
}

export type KnownUsage = { requests: number; tokens: number; costNanoUsd: number }

const SETTLES_MAX = 5
// Admitted before their model was known, they are in no count of one model's calls.
const FORMS = FORM_ENDPOINTS.map((path) => `'/v1/${path}'`).join(', ')

/**
 * Sums over the calls of a key that were sent to an upstream, one for each that is wanted, in their order; models by the name
 * that was asked for, instants by when they were accepted. Calls without usage add no tokens. Rejects where the database does not answer, or lacks part of what
 * stands in the journal.
 */
export async function usageOfKey(
  store: Store,
  ledger: Pick<LedgerView, 'settled'>,
  apiKeyId: number,
  wanted: WantedUsage[],
): Promise<KnownUsage[]> {
  await allIngested(ledger)
  const byStart = new Map<string, Promise<ModelUsage[]>>()
  const totals = wanted.map(async ({ sinceMs, model, money = false }) => {
    const start = `${sinceMs} ${money}`
    const known = byStart.get(start) ?? (money ? moneyByModel : usageByModel)(store, apiKeyId, sinceMs)
    byStart.set(start, known)
    return total(await known, model)
  })
  return Promise.all(totals)
}

type ModelUsage = KnownUsage & { model: string | null }

async function usageByModel(store: Store, apiKeyId: number, sinceMs: number): Promise<ModelUsage[]> {
  const rows = await store.sql.scan(
    `SELECT CASE WHEN l."endpoint" IN (${FORMS}) THEN NULL ELSE l."requestedModel" END AS model, count(*) AS requests,
       sum(coalesce(l."inputTokens", 0) + coalesce(l."outputTokens", 0)) AS tokens
     FROM "RequestLog" l WHERE l."apiKeyId" = $1 AND l."id" >= $2 AND l."upstream" IS NOT NULL
     GROUP BY 1`,
    [apiKeyId, firstIdAt(sinceMs)],
  )
  return rows.map(({ model, requests, tokens }) => ({
    model: typeof model === 'string' ? model : null,
    requests: Number(requests),
    tokens: Number(tokens),
    costNanoUsd: 0,
  }))
}

/**
 * Money by model, in whole hours of the sums; the part of an hour that a window may begin with is read off the logs. Where
 * those are gone, the whole hour counts, which is not less than was spent. Since 0: all that was ever spent, also what has
 * aged out of the sums.
 */
async function moneyByModel(store: Store, apiKeyId: number, sinceMs: number): Promise<ModelUsage[]> {
  const firstHour = Math.ceil(sinceMs / HOUR_MS)
  const hasPart = firstHour * HOUR_MS > sinceMs && (await hasLogsBefore(store, sinceMs))
  const [hours, part] = await Promise.all([
    // One statement: what ages meanwhile is in it once.
    store.sql.scan(
      `SELECT "value" AS model, sum("costNanoUsd") AS cost FROM "UsageRollup"
       WHERE "apiKeyId" = $1 AND (("kind" = 'KEY_MODEL_HOUR' AND "bucket" >= $2)${sinceMs <= 0 ? ` OR "kind" = 'KEY_MODEL_PAST'` : ''})
       GROUP BY 1`,
      [apiKeyId, hasPart ? firstHour : Math.floor(sinceMs / HOUR_MS)],
    ),
    hasPart
      ? store.sql.scan(
          `SELECT l."requestedModel" AS model, sum(l."costNanoUsd") AS cost FROM "RequestLog" l
           WHERE l."apiKeyId" = $1 AND l."id" >= $2 AND l."id" < $3 GROUP BY 1`,
          [apiKeyId, firstIdAt(sinceMs), firstIdAt(firstHour * HOUR_MS)],
        )
      : [],
  ])
  return [...hours, ...part].map(({ model, cost }) => ({
    model: typeof model === 'string' && model !== '' ? model : null,
    requests: 0,
    tokens: 0,
    costNanoUsd: Number(cost ?? 0),
  }))
}

/** Logs age in their order: where one is older, all since are there. */
async function hasLogsBefore(store: Store, ms: number): Promise<boolean> {
  const rows = await store.sql.all('SELECT 1 AS one FROM "RequestLog" l WHERE l."id" < $1 LIMIT 1', [
    firstIdAt(ms),
  ])
  return rows.length > 0
}

function total(totals: ModelUsage[], pattern: string | null): KnownUsage {
  const test = pattern === null ? null : modelTest(pattern)
  const sum = { requests: 0, tokens: 0, costNanoUsd: 0 }
  for (const { model, requests, tokens, costNanoUsd } of totals) {
    if (test !== null && (model === null || !test(model))) continue
    sum.requests += requests
    sum.tokens += tokens
    sum.costNanoUsd += costNanoUsd
  }
  return sum
}

/** A sum that lacks calls would let in more than a limit allows. */
async function allIngested(ledger: Pick<LedgerView, 'settled'>): Promise<void> {
  for (let tries = 1; tries <= SETTLES_MAX; tries++) if (await ledger.settled()) return
  throw new Error('the ledger does not have all that was written to the journal')
}
