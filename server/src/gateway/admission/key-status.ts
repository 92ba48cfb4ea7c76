// Whether a known key may make a call now.

import { type CallError, callError } from '../../domain/errors.ts'
import { statusAt } from '../../domain/keys/api-key.ts'
import { type FormerSecret, formerSecretAt } from '../../domain/keys/key-rotation.ts'
import type { KnownKey } from '../identity/key-directory.ts'

/** Null: the key is let through. `nowMs` is milliseconds since the epoch. */
export function admit(key: KnownKey, nowMs: number): CallError | null {
  const isReplaced = formerSecretUsed(key, nowMs) === 'REPLACED'
  switch (statusAt(key, nowMs)) {
    case 'ACTIVE':
      return isReplaced ? callError('api_key_replaced') : null
    case 'REVOKED':
      return callError('api_key_revoked')
    case 'DISABLED':
      // Enabling the key would not bring the secret back.
      return callError(isReplaced ? 'api_key_replaced' : 'api_key_disabled')
    case 'EXPIRED':
      return callError('api_key_expired')
  }
}

/** Which former secret of the key was sent; null: its current one. */
export function formerSecretUsed({ formerUntilMs }: KnownKey, nowMs: number): FormerSecret | null {
  return formerUntilMs === null ? null : formerSecretAt(formerUntilMs, nowMs)
}
