// Owners as the store has them.
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { failed, noSuch, type Result, stale } from '../../domain/user-error.ts'
import { keyHashesOfOwner } from '../../store/queries/owners/shared-limits.ts'
import type { Store } from '../../store/store.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { SharedChange } from '../control-plane.ts'

export type OwnerRow = Awaited<ReturnType<Store['prisma']['owner']['findUniqueOrThrow']>>

/** An owner that was disabled or enabled, and how many in-flight calls of its keys were aborted. */
export type StoppedOwner = { owner: OwnerRow; abortedCalls: number }

/** The owner as audit events name it. */
export function ownerTarget({ id, name }: Pick<OwnerRow, 'id' | 'name'>): AuditTarget {
  return { type: 'Owner', id: ownerId(id), label: name }
}

/** What the gateway needs to know of an owner that has changed; read after the commit. */
export async function ownerChange(store: Store, owner: OwnerRow): Promise<SharedChange> {
  const { id, name, version } = owner
  const hashesHex = await keyHashesOfOwner(store, id)
  return { kind: 'OWNER', id, name, version, policy: storedPolicy(owner.policy), hashesHex }
}

/** A change that gives keys to an owner. Where the owner is deleted at the same time, the database refuses it, as NOT_FOUND. */
export function orNoOwner<T>(change: () => Promise<Result<T>>): Promise<Result<T>> {
  return withConstraintProblems({ 'foreign-key': () => noSuchOwner('ownerId') }, change)
}

/** `expectedVersion` is not that of the owner. */
export function staleOwner(): Result<never> {
  return stale('owner')
}

/** `field` is the input field that names the owner. */
export function noSuchOwner(field = 'id'): Result<never> {
  return noSuch('owner', field)
}

/** `externalId` is that of another owner. */
export function externalIdTaken(): Result<never> {
  return failed('TAKEN', 'externalId', 'Another owner has this externalId. Use that owner, or another id.')
}

/** For an actor that may see some owners alone. */
export function restricted(): Result<never> {
  const message =
    'You may see and change the keys of some owners alone. Ask an admin who is not so restricted.'
  return failed('INVALID', null, message)
}

/** For a key of such an actor. */
export function ownerRequired(): Result<never> {
  const message = 'ownerId must name an owner: you may see and change the keys of some owners alone.'
  return failed('REQUIRED', 'ownerId', message)
}
