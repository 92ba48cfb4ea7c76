// What a key has used since given instants: the counts that the rules of a key start with. Calls and tokens come from the
// request logs, since no limit is longer than a day; cost comes from the rollups, which are kept when the logs have expired.
import { modelTest } from '../../domain/models/name-pattern.ts'
import { HOUR_MS } from '../../domain/time.ts'
import * as queries from '../../store/queries/usage.ts'
import type { Store } from '../../store/store.ts'
import type { LedgerView } from '../ledger.ts'

export type WantedUsage = {
  /** Milliseconds since the epoch. */
  sinceMs: number
  /** A pattern of models' names; null: all calls. */
  model: string | null
  /** Only the cost is wanted; requests and tokens are returned as 0. */
  money?: boolean
}

export type KnownUsage = { requests: number; tokens: number; costNanoUsd: number }

const SETTLES_MAX = 5

/**
 * The usage of a key by calls that were sent to an upstream, one for each of `wanted`, in their order. A model is the requested
 * one; an instant is that at which a call was accepted. Calls without usage add no tokens. Rejects where the database does not
 * respond, or does not have all that is in the journal.
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
    const known = byStart.get(start) ?? (money ? costByModel : usageByModel)(store, apiKeyId, sinceMs)
    byStart.set(start, known)
    return total(await known, model)
  })
  return Promise.all(totals)
}

export type ModelUsage = KnownUsage & { model: string | null }

async function usageByModel(store: Store, apiKeyId: number, sinceMs: number): Promise<ModelUsage[]> {
  const calls = await queries.readModelCalls(store, apiKeyId, sinceMs)
  return calls.map((ofModel) => ({ ...ofModel, costNanoUsd: 0 }))
}

/**
 * Cost by model, by whole hours of the rollups. The part of an hour that a window may begin with comes from the logs. Where
 * those have expired, the whole hour counts, which is not less than was spent. Since 0: all that was ever spent, also in hours
 * whose rollups have expired.
 */
async function costByModel(store: Store, apiKeyId: number, sinceMs: number): Promise<ModelUsage[]> {
  const firstHour = Math.ceil(sinceMs / HOUR_MS)
  // Logs expire in their order: where there is an older one, all since are there.
  const hasPart = firstHour * HOUR_MS > sinceMs && (await queries.hasRequestLogBefore(store, sinceMs))
  const fromHour = hasPart ? firstHour : Math.floor(sinceMs / HOUR_MS)
  const [hours, part] = await Promise.all([
    queries.readModelSpend(store, apiKeyId, fromHour, sinceMs <= 0),
    hasPart ? queries.readLoggedSpend(store, apiKeyId, { fromMs: sinceMs, toMs: firstHour * HOUR_MS }) : [],
  ])
  return [...hours, ...part].map((spend) => ({ ...spend, requests: 0, tokens: 0 }))
}

/** The sum of the models that a pattern names; null: of all. */
export function total(totals: ModelUsage[], pattern: string | null): KnownUsage {
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

/** A count that lacks calls would admit more than a limit allows. */
export async function allIngested(ledger: Pick<LedgerView, 'settled'>): Promise<void> {
  for (let attempts = 1; attempts <= SETTLES_MAX; attempts++) if (await ledger.settled()) return
  throw new Error('the ledger does not have all that was written to the journal')
}
