// Makes a key be as automation describes it, however often and by however many that is asked for.
import type { Actor } from '../../../domain/admins/actor.ts'
import { externalIdTaken, readExternalId } from '../../../domain/automation/external-id.ts'
import type { NewSecretForm } from '../../../domain/keys/secret-form.ts'
import type { Label } from '../../../domain/labels/label.ts'
import { isWithinOwners } from '../../../domain/owners/owner-restriction.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { inTurn } from '../../in-turn.ts'
import { type ApiKeyRow, staleKey } from '../api-key-row.ts'
import { createApiKey } from '../create-api-key.ts'
import { isAsWanted, updateApiKey } from '../update-api-key.ts'

/** What is undefined stays as it is, or is as of any new key. Null clears: no description, no expiry, no restrictions. */
export type EnsureApiKeyInput = {
  externalId: string
  name: string
  description?: string | null
  expiresAtMs?: number | null
  policy?: unknown
  /** The owner's number. */
  owner?: number | null
  labels?: Label[] | null
  /** Of a new key alone. */
  keepEncryptedCopy: boolean
  secretForm: NewSecretForm | null
}

/** `secret` null: the key was there. */
export type EnsuredKey = { apiKey: ApiKeyRow; secret: string | null; created: boolean }

// Each further one is caused by a change of the same key from elsewhere.
const ATTEMPTS_MAX = 5

/**
 * The key with this external id: created where there is none, else changed to what is described. Of many at once, one creates it. A
 * revoked key stays so: it is a problem, since no secret would work.
 */
export async function ensureApiKey(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureApiKeyInput,
): Promise<Result<EnsuredKey>> {
  const externalId = readExternalId(input.externalId)
  if (!externalId.ok) return externalId
  return inTurn(`ensure key ${input.externalId}`, async () => {
    for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts++) {
      const done = await ensureOnce(plane, actor, input)
      if (done !== 'again') return done
    }
    return staleKey()
  })
}

/** `again`: another change came in between. */
async function ensureOnce(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureApiKeyInput,
): Promise<Result<EnsuredKey> | 'again'> {
  const { externalId, name, description, expiresAtMs, policy, owner, labels } = input
  const before = await plane.store.prisma.apiKey.findUnique({ where: { externalId } })
  if (before === null) {
    const made = await createApiKey(plane, actor, {
      name,
      description: description ?? null,
      externalId,
      expiresInDays: null,
      expiresAtMs: expiresAtMs ?? null,
      neverExpires: expiresAtMs === null,
      policy: policy ?? null,
      owner: owner ?? null,
      labels: labels ?? [],
      keepEncryptedCopy: input.keepEncryptedCopy,
      secretForm: input.secretForm,
    })
    if (made.ok) return ok({ ...made.value, created: true })
    return made.errors.some(({ code }) => code === 'TAKEN') ? 'again' : made
  }
  // Of a key that it may not see, an actor learns that the name is taken, as from any other unique name.
  if (!isWithinOwners(actor, before.ownerId)) return externalIdTaken()
  if (before.revokedAt !== null) {
    return failed(
      'IMMUTABLE',
      'externalId',
      'The key with this externalId is revoked, and stays so. Delete it, or clear its externalId; then a new one can be made.',
    )
  }
  const update = {
    number: before.id,
    name,
    description,
    expiresAtMs,
    policy,
    owner,
    labels,
    expectedVersion: null,
  }
  // Most often nothing has changed: that costs one read.
  if (isAsWanted(before, update, plane.clock())) return ok({ apiKey: before, secret: null, created: false })
  const changed = await updateApiKey(plane, actor, update)
  if (changed.ok) return ok({ apiKey: changed.value, secret: null, created: false })
  return changed.errors.some(({ code }) => code === 'STALE' || code === 'NOT_FOUND') ? 'again' : changed
}
