// Who calls: from what was sent as a key to the key, or to why it is none.

import { type CallError, callError } from '../../domain/errors.ts'
import { canonicalSecret, secretHashHex } from '../../domain/keys/api-key.ts'
import type { KeyDirectory, KnownKey } from './key-directory.ts'

/** `sent` is what the caller put where a key stands; null where it put nothing. Answers at once where the key is known. */
export function identify(
  keys: KeyDirectory,
  sent: string | null,
): KnownKey | CallError | Promise<KnownKey | CallError> {
  if (sent === null) return callError('api_key_missing')
  const secret = canonicalSecret(sent)
  if (secret === null) return callError('invalid_api_key')
  const found = keys.find(secretHashHex(secret))
  return found instanceof Promise ? once(found) : (found ?? callError('invalid_api_key'))
}

async function once(finding: Promise<KnownKey | null>): Promise<KnownKey | CallError> {
  try {
    return (await finding) ?? callError('invalid_api_key')
  } catch {
    // The database is away: this is not the caller's fault, and not a reason to call its key wrong.
    return callError('key_store_unavailable')
  }
}
