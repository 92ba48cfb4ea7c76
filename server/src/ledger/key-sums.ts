// What a key has used since given instants, from the request logs: where the rules of a key begin to count.
import { FORM_ENDPOINTS } from '../domain/form-endpoints.ts'
import { modelTest } from '../domain/policy/name-pattern.ts'
import { firstIdAt } from '../domain/uuid.ts'
import type { Store } from '../store/store.ts'
import type { LedgerView } from './ledger.ts'

export type WantedSum = {
  /** Milliseconds since the epoch. */
  sinceMs: number
  /** A pattern of models' names; null: all calls. */
  model: string | null
}

export type KnownSum = { requests: number; tokens: number; costNanoUsd: number }

const SETTLES_MAX = 5
// Admitted before their model was known, they are in no count of one model's calls.
const FORMS = FORM_ENDPOINTS.map((path) => `'/v1/${path}'`).join(', ')

/**
 * Sums over the calls of a key that were sent to an upstream, one for each that is wanted, in their order; models by the name
 * that was asked for, instants by when they were accepted. Calls without usage add no tokens. Rejects where the database does not answer, or lacks part of what
 * stands in the journal.
 */
export async function sumsOfKey(
  store: Store,
  ledger: Pick<LedgerView, 'settled'>,
  apiKeyId: number,
  wanted: WantedSum[],
): Promise<KnownSum[]> {
  await allIngested(ledger)
  const byStart = new Map<number, Promise<ModelSum[]>>()
  const sums = wanted.map(async ({ sinceMs, model }) => {
    const known = byStart.get(sinceMs) ?? sumsByModel(store, apiKeyId, sinceMs)
    byStart.set(sinceMs, known)
    return total(await known, model)
  })
  return Promise.all(sums)
}

type ModelSum = { model: string | null; requests: number; tokens: number }

async function sumsByModel(store: Store, apiKeyId: number, sinceMs: number): Promise<ModelSum[]> {
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
  }))
}

function total(sums: ModelSum[], pattern: string | null): KnownSum {
  const test = pattern === null ? null : modelTest(pattern)
  const sum = { requests: 0, tokens: 0, costNanoUsd: 0 }
  for (const { model, requests, tokens } of sums) {
    if (test !== null && (model === null || !test(model))) continue
    sum.requests += requests
    sum.tokens += tokens
  }
  return sum
}

/** A sum that lacks calls would let in more than a limit allows. */
async function allIngested(ledger: Pick<LedgerView, 'settled'>): Promise<void> {
  for (let tries = 1; tries <= SETTLES_MAX; tries++) if (await ledger.settled()) return
  throw new Error('the ledger does not have all that was written to the journal')
}
