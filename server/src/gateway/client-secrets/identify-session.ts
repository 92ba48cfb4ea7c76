// Finds the API key of a request that may carry a client secret, or one of the playground, in place of the key's own.
import { takesClientSecrets } from '../../domain/endpoints/find-endpoint.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { canonicalSecret } from '../../domain/keys/api-key.ts'
import { clientSecretHashHex } from '../../domain/keys/client-secret.ts'
import {
  isPlaygroundSecret,
  PLAYGROUND_TAG,
  takesPlaygroundSecrets,
} from '../../domain/keys/playground-secret.ts'
import type { Exchange } from '../../http/server/exchange.ts'
import type { Gateway } from '../gateway.ts'
import { identify, sentHashHex } from '../identity/identify.ts'
import type { KnownKey } from '../identity/key-directory.ts'
import { isOfUpstream, type UpstreamSecret } from './client-secrets.ts'

/** A client secret of an upstream as a client has sent it, for a path that it opens. */
export type SentSecret = { value: string; bound: UpstreamSecret }

export type Identified = {
  key: KnownKey | CallError
  /** SHA-256 in hex of the API key's secret, by which the key was found; empty where none was looked for. */
  hashHex: string
  /** Null: the client has sent the key's own secret, one of the playground, or what is none. */
  secret: SentSecret | null
  /** What the call is tagged with for the secret that was sent; null: nothing. */
  tags: string | null
}

/**
 * Whether what a client has sent at a path may be a client secret: it is one of the playground, or the path is opened by those of
 * upstreams and it is no secret of an API key that was made here.
 */
export function mayBeClientSecret(path: string, sent: string | null): sent is string {
  if (sent === null) return false
  return isPlaygroundSecret(sent) || (takesClientSecrets(path) && canonicalSecret(sent) === null)
}

/** The key of what a client has sent with a request, or the 401 that says why there is none. Never rejects. */
export async function identifySession(
  gateway: Pick<Gateway, 'keys' | 'clientSecrets'>,
  { method, path }: Pick<Exchange, 'method' | 'path'>,
  sent: string | null,
): Promise<Identified> {
  if (!mayBeClientSecret(path, sent))
    return foundBy(await identify(gateway.keys, sent), sentHashHex(sent ?? '') ?? '')
  try {
    const hashHex = clientSecretHashHex(sent)
    const bound = hashHex === null ? null : await gateway.clientSecrets.find(hashHex)
    if (bound === null) return await identifyImported(gateway, sent)
    const isOpen = isOfUpstream(bound) ? bound.opens.includes(path) : takesPlaygroundSecrets(method, path)
    if (!isOpen) return foundBy(unknownSecret(), '')
    const key = (await gateway.keys.find(bound.keyHashHex)) ?? callError('invalid_api_key')
    const found = foundBy(key, bound.keyHashHex)
    return isOfUpstream(bound)
      ? { ...found, secret: { value: sent, bound } }
      : { ...found, tags: PLAYGROUND_TAG }
  } catch {
    return foundBy(callError('key_store_unavailable'), '')
  }
}

/** What no upstream has made may be the secret of an API key that was made elsewhere. */
async function identifyImported(gateway: Pick<Gateway, 'keys'>, sent: string): Promise<Identified> {
  const hashHex = sentHashHex(sent)
  const found = hashHex === null ? null : await gateway.keys.find(hashHex)
  return hashHex === null || found === null ? foundBy(unknownSecret(), '') : foundBy(found, hashHex)
}

function foundBy(key: KnownKey | CallError, hashHex: string): Identified {
  return { key, hashHex, secret: null, tags: null }
}

function unknownSecret(): CallError {
  return callError('invalid_api_key', {
    message:
      'This is no API key of this gateway, and no client secret that one of them has made, that is valid now and is for this path.',
  })
}
