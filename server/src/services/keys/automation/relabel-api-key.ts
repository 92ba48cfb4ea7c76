// Sets some labels of a key and removes others; the rest stay as they are.
import type { Actor } from '../../../domain/admins/actor.ts'
import type { Label } from '../../../domain/labels/label.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { ApiKeyRow } from '../api-key-row.ts'
import { updateApiKey } from '../update-api-key.ts'

const CHANGES_MAX = 100

/** `set` replaces labels of the same names, also where `remove` has their names. */
export type LabelChanges = { set: readonly Label[]; remove: ReadonlySet<string> }

/** The changes, or the problem where there are more than 100. */
export function readLabelChanges(set: readonly Label[], remove: readonly string[]): Result<LabelChanges> {
  const names = new Set(remove)
  if (set.length + names.size <= CHANGES_MAX) return ok({ set, remove: names })
  const message = `set and remove must have at most ${CHANGES_MAX} items together.`
  return failed('OUT_OF_RANGE', 'set', message, { maxItems: CHANGES_MAX })
}

/** Changes the labels of one key, with the problems, the audit event and the announcement of `updateApiKey`. */
export async function relabelApiKey(
  plane: ControlPlane,
  actor: Actor,
  number: number,
  { set, remove }: LabelChanges,
): Promise<Result<ApiKeyRow>> {
  const before = await plane.store.prisma.apiKeyLabel.findMany({
    where: { apiKeyId: number },
    select: { name: true, value: true },
  })
  const replaced = new Set(set.map(({ name }) => name))
  const kept = before.filter(({ name }) => !remove.has(name) && !replaced.has(name))
  return updateApiKey(plane, actor, { number, labels: [...kept, ...set], expectedVersion: null })
}
