// One change of many keys, as the screen asks for it, and its texts.
import type { ApiKeyFilter, BulkResult, KeyPolicyInput } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'

export type BulkVerb = 'disable' | 'enable' | 'expire' | 'relabel' | 'move' | 'policy' | 'revoke' | 'delete'
/** Keys by their ids, or all that match a filter, of which so many were seen. */
export type BulkTarget = { ids: readonly string[] } | { filter: ApiKeyFilter; expectedCount: number }
type Label = { name: string; value: string }
export type BulkChange =
  | { verb: 'disable' | 'enable' | 'revoke' | 'delete'; abortInFlightCalls: boolean }
  /** Both null: never. */
  | { verb: 'expire'; expiresAt: string | null; expiresInDays: number | null }
  | { verb: 'relabel'; set: readonly Label[]; remove: readonly string[] }
  | { verb: 'move'; ownerId: string | null }
  | { verb: 'policy'; policy: KeyPolicyInput | null }

/** The most ids that the server takes at once. */
const idsMax = 500

/** Makes the change, or, with `dryRun`, says what it would do. More ids than the server takes at once go in several requests. */
export async function changeKeys(
  change: BulkChange,
  target: BulkTarget,
  dryRun: boolean,
): Promise<BulkResult> {
  if (!('ids' in target)) return send(change, { ...target, dryRun })
  const results: BulkResult['results'][number][] = []
  let changed = 0
  for (let from = 0; from < target.ids.length; from += idsMax) {
    const part = await send(change, { ids: target.ids.slice(from, from + idsMax), dryRun })
    results.push(...part.results)
    changed += part.changed
  }
  return { results, changed }
}

type Which = { ids?: readonly string[]; filter?: ApiKeyFilter; expectedCount?: number; dryRun: boolean }

function send(change: BulkChange, which: Which): Promise<BulkResult> {
  const { bulk } = latchkey.keys
  switch (change.verb) {
    case 'disable':
      return bulk.disable({ ...which, abortInFlightCalls: change.abortInFlightCalls })
    case 'enable':
      return bulk.enable(which)
    case 'revoke':
      return bulk.revoke({ ...which, abortInFlightCalls: change.abortInFlightCalls })
    case 'delete':
      return bulk.delete({ ...which, abortInFlightCalls: change.abortInFlightCalls })
    case 'expire': {
      const { expiresAt, expiresInDays } = change
      return bulk.expire({ ...which, ...(expiresInDays === null ? { expiresAt } : { expiresInDays }) })
    }
    case 'relabel':
      return bulk.relabel({ ...which, set: change.set, remove: change.remove })
    case 'move':
      return bulk.move({ ...which, ownerId: change.ownerId })
    case 'policy':
      return bulk.setPolicy({ ...which, policy: change.policy })
  }
}

/** Of a drawer and its button. */
export function verbTitle(verb: BulkVerb): string {
  switch (verb) {
    case 'disable':
      return m.key_disable()
    case 'enable':
      return m.key_enable()
    case 'expire':
      return m.bulk_expire()
    case 'relabel':
      return m.bulk_relabel()
    case 'move':
      return m.bulk_move()
    case 'policy':
      return m.bulk_policy()
    case 'revoke':
      return m.revoke()
    case 'delete':
      return m.delete_()
  }
}

/** What the change means, in one or two sentences. */
export function verbText(verb: BulkVerb): string {
  switch (verb) {
    case 'disable':
      return m.bulk_disable_text()
    case 'enable':
      return m.bulk_enable_text()
    case 'expire':
      return m.bulk_expire_text()
    case 'relabel':
      return m.bulk_relabel_text()
    case 'move':
      return m.bulk_move_text()
    case 'policy':
      return m.bulk_policy_text()
    case 'revoke':
      return m.bulk_revoke_text()
    case 'delete':
      return m.bulk_delete_text()
  }
}
