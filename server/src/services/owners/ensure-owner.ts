// Makes an owner be as automation describes it.
import type { Actor } from '../../domain/admins/actor.ts'
import { externalIdTaken } from '../../domain/automation/external-id.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import { ensureRecord } from '../automation/ensure-record.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type OwnerRow, staleOwner } from './owner-row.ts'
import { type CreateOwnerInput, createOwner, updateOwner } from './write-owner.ts'

/** What is undefined stays as it is, or is as of any new owner. Null clears. */
export type EnsureOwnerInput = Pick<CreateOwnerInput, 'name'> &
  Partial<Omit<CreateOwnerInput, 'name' | 'externalId'>> & { externalId: string }

export type EnsuredOwner = { owner: OwnerRow; created: boolean }

/** As `ensureRecord`. Who is restricted to owners creates none, and changes those alone. */
export async function ensureOwner(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureOwnerInput,
): Promise<Result<EnsuredOwner>> {
  const { externalId, name, kind = 'TEAM', contact = null, labels = [], policy = null } = input
  const ensured = await ensureRecord('owner', externalId, {
    find: () => plane.store.prisma.owner.findUnique({ where: { externalId }, select: { id: true } }),
    create: () => createOwner(plane, actor, { externalId, name, kind, contact, labels, policy }),
    update: async ({ id }): Promise<Result<OwnerRow>> => {
      // Of an owner that it may not see, an actor learns that the id is taken, as from any other unique name.
      if (!isWithinOwners(actor, id)) return externalIdTaken()
      return updateOwner(plane, actor, { ...input, number: id, expectedVersion: null })
    },
    stale: staleOwner,
  })
  return ensured.ok ? ok({ owner: ensured.value.row, created: ensured.value.created }) : ensured
}
