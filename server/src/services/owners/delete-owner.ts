import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { brokenConstraint } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { noSuchOwner, type OwnerRow, ownerChange, ownerTarget, restricted } from './owner-row.ts'

export type DeletedOwner = { number: number; movedKeys: number }

/**
 * Deletes an owner. `moveKeysTo`: the owner that gets its keys, where they go on without an interruption; null: it must have
 * none. What its keys have used before stays its own in logs and totals.
 */
export async function deleteOwner(
  plane: ControlPlane,
  actor: Actor,
  number: number,
  moveKeysTo: number | null,
): Promise<Result<DeletedOwner>> {
  if (actor.owners !== null) return restricted()
  if (moveKeysTo === number)
    return failed('INVALID', 'moveKeysTo', 'moveKeysTo must be another owner than the one that is deleted.')
  const nowMs = plane.clock()
  try {
    const result = await plane.store.prisma.$transaction(async (tx): Promise<Result<Deleted>> => {
      const before = await tx.owner.findUnique({ where: { id: number } })
      if (before === null) return noSuchOwner()
      const keys = await tx.apiKey.count({ where: { ownerId: number } })
      if (moveKeysTo === null && keys > 0) return inUse(keys)
      const target = moveKeysTo === null ? null : await tx.owner.findUnique({ where: { id: moveKeysTo } })
      if (moveKeysTo !== null && target === null) return noSuchOwner('moveKeysTo')
      if (moveKeysTo !== null) {
        await tx.apiKey.updateMany({
          where: { ownerId: number },
          data: { ownerId: moveKeysTo, updatedAt: new Date(nowMs), version: { increment: 1 } },
        })
      }
      await tx.owner.delete({ where: { id: number } })
      const changes: FieldChange[] =
        target === null
          ? []
          : [
              { path: 'moveKeysTo', before: null, after: ownerId(target.id) },
              { path: 'movedKeys', before: null, after: keys },
            ]
      await tx.auditEvent.create({
        data: auditEvent(actor, 'owner.delete', ownerTarget(before), nowMs, changes),
      })
      return ok({ deleted: before, target, movedKeys: keys })
    })
    if (!result.ok) return result
    const { deleted, target, movedKeys } = result.value
    // Its keys are by now those of the other owner.
    if (target !== null) await plane.announceSharedChange(await ownerChange(plane.store, target))
    const { id, name, version } = deleted
    await plane.announceSharedChange({
      kind: 'OWNER',
      id,
      name,
      version: version + 1,
      policy: null,
      hashesHex: [],
    })
    return ok({ number, movedKeys })
  } catch (error) {
    // A key came to it between the count and the deletion.
    if (brokenConstraint(error) === 'foreign-key') return inUse(1)
    throw error
  }
}

type Deleted = { deleted: OwnerRow; target: OwnerRow | null; movedKeys: number }

function inUse(keys: number): Result<never> {
  return failed(
    'IN_USE',
    'id',
    `${keys === 1 ? 'A key belongs' : `${keys} keys belong`} to this owner. Move or delete them first, or send moveKeysTo with the owner that gets them.`,
  )
}
