// Makes a key be as automation describes it, however often and by however many that is asked for.
import type { Actor } from '../../../domain/admins/actor.ts'
import { externalIdTaken } from '../../../domain/automation/external-id.ts'
import type { NewSecretForm } from '../../../domain/keys/secret-form.ts'
import type { Label } from '../../../domain/labels/label.ts'
import { isWithinOwners } from '../../../domain/owners/owner-restriction.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import { ensureRecord } from '../../automation/ensure-record.ts'
import type { ControlPlane } from '../../control-plane.ts'
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

/**
 * As `ensureRecord`. A revoked key stays so: it is a problem, since no secret would work.
 */
export async function ensureApiKey(
  plane: ControlPlane,
  actor: Actor,
  input: EnsureApiKeyInput,
): Promise<Result<EnsuredKey>> {
  const { externalId } = input
  const ensured = await ensureRecord<ApiKeyRow, Omit<EnsuredKey, 'created'>>('key', externalId, {
    find: () => plane.store.prisma.apiKey.findUnique({ where: { externalId } }),
    create: () => createApiKey(plane, actor, newKey(input)),
    update: (before) => bringToInput(plane, actor, before, input),
    stale: staleKey,
  })
  return ensured.ok ? ok({ ...ensured.value.row, created: ensured.value.created }) : ensured
}

function newKey({ description, expiresAtMs, policy, owner, labels, ...input }: EnsureApiKeyInput) {
  return {
    ...input,
    description: description ?? null,
    expiresInDays: null,
    expiresAtMs: expiresAtMs ?? null,
    neverExpires: expiresAtMs === null,
    policy: policy ?? null,
    owner: owner ?? null,
    labels: labels ?? [],
  }
}

async function bringToInput(
  plane: ControlPlane,
  actor: Actor,
  before: ApiKeyRow,
  { name, description, expiresAtMs, policy, owner, labels }: EnsureApiKeyInput,
): Promise<Result<Omit<EnsuredKey, 'created'>>> {
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
  if (isAsWanted(before, update, plane.clock())) return ok({ apiKey: before, secret: null })
  const changed = await updateApiKey(plane, actor, update)
  return changed.ok ? ok({ apiKey: changed.value, secret: null }) : changed
}
