// Whether a known key may make a call now, and what a caller is told of a model that it cannot have.
import { statusAt } from '../domain/api-key.ts'
import { type CallError, callError } from '../domain/errors.ts'
import { printable } from './call.ts'
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

/** The refusal of a model that no upstream takes, in OpenAI's words. */
export function unknownModel(model: string): CallError {
  return callError('model_not_found', {
    message: `The model \`${printable(model, 100)}\` does not exist or you do not have access to it.`,
  })
}
