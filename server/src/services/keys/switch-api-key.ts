import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { type ApiKeyRow, auditTarget, keyChange, noSuchKey, type StoppedKey } from './api-key-row.ts'

/**
 * Disables a key: its next call is refused, and its in-flight calls are aborted if `abortsInFlight`. Or enables it again.
 * A key in that state already is returned unchanged; a revoked one stays revoked.
 */
export async function switchApiKey(
  plane: ControlPlane,
  actor: Actor,
  number: number,
  to: 'ENABLED' | 'DISABLED',
  abortsInFlight = false,
): Promise<Result<StoppedKey>> {
  const nowMs = plane.clock()
  const now = new Date(nowMs)
  const isOn = to === 'ENABLED'
  const result = await plane.store.prisma.$transaction(async (tx): Promise<Result<ApiKeyRow>> => {
    const { count } = await tx.apiKey.updateMany({
      where: { id: number, ...ownedBy(actor), revokedAt: null, disabledAt: isOn ? { not: null } : null },
      data: { disabledAt: isOn ? null : now, updatedAt: now, version: { increment: 1 } },
    })
    const after = await tx.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
    if (after === null) return noSuchKey()
    if (after.revokedAt !== null) {
      return failed('IMMUTABLE', 'id', 'The key is revoked, and stays so. Create a new key instead.')
    }
    if (count > 0) {
      const action = isOn ? 'api_key.enable' : 'api_key.disable'
      const changes = [{ path: 'enabled', before: !isOn, after: isOn }]
      await tx.auditEvent.create({ data: auditEvent(actor, action, auditTarget(after), nowMs, changes) })
    }
    return ok(after)
  })
  // Also when nothing changed: the second request may be made because the first announcement was lost.
  if (!result.ok) return result
  await plane.announceKeyChange(keyChange(result.value))
  const abortedCalls =
    abortsInFlight && !isOn ? await plane.abortInFlightCalls([number], 'api_key_disabled') : 0
  return ok({ apiKey: result.value, abortedCalls })
}
