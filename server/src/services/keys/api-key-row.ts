// API keys as the store has them.
import type { Actor } from '../../domain/admins/actor.ts'
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { type ApiKeyStatus, statusAt } from '../../domain/keys/api-key.ts'
import { apiKeyId } from '../../domain/keys/api-key-id.ts'
import type { KeySecrets } from '../../domain/keys/key-rotation.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { noSuch, type Result, stale } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import type { KeyChange } from '../control-plane.ts'

export type ApiKeyRow = Awaited<ReturnType<Store['prisma']['apiKey']['findUniqueOrThrow']>>

/** A key that was stopped or enabled, and how many of its in-flight calls were aborted. */
export type StoppedKey = { apiKey: ApiKeyRow; abortedCalls: number }

/** `owner`: of the key; null: it belongs to nobody. */
export function apiKeyStatus(
  key: Pick<ApiKeyRow, 'expiresAt' | 'revokedAt' | 'disabledAt'>,
  nowMs: number,
  owner: { disabledAt: Date | null } | null,
): ApiKeyStatus {
  const state = {
    expiresAtMs: key.expiresAt?.getTime() ?? null,
    revokedAtMs: key.revokedAt?.getTime() ?? null,
    disabledAtMs: key.disabledAt?.getTime() ?? null,
    ownerDisabledAtMs: owner?.disabledAt?.getTime() ?? null,
  }
  return statusAt(state, nowMs)
}

/** What a new key's row says of its making. */
export function creationColumns({ type, id, name }: Actor, now: Date) {
  return {
    createdAt: now,
    updatedAt: now,
    secretCreatedAt: now,
    createdByType: type,
    createdById: id,
    createdByName: name,
  }
}

/** What the gateway needs to know of a key that has changed, but for its secrets. */
export function keyChange(key: ApiKeyRow): KeyChange {
  const { currentHash, formerHash } = keySecrets(key)
  const hashesHex = formerHash === null ? [currentHash] : [currentHash, formerHash]
  const { id, version, ownerId: owner } = key
  return { hashesHex, ownerIds: [owner], id, version, policy: storedPolicy(key.policy) }
}

/** The hashes of its secrets, in hexadecimal digits as the gateway has them. */
export function keySecrets(key: ApiKeyRow): KeySecrets {
  const hex = (hash: Uint8Array) => Buffer.from(hash).toString('hex')
  return {
    currentHash: hex(key.secretHash),
    formerHash: key.formerSecretHash === null ? null : hex(key.formerSecretHash),
    formerUntilMs: key.formerSecretExpiresAt?.getTime() ?? null,
  }
}

/** The columns of the secrets. */
export function secretColumns({ currentHash, formerHash, formerUntilMs }: KeySecrets) {
  const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
  return {
    secretHash: bytes(currentHash),
    formerSecretHash: formerHash === null ? null : bytes(formerHash),
    formerSecretExpiresAt: formerUntilMs === null ? null : new Date(formerUntilMs),
  }
}

/** The key as audit events name it. */
export function auditTarget(key: Pick<ApiKeyRow, 'id' | 'name'>): AuditTarget {
  return { type: 'ApiKey', id: apiKeyId(key.id), label: key.name }
}

/** What the trail shows of a key: what an admin says of it. */
export function auditedFields(
  key: Partial<
    Pick<ApiKeyRow, 'name' | 'description' | 'externalId' | 'expiresAt' | 'policy' | 'ownerId'>
  > & {
    labels?: string | null
  },
): Record<string, unknown> {
  const { name, description, externalId, expiresAt, policy, ownerId: owner, labels } = key
  return {
    name,
    description,
    externalId,
    expiresAt,
    ownerId: owner == null ? owner : ownerId(owner),
    labels,
    ...(policy !== undefined && { policy: storedPolicy(policy) }),
  }
}

/** `expectedVersion` is not that of the key. */
export function staleKey(): Result<never> {
  return stale('key')
}

/** `field` is the input field that names the key. */
export function noSuchKey(field = 'id'): Result<never> {
  return noSuch('API key', field)
}
