import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { secretChange } from '../../domain/audit/field-changes.ts'
import { mintSecret, secretHashHex, secretStart } from '../../domain/keys/api-key.ts'
import { encrypt } from '../../domain/keys/fernet.ts'
import { readRotationGrace, rotated } from '../../domain/keys/key-rotation.ts'
import { type NewSecretForm, storedSecretForm, writtenSecret } from '../../domain/keys/secret-form.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { ControlPlane } from '../control-plane.ts'
import { ownedBy } from '../owners/within-owners.ts'
import { readSettings } from '../settings/settings-row.ts'
import {
  type ApiKeyRow,
  apiKeyStatus,
  auditTarget,
  keyChange,
  keySecrets,
  noSuchKey,
  secretColumns,
  staleKey,
} from './api-key-row.ts'

export type RotateApiKeyInput = {
  number: number
  /** How long the secret in force goes on working beside the new one; 0: not at all. */
  graceSeconds: number
  /** The version that the client last read; STALE when the key has changed since. */
  expectedVersion: number | null
  /** AS_BEFORE: a copy is kept of the new secret where there is one of the secret in force. */
  keepEncryptedCopy: boolean | 'AS_BEFORE'
  /** What else must hold of the key as it is in the transaction of the change; absent: nothing. */
  allows?: (key: ApiKeyRow) => Result<null>
  /** How the new secret is written; null: as the one before, or where that was imported, as the settings say. */
  secretForm: NewSecretForm | null
}

/**
 * Gives a key a new secret, which is in this result only, as a created key's is. The old one works for the grace, and one that was
 * in its grace stops; no encrypted copy of either is kept. All else of the key stays, its counts and its logs too.
 */
export async function rotateApiKey(
  plane: ControlPlane,
  /** Or who it is by the key itself. */
  actor: Actor | ((key: ApiKeyRow) => Actor),
  input: RotateApiKeyInput,
): Promise<Result<{ apiKey: ApiKeyRow; secret: string }>> {
  const nowMs = plane.clock()
  const grace = readRotationGrace(input.graceSeconds)
  if (!grace.ok) return grace
  const uuid = mintSecret()
  const result = await plane.store.prisma.$transaction(async (tx) => {
    const before = await tx.apiKey.findUnique({
      where: { id: input.number, ...(typeof actor === 'function' ? {} : ownedBy(actor)) },
    })
    if (before === null) return noSuchKey()
    if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleKey()
    const allowed = input.allows?.(before) ?? ok(null)
    if (!allowed.ok) return allowed
    const keepsCopy =
      input.keepEncryptedCopy === 'AS_BEFORE' ? before.encryptedSecret !== null : input.keepEncryptedCopy
    const unusable = unusableKey(before, nowMs)
    if (unusable !== null) return unusable
    const expiresAtMs = before.expiresAt?.getTime() ?? null
    const former = storedSecretForm(before.secretForm)
    const form = input.secretForm ?? (former === 'IMPORTED' ? (await readSettings(tx)).secretForm : former)
    const secret = writtenSecret(uuid, form)
    const secrets = rotated(keySecrets(before), secretHashHex(uuid), {
      nowMs,
      graceMs: grace.value,
      expiresAtMs,
    })
    // The version guards against a change between the read and this write, which PostgreSQL would let through.
    const { count } = await tx.apiKey.updateMany({
      where: { id: before.id, version: before.version },
      data: {
        ...secretColumns(secrets),
        secretStart: secretStart(uuid),
        secretForm: form,
        encryptedSecret: keepsCopy ? encrypt(plane.encryptionKey, secret, { nowMs }) : null,
        updatedAt: new Date(nowMs),
        secretCreatedAt: new Date(nowMs),
        version: { increment: 1 },
      },
    })
    if (count === 0) return staleKey()
    const after = await tx.apiKey.findUniqueOrThrow({ where: { id: before.id } })
    await tx.auditEvent.create({
      data: auditEvent(
        typeof actor === 'function' ? actor(before) : actor,
        'api_key.rotate',
        auditTarget(after),
        nowMs,
        changesOf(before, after),
      ),
    })
    return ok({ before, after, secret })
  })
  if (!result.ok) return result
  const { before, after, secret } = result.value
  const change = keyChange(after)
  await plane.announceKeyChange({
    ...change,
    hashesHex: [...new Set([...keyChange(before).hashesHex, ...change.hashesHex])],
  })
  return ok({ apiKey: after, secret })
}

/** Why a new secret of the key would not work; null where it would. */
function unusableKey(key: ApiKeyRow, nowMs: number): Result<never> | null {
  switch (apiKeyStatus(key, nowMs, null)) {
    case 'REVOKED':
      return failed('IMMUTABLE', 'id', 'The key is revoked, and stays so. Create a new key instead.')
    case 'EXPIRED':
      return failed(
        'IMMUTABLE',
        'id',
        'The key has expired: no secret of it would work. Give it a later expiresAt first.',
      )
    default:
      return null
  }
}

/** What the trail may show of the secrets. */
function changesOf(before: ApiKeyRow, after: ApiKeyRow): FieldChange[] {
  return [
    secretChange('secret'),
    { path: 'start', before: before.secretStart, after: after.secretStart },
    {
      path: 'formerSecretExpiresAt',
      before: before.formerSecretExpiresAt?.toISOString() ?? null,
      after: after.formerSecretExpiresAt?.toISOString() ?? null,
    },
  ]
}
