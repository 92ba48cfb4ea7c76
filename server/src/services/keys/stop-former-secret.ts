import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { type ApiKeyRow, auditTarget, keyChange, noSuchKey } from './api-key-row.ts'

/**
 * Ends the grace of a key's former secret: calls with it are refused from the next one on. A key without one that works is
 * returned unchanged.
 */
export async function stopFormerSecret(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<ApiKeyRow>> {
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  const key = await plane.store.prisma.$transaction(async (tx) => {
    const before = await tx.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
    const { count } = await tx.apiKey.updateMany({
      where: { id: number, ...ownedBy(actor), formerSecretExpiresAt: { gt: now } },
      data: { formerSecretExpiresAt: now, updatedAt: now, version: { increment: 1 } },
    })
    const after = await tx.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
    if (after !== null && count > 0) {
      const changes = changesBetween(
        { formerSecretExpiresAt: before?.formerSecretExpiresAt },
        { formerSecretExpiresAt: now },
      )
      const event = auditEvent(actor, 'api_key.stop_former_secret', auditTarget(after), nowMs, changes)
      await tx.auditEvent.create({ data: event })
    }
    return after
  })
  if (key === null) return noSuchKey()
  // Also when nothing changed: the second request may be made because the first announcement was lost.
  await plane.announceKeyChange(keyChange(key))
  return ok(key)
}
