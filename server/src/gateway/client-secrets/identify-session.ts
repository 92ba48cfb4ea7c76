// Finds the API key of a request that may carry a client secret in place of the key's own.
import { takesClientSecrets } from '../../domain/endpoints/find-endpoint.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { canonicalSecret } from '../../domain/keys/api-key.ts'
import { clientSecretHashHex } from '../../domain/keys/client-secret.ts'
import type { Gateway } from '../gateway.ts'
import { identify, sentHashHex } from '../identity/identify.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import type { BoundSecret } from './client-secrets.ts'

/** A client secret as a client has sent it, for a path that it opens. */
export type SentSecret = { value: string; bound: BoundSecret }

export type Identified = {
  key: KnownKey | CallError
  /** SHA-256 in hex of the API key's secret, by which the key was found; empty where none was looked for. */
  hashHex: string
  /** Null: the client has sent the key's own secret, or what is none. */
  secret: SentSecret | null
}

/** Whether what a client has sent at a path may be a client secret: it is no secret of an API key that was made here. */
export function mayBeClientSecret(path: string, sent: string | null): sent is string {
  return sent !== null && takesClientSecrets(path) && canonicalSecret(sent) === null
}

/** The key of what a client has sent at a path, or the 401 that says why there is none. Never rejects. */
export async function identifySession(
  gateway: Pick<Gateway, 'keys' | 'clientSecrets'>,
  path: string,
  sent: string | null,
): Promise<Identified> {
  if (!mayBeClientSecret(path, sent))
    return { key: await identify(gateway.keys, sent), hashHex: sentHashHex(sent ?? '') ?? '', secret: null }
  try {
    const hashHex = clientSecretHashHex(sent)
    const bound = hashHex === null ? null : await gateway.clientSecrets.find(hashHex)
    if (bound === null) return await identifyImported(gateway, sent)
    if (!bound.opens.includes(path)) return { key: unknownSecret(), hashHex: '', secret: null }
    const key = (await gateway.keys.find(bound.keyHashHex)) ?? callError('invalid_api_key')
    return { key, hashHex: bound.keyHashHex, secret: { value: sent, bound } }
  } catch {
    return { key: callError('key_store_unavailable'), hashHex: '', secret: null }
  }
}

/** What no upstream has made may be the secret of an API key that was made elsewhere. */
async function identifyImported(gateway: Pick<Gateway, 'keys'>, sent: string): Promise<Identified> {
  const hashHex = sentHashHex(sent)
  const found = hashHex === null ? null : await gateway.keys.find(hashHex)
  if (hashHex === null || found === null) return { key: unknownSecret(), hashHex: '', secret: null }
  return { key: found, hashHex, secret: null }
}

function unknownSecret(): CallError {
  return callError('invalid_api_key', {
    message:
      'This is no API key of this gateway, and no client secret that one of them has made, that is valid now and is for this path.',
  })
}
