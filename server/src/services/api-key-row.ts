// API keys as the store has them.
import { type ApiKeyStatus, statusAt } from '../domain/api-key.ts'
import { apiKeyId } from '../domain/api-key-id.ts'
import type { AuditTarget } from '../domain/audit-event.ts'
import { storedPolicy } from '../domain/policy/stored-policy.ts'
import { failed, type Result } from '../domain/user-error.ts'
import type { Store } from '../store/store.ts'
import type { KeyChange } from './control-plane.ts'

export type ApiKeyRow = Awaited<ReturnType<Store['prisma']['apiKey']['findUniqueOrThrow']>>

export function apiKeyStatus(
  key: Pick<ApiKeyRow, 'expiresAt' | 'revokedAt' | 'disabledAt'>,
  nowMs: number,
): ApiKeyStatus {
  const state = {
    expiresAtMs: key.expiresAt?.getTime() ?? null,
    revokedAtMs: key.revokedAt?.getTime() ?? null,
    disabledAtMs: key.disabledAt?.getTime() ?? null,
  }
  return statusAt(state, nowMs)
}

/** What the gateway has to be told of a key that has changed. */
export function keyChange(key: ApiKeyRow): KeyChange {
  const hashHex = Buffer.from(key.secretHash).toString('hex')
  return { hashHex, id: key.id, version: key.version, policy: storedPolicy(key.policy) }
}

export function auditTarget(key: Pick<ApiKeyRow, 'id' | 'name'>): AuditTarget {
  return { type: 'ApiKey', id: apiKeyId(key.id), label: key.name }
}

/** `field` is the input field that names the key. */
export function noSuchKey(field = 'id'): Result<never> {
  return failed('NOT_FOUND', field, 'There is no API key with this id. It may have been deleted.')
}
