// What all keys of an owner, or all keys with a label, have used together since given instants: the counts that shared limits and
// budgets start with. By whole hours of the rollups, which are kept when the logs have expired; the part of an hour that a window
// begins with comes from the logs.
import { HOUR_MS } from '../../domain/time.ts'
import { labelSharer, ownerSharer } from '../../domain/usage/attributed-rollups.ts'
import { readSharedLogs, readSharedUsage } from '../../store/queries/owners/shared-spend.ts'
import { hasRequestLogBefore } from '../../store/queries/usage.ts'
import type { Store } from '../../store/store.ts'
import type { LedgerView } from '../ledger.ts'
import { allIngested, type KnownUsage, type ModelUsage, total, type WantedUsage } from './key-usage.ts'

/** An owner by its number, or a label, `env=prod`, by its name. */
export type Sharers = { kind: 'OWNER' | 'LABEL'; id: number; name: string }

/**
 * One for each of `wanted`, in their order, as usageOfKey has it. Owner and labels are those that a key had when it was called.
 * Rejects where the database does not respond, or does not have all that is in the journal.
 */
export async function usageOfSharers(
  store: Store,
  ledger: Pick<LedgerView, 'settled'>,
  sharers: Sharers,
  wanted: WantedUsage[],
): Promise<KnownUsage[]> {
  await allIngested(ledger)
  const byStart = new Map<number, Promise<ModelUsage[]>>()
  const totals = wanted.map(async ({ sinceMs, model }) => {
    const known = byStart.get(sinceMs) ?? usageSince(store, sharers, sinceMs)
    byStart.set(sinceMs, known)
    return total(await known, model)
  })
  return Promise.all(totals)
}

async function usageSince(store: Store, { kind, id, name }: Sharers, sinceMs: number): Promise<ModelUsage[]> {
  const firstHour = Math.ceil(sinceMs / HOUR_MS)
  // Logs expire in their order: where there is an older one, all since are there. Where not, the whole hour counts, which is not
  // less than was used.
  const hasPart = firstHour * HOUR_MS > sinceMs && (await hasRequestLogBefore(store, sinceMs))
  const fromHour = hasPart ? firstHour : Math.floor(sinceMs / HOUR_MS)
  const sharer = kind === 'OWNER' ? ownerSharer(id) : labelSharer(name)
  const of = kind === 'OWNER' ? { ownerId: id } : { label: name }
  const [hours, part] = await Promise.all([
    readSharedUsage(store, sharer, fromHour, sinceMs <= 0),
    hasPart ? readSharedLogs(store, of, { fromMs: sinceMs, toMs: firstHour * HOUR_MS }) : [],
  ])
  return [...hours, ...part]
}
