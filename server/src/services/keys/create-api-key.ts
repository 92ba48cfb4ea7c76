import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween } from '../../domain/audit/field-changes.ts'
import { mintSecret, secretHashHex, secretStart } from '../../domain/keys/api-key.ts'
import { readDescription, readExpiry, readName } from '../../domain/keys/api-key-input.ts'
import { expiryOfNewKey } from '../../domain/keys/expiry-bounds.ts'
import { encrypt } from '../../domain/keys/fernet.ts'
import { type Label, labelsText, readLabels } from '../../domain/labels/label.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import { policyOfNewKey } from '../../domain/policy/input/policy-ceiling.ts'
import { policyText } from '../../domain/policy/input/stored-policy.ts'
import { ok, problemsOf, type Result } from '../../domain/user-error.ts'
import { lockTogether } from '../../store/transaction-locks.ts'
import type { ControlPlane } from '../control-plane.ts'
import { noSuchOwner, orNoOwner, ownerRequired } from '../owners/owner-row.ts'
import { expiryBounds, policySettings, readSettings, type Settings } from '../settings/settings-row.ts'
import { type ApiKeyRow, auditedFields, auditTarget, keyChange, secretColumns } from './api-key-row.ts'

export type CreateApiKeyInput = {
  name: string
  description: string | null
  expiresInDays: number | null
  expiresAtMs: number | null
  /** True: no expiry, whatever the settings give to keys without one. */
  neverExpires: boolean
  keepEncryptedCopy: boolean
  /** What `readKeyPolicy` reads. The settings fill in what it leaves out; null: all of it. */
  policy: unknown
  /** The owner's number; null: it belongs to nobody. */
  owner?: number | null
  labels?: Label[]
}

/** Creates a key within the bounds of the settings. Its secret is in this result and, without an encrypted copy, nowhere else. */
export async function createApiKey(
  plane: ControlPlane,
  actor: Actor,
  input: CreateApiKeyInput,
): Promise<Result<{ apiKey: ApiKeyRow; secret: string }>> {
  const nowMs = plane.clock()
  const secret = mintSecret()
  const made = await orNoOwner(() =>
    plane.store.prisma.$transaction(async (tx): Promise<Result<ApiKeyRow>> => {
      // No key may come to be above a ceiling that is set at the same time.
      await lockTogether(plane.store, tx, 'SETTINGS')
      const fields = readFields(input, await readSettings(tx), nowMs)
      if (!fields.ok) return fields
      const owner = input.owner ?? null
      if (!isWithinOwners(actor, owner)) return owner === null ? ownerRequired() : noSuchOwner('ownerId')
      if (owner !== null && (await tx.owner.count({ where: { id: owner } })) === 0)
        return noSuchOwner('ownerId')
      const { labels, ...columns } = fields.value
      const now = new Date(nowMs)
      const apiKey = await tx.apiKey.create({
        data: {
          ...columns,
          ownerId: owner,
          labels: { create: labels },
          ...secretColumns({ currentHash: secretHashHex(secret), formerHash: null, formerUntilMs: null }),
          secretStart: secretStart(secret),
          encryptedSecret: input.keepEncryptedCopy ? encrypt(plane.encryptionKey, secret, { nowMs }) : null,
          createdAt: now,
          updatedAt: now,
          secretCreatedAt: now,
          createdByType: actor.type,
          createdById: actor.id,
          createdByName: actor.name,
        },
      })
      const made = { ...apiKey, labels: labelsText(labels) }
      const changes = changesBetween(null, auditedFields(made))
      await tx.auditEvent.create({
        data: auditEvent(actor, 'api_key.create', auditTarget(apiKey), nowMs, changes),
      })
      return ok(apiKey)
    }),
  )
  if (!made.ok) return made
  // The gateway may remember that this secret was unknown.
  await plane.announceKeyChange(keyChange(made.value))
  return ok({ apiKey: made.value, secret })
}

function readFields(
  input: CreateApiKeyInput,
  settings: Settings,
  nowMs: number,
): Result<Pick<ApiKeyRow, 'name' | 'description' | 'expiresAt' | 'policy'> & { labels: Label[] }> {
  const name = readName(input.name)
  const description = readDescription(input.description)
  const asked = readExpiry(input, nowMs)
  const field = input.neverExpires
    ? 'neverExpires'
    : input.expiresInDays === null
      ? 'expiresAt'
      : 'expiresInDays'
  const expiresAtMs = asked.ok ? expiryOfNewKey(asked.value, expiryBounds(settings), nowMs, field) : asked
  const policy = policyOfNewKey(input.policy, policySettings(settings))
  const labels = readLabels(input.labels ?? [])
  if (!name.ok || !description.ok || !expiresAtMs.ok || !policy.ok || !labels.ok) {
    return { ok: false, errors: problemsOf(name, description, expiresAtMs, policy, labels) }
  }
  return ok({
    name: name.value,
    description: description.value,
    expiresAt: expiresAtMs.value === null ? null : new Date(expiresAtMs.value),
    policy: policyText(policy.value),
    labels: labels.value,
  })
}
