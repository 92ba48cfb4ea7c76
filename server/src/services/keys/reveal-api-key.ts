import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { canonicalSecret, secretHashHex } from '../../domain/keys/api-key.ts'
import { decrypt } from '../../domain/keys/fernet.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { auditTarget, keySecrets, noSuchKey } from './api-key-row.ts'

/** The secret of a key that was made with an encrypted copy. Returned only once the audit event is written. */
export async function revealApiKey(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<string>> {
  return plane.store.prisma.$transaction(async (tx) => {
    const key = await tx.apiKey.findUnique({ where: { id: number, ...ownedBy(actor) } })
    if (key === null) return noSuchKey()
    if (key.encryptedSecret === null) {
      return failed('NOT_FOUND', 'id', 'No encrypted copy of this secret was kept. Create a new key instead.')
    }
    const secret = decrypt(plane.encryptionKey, key.encryptedSecret)
    // The hash as well: a copy moved here from another key must not pass as this one's.
    const uuid = canonicalSecret(secret ?? '')
    if (secret === null || uuid === null || secretHashHex(uuid) !== keySecrets(key).currentHash) {
      return failed(
        'INVALID',
        'id',
        'The encrypted copy cannot be read: it was made under another LATCHKEY_ENCRYPTION_KEY. Start Latchkey with that key to reveal it.',
      )
    }
    await tx.auditEvent.create({ data: auditEvent(actor, 'api_key.reveal', auditTarget(key), plane.clock()) })
    return ok(secret)
  })
}
