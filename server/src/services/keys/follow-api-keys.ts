// Follows API keys: each as it is after a change, for whoever may see it.
import { badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import type { Changes } from '../change-queue.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type AccessHolds, follow } from '../follow.ts'
import type { ApiKeyRow } from './api-key-row.ts'
import { findApiKeysByNumber } from './find-api-keys.ts'
import type { KeyNote } from './key-change-feed.ts'

const READERS_MAX = 100

/** `apiKey`: as it is now; null: it was deleted, or has left the owners of the actor. */
export type ApiKeyChange = { number: number; apiKey: ApiKeyRow | null }

/**
 * The changes of these keys (null: of all) that the actor may see, from now on. The first batch is empty and comes at once. Ends as
 * `follow` says. Throws BAD_USER_INPUT where too many follow keys.
 */
export function followApiKeys(
  plane: ControlPlane,
  actor: Actor,
  numbers: readonly number[] | null,
  accessHolds: AccessHolds,
): AsyncIterableIterator<Changes<ApiKeyChange>> {
  if (plane.keyChanges.readers() >= READERS_MAX)
    throw badInput(null, `${READERS_MAX} subscriptions to keys are open on this node. Close one.`)
  const wanted = numbers === null ? null : new Set(numbers)
  const queue = plane.keyChanges.open(
    (note) => (wanted === null || wanted.has(note.id)) && isOrWasTheirs(actor, note),
  )
  const next = async (): Promise<Changes<ApiKeyChange> | null> => {
    const batch = await queue.next()
    if (batch === null) return null
    if (batch.changes.length === 0) return { changes: [], dropped: batch.dropped }
    const rows = await findApiKeysByNumber(
      plane,
      actor,
      batch.changes.map(({ id }) => id),
    )
    const byNumber = new Map(rows.map((row) => [row.id, row]))
    const changes = batch.changes.map(({ id }) => ({ number: id, apiKey: byNumber.get(id) ?? null }))
    return { changes, dropped: batch.dropped }
  }
  return follow(plane, { next, end: () => queue.end() }, accessHolds)
}

function isOrWasTheirs({ owners }: Actor, { ownerIds }: KeyNote): boolean {
  return owners === null || ownerIds.some((owner) => owner !== null && owners.includes(owner))
}
