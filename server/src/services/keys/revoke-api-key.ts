import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { auditTarget, keyChange, noSuchKey, type StoppedKey } from './api-key-row.ts'

/**
 * Refuses the key from its next call on, and aborts its in-flight calls if `abortsInFlight`. Its record and logs stay. A key
 * that is revoked already is returned unchanged.
 */
export async function revokeApiKey(
  plane: ControlPlane,
  actor: Actor,
  number: number,
  abortsInFlight = false,
): Promise<Result<StoppedKey>> {
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  const key = await plane.store.prisma.$transaction(async (tx) => {
    const { count } = await tx.apiKey.updateMany({
      where: { id: number, ...ownedBy(actor), revokedAt: null },
      data: { revokedAt: now, updatedAt: now, version: { increment: 1 } },
    })
    const after = await tx.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
    if (after !== null && count > 0) {
      const changes = [{ path: 'revokedAt', before: null, after: now.toISOString() }]
      await tx.auditEvent.create({
        data: auditEvent(actor, 'api_key.revoke', auditTarget(after), nowMs, changes),
      })
    }
    return after
  })
  if (key === null) return noSuchKey()
  // Also when nothing changed: the second revocation may be made because the first announcement was lost.
  await plane.announceKeyChange(keyChange(key))
  return ok({
    apiKey: key,
    abortedCalls: abortsInFlight ? await plane.abortInFlightCalls([number], 'api_key_revoked') : 0,
  })
}
