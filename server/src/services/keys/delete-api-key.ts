import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { auditedFields, auditTarget, keyChange, noSuchKey } from './api-key-row.ts'

/**
 * Deletes a key, refused from its next call on, aborts its in-flight calls if `abortsInFlight`, and starts the removal of
 * its request logs. Returns the key's number.
 */
export async function deleteApiKey(
  plane: ControlPlane,
  actor: Actor,
  number: number,
  abortsInFlight = false,
): Promise<Result<{ number: number; abortedCalls: number }>> {
  const nowMs = plane.clock()
  const deleted = await plane.store.prisma.$transaction(async (tx) => {
    const key = await tx.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
    if (key === null) return null
    // deleteMany: of two concurrent deletions, one finds no row, which is no error.
    const { count } = await tx.apiKey.deleteMany({ where: { id: number } })
    if (count === 0) return null
    const changes = changesBetween(auditedFields(key), null)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'api_key.delete', auditTarget(key), nowMs, changes),
    })
    // From here on the ledger removes its logs, and moves what it used to the line of deleted keys, across restarts too.
    await tx.keyRemoval.create({ data: { apiKeyId: number, createdAt: new Date(nowMs) } })
    return key
  })
  if (deleted !== null)
    await plane.announceKeyChange({ ...keyChange(deleted), version: deleted.version + 1, policy: null })
  const aborts = deleted !== null && abortsInFlight
  const abortedCalls = aborts ? await plane.abortInFlightCalls([number], 'api_key_deleted') : 0
  // Wait a moment for the removal of its first logs, which for most keys are all; a million are removed in the background.
  await plane.ledger.settled()
  return deleted === null ? noSuchKey() : ok({ number, abortedCalls })
}
