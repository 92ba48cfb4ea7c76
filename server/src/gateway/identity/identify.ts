// Finds the API key of a call by the secret that the client sent.

import { type CallError, callError } from '../../domain/errors.ts'
import { secretHashHex } from '../../domain/keys/api-key.ts'
import { secretOf } from '../../domain/keys/own-secret.ts'
import type { KeyDirectory, KnownKey } from './key-directory.ts'
import { createRecentMap } from './recent-map.ts'

// The hashes of what was sent last, so that the next call with the same secret need not be hashed.
// Owner: this module. Key: what was sent, at most OWN_SECRET_MAX characters. Bound: twice HASHES_KEPT. Lifetime: until it is evicted.
// A hash says nothing of whether there is such a key, so that nothing makes one invalid.
const HASHES_KEPT = 500
const hashes = createRecentMap<string>(HASHES_KEPT)

/**
 * The key, or the 401 that says why there is none. `sent` is what the client sent as its key; null: nothing. Returns a
 * promise only where the key is not in memory.
 */
export function identify(
  keys: KeyDirectory,
  sent: string | null,
): KnownKey | CallError | Promise<KnownKey | CallError> {
  if (sent === null) return callError('api_key_missing')
  const hashHex = sentHashHex(sent)
  if (hashHex === null) return callError('invalid_api_key')
  const found = keys.find(hashHex)
  return found instanceof Promise ? once(found) : (found ?? callError('invalid_api_key'))
}

/** The hash by which the directory finds the key of what a client sent; null where that cannot be a secret of ours. */
export function sentHashHex(sent: string): string | null {
  const known = hashes.get(sent)
  if (known !== undefined) return known
  const secret = secretOf(sent)
  if (secret === null) return null
  const hashHex = secretHashHex(secret)
  hashes.set(sent, hashHex)
  return hashHex
}

async function once(finding: Promise<KnownKey | null>): Promise<KnownKey | CallError> {
  try {
    return (await finding) ?? callError('invalid_api_key')
  } catch {
    // The database is unavailable: neither the client's fault nor a reason to reject its key.
    return callError('key_store_unavailable')
  }
}
