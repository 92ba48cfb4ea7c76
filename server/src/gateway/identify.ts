// Who calls: from what was sent as a key to the key, or to why it is none.
import { canonicalSecret, secretHashHex } from '../domain/api-key.ts'
import { type CallError, callError } from '../domain/errors.ts'
import type { KeyDirectory, KnownKey } from './key-directory.ts'

/** `sent` is what the caller put where a key stands; null where it put nothing. */
export async function identify(keys: KeyDirectory, sent: string | null): Promise<KnownKey | CallError> {
  if (sent === null) return callError('api_key_missing')
  const secret = canonicalSecret(sent)
  if (secret === null) return callError('invalid_api_key')
  try {
    const found = keys.find(secretHashHex(secret))
    const key = found instanceof Promise ? await found : found
    return key ?? callError('invalid_api_key')
  } catch {
    // The database is away: this is not the caller's fault, and not a reason to call its key wrong.
    return callError('key_store_unavailable')
  }
}
