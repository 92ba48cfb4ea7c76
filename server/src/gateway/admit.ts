// Whether a known key may make a call now.
import { statusAt } from '../domain/api-key.ts'
import { type CallError, callError } from '../domain/errors.ts'
import type { KnownKey } from './key-directory.ts'

/** Null: the key is let through. `nowMs` is milliseconds since the epoch. */
export function admit(key: KnownKey, nowMs: number): CallError | null {
  switch (statusAt(key, nowMs)) {
    case 'ACTIVE':
      return null
    case 'REVOKED':
      return callError('api_key_revoked')
    case 'DISABLED':
      return callError('api_key_disabled')
    case 'EXPIRED':
      return callError('api_key_expired')
  }
}
