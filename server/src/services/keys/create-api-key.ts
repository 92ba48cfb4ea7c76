import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { externalIdTaken } from '../../domain/automation/external-id.ts'
import { mintSecret, secretHashHex, secretStart } from '../../domain/keys/api-key.ts'
import { encrypt } from '../../domain/keys/fernet.ts'
import { type NewSecretForm, writtenSecret } from '../../domain/keys/secret-form.ts'
import { labelsText } from '../../domain/labels/label.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { ok, type Result } from '../../domain/user-error.ts'
import { lockTogether } from '../../store/transaction-locks.ts'
import { withConstraintProblems } from '../broken-constraint.ts'
import type { ControlPlane } from '../control-plane.ts'
import { mayRelabel } from '../labels/limited-labels.ts'
import { noSuchOwner, orNoOwner, ownerRequired } from '../owners/owner-row.ts'
import { readSettings } from '../settings/settings-row.ts'
import {
  type ApiKeyRow,
  auditedFields,
  auditTarget,
  creationColumns,
  keyChange,
  secretColumns,
} from './api-key-row.ts'
import { type NewKeyInput, readNewKey } from './new-key-fields.ts'

export type CreateApiKeyInput = NewKeyInput & {
  keepEncryptedCopy: boolean
  /** How the secret is written; null: as the settings say. */
  secretForm: NewSecretForm | null
}

/** Creates a key within the bounds of the settings. Its secret is in this result and, without an encrypted copy, nowhere else. */
export async function createApiKey(
  plane: ControlPlane,
  actor: Actor,
  input: CreateApiKeyInput,
): Promise<Result<{ apiKey: ApiKeyRow; secret: string }>> {
  // No two secrets are equal.
  const made = await withConstraintProblems({ unique: externalIdTaken }, () => insertKey(plane, actor, input))
  // The gateway may remember that this secret was unknown.
  if (made.ok) await plane.announceKeyChange(keyChange(made.value.apiKey))
  return made
}

async function insertKey(
  plane: ControlPlane,
  actor: Actor,
  input: CreateApiKeyInput,
): Promise<Result<{ apiKey: ApiKeyRow; secret: string }>> {
  const nowMs = plane.clock()
  const uuid = mintSecret()
  return orNoOwner(() =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<{ apiKey: ApiKeyRow; secret: string }>> => {
      // No key may come to be above a ceiling that is set at the same time.
      await lockTogether(plane.store, tx, 'SETTINGS')
      const settings = await readSettings(tx)
      const fields = readNewKey(input, settings, nowMs)
      if (!fields.ok) return fields
      const owner = input.owner ?? null
      if (!isWithinOwners(actor, owner)) return owner === null ? ownerRequired() : noSuchOwner('ownerId')
      if (owner !== null && (await tx.owner.count({ where: { id: owner } })) === 0)
        return noSuchOwner('ownerId')
      const { labels, ...columns } = fields.value
      const relabelled = await mayRelabel(tx, actor, [], labels)
      if (!relabelled.ok) return relabelled
      const form = input.secretForm ?? settings.secretForm
      const secret = writtenSecret(uuid, form)
      const apiKey = await tx.apiKey.create({
        data: {
          ...columns,
          ownerId: owner,
          labels: { create: labels },
          ...secretColumns({ currentHash: secretHashHex(uuid), formerHash: null, formerUntilMs: null }),
          secretStart: secretStart(uuid),
          secretForm: form,
          encryptedSecret: input.keepEncryptedCopy ? encrypt(plane.encryptionKey, secret, { nowMs }) : null,
          ...creationColumns(actor, new Date(nowMs)),
        },
      })
      const made = { ...apiKey, labels: labelsText(labels) }
      const changes = changesBetween(null, auditedFields(made))
      await tx.auditEvent.create({
        data: auditEvent(actor, 'api_key.create', auditTarget(apiKey), nowMs, changes),
      })
      return ok({ apiKey, secret })
    }),
  )
}
