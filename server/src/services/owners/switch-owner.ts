import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { noSuchOwner, ownerChange, ownerTarget, type StoppedOwner } from './owner-row.ts'

/**
 * Disables an owner: the next call of each of its keys is refused, and their in-flight calls are aborted if `abortsInFlight`. Or
 * enables it again; a key that is disabled itself stays so. An owner in that state already is returned unchanged.
 */
export async function switchOwner(
  plane: ControlPlane,
  actor: Actor,
  number: number,
  to: 'ENABLED' | 'DISABLED',
  abortsInFlight = false,
): Promise<Result<StoppedOwner>> {
  if (!isWithinOwners(actor, number)) return noSuchOwner()
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  const isOn = to === 'ENABLED'
  const owner = await plane.store.prisma.$transaction(async (tx) => {
    const { count } = await tx.owner.updateMany({
      where: { id: number, disabledAt: isOn ? { not: null } : null },
      data: { disabledAt: isOn ? null : now, updatedAt: now, version: { increment: 1 } },
    })
    const after = await tx.owner.findUnique({ where: { id: number } })
    if (after !== null && count > 0) {
      const action = isOn ? 'owner.enable' : 'owner.disable'
      await tx.auditEvent.create({ data: auditEvent(actor, action, ownerTarget(after), nowMs) })
    }
    return after
  })
  if (owner === null) return noSuchOwner()
  // Also when nothing changed: the second request may be made because the first announcement was lost.
  await plane.announceSharedChange(await ownerChange(plane.store, owner))
  if (isOn || !abortsInFlight) return ok({ owner, abortedCalls: 0 })
  const keys = await plane.store.prisma.apiKey.findMany({ where: { ownerId: number }, select: { id: true } })
  const abortedCalls = await plane.abortInFlightCalls(
    keys.map(({ id }) => id),
    'owner_disabled',
  )
  return ok({ owner, abortedCalls })
}
