import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { mintPlaygroundSecret, PLAYGROUND_LIFETIME_MS } from '../../domain/keys/playground-secret.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { apiKeyStatus, auditTarget, keySecrets, noSuchKey } from './api-key-row.ts'

export type PlaygroundSecret = { secret: string; expiresAt: Date }

/**
 * A secret with which an admin makes calls as the key: they go through its rules, and are charged to it. It is in this result only,
 * and works for 15 minutes, while the key's own secret does.
 */
export async function createPlaygroundSecret(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<PlaygroundSecret>> {
  const nowMs = plane.clock()
  const result = await plane.store.prisma.$transaction(async (tx) => {
    const key = await tx.apiKey.findUnique({
      where: { id: number, ...ownedBy(actor) },
      include: { owner: { select: { disabledAt: true } } },
    })
    if (key === null) return noSuchKey()
    const status = apiKeyStatus(key, nowMs, key.owner)
    if (status !== 'ACTIVE')
      return failed(
        'INVALID',
        'id',
        `The key is ${status}: no call with it is admitted. Choose an active key.`,
      )
    const event = auditEvent(actor, 'api_key.create_playground_secret', auditTarget(key), nowMs)
    await tx.auditEvent.create({ data: event })
    return ok(key)
  })
  if (!result.ok) return result
  const { secret, hashHex } = mintPlaygroundSecret()
  const expiresAtMs = nowMs + PLAYGROUND_LIFETIME_MS
  plane.keepPlaygroundSecret(hashHex, {
    apiKeyId: result.value.id,
    keyHashHex: keySecrets(result.value).currentHash,
    expiresAtMs,
  })
  return ok({ secret, expiresAt: new Date(expiresAtMs) })
}
