// What the gateway knows of the client secrets that upstreams made through it, and of those of the playground: whose each is, and
// where it came from.
//
// Owner: the process that owns the database; workers ask it. Key: SHA-256 of the secret, which itself is not kept. Bound: KEPT_MAX
// in all and KEPT_OF_A_KEY_MAX of one API key; the oldest go first. Lifetime: until the secret expires; open-client-secrets.ts keeps
// those of upstreams over a restart. Invalidation: none; the API key is looked up at each use.
import type { BoundRoute } from '../objects/object-bindings.ts'

/** The most secrets that are kept, of all keys. */
export const KEPT_MAX = 50_000
const KEPT_OF_A_KEY_MAX = 1_000

export type BoundSecret = {
  apiKeyId: number
  /** SHA-256 in hex of the API key's secret that made it: it works for as long as that one does. */
  keyHashHex: string
  /** The upstream and the credential that made it; null: it is one of the playground, and its calls go where any of the key go. */
  route: BoundRoute | null
  /** The paths at which it is a credential, with `/v1`; of the playground, none but its own. */
  opens: readonly string[]
  /** The models that its session names, the one it speaks with first; empty: none. */
  models: readonly string[]
  /** What the upstream of the route knows that one by; null: the session names none. */
  upstreamModel: string | null
  /** How the upstream's response calls that one; null: it has not said. */
  reportedModel: string | null
  expiresAtMs: number
}

/** One that an upstream has made. */
export type UpstreamSecret = BoundSecret & { route: BoundRoute }

/** Whether an upstream made it; else it is a secret of the playground. */
export function isOfUpstream(secret: BoundSecret): secret is UpstreamSecret {
  return secret.route !== null
}

/** One of the playground. */
export function playgroundBinding(
  secret: Pick<BoundSecret, 'apiKeyId' | 'keyHashHex' | 'expiresAtMs'>,
): BoundSecret {
  return { ...secret, route: null, opens: [], models: [], upstreamModel: null, reportedModel: null }
}

export type ClientSecrets = {
  /** Null, or a promise that resolves once every process finds it, also after a restart, or some seconds have passed. Never rejects. */
  bind(hashHex: string, secret: BoundSecret): Promise<void> | null
  /** Null where it is not known, or has expired. Rejects where the owner does not respond. */
  find(hashHex: string): BoundSecret | null | Promise<BoundSecret | null>
}

/** `clock`: milliseconds since the epoch. */
export function createClientSecrets(clock: () => number): ClientSecrets {
  // Both in the order in which they were made.
  const secrets = new Map<string, BoundSecret>()
  const ofKeys = new Map<number, Set<string>>()

  function forget(hashHex: string, { apiKeyId }: BoundSecret): void {
    secrets.delete(hashHex)
    const ofKey = ofKeys.get(apiKeyId)
    ofKey?.delete(hashHex)
    if (ofKey?.size === 0) ofKeys.delete(apiKeyId)
  }

  /** Makes room for one more of a key. Of those that were made first, most have expired first. */
  function evict(apiKeyId: number): void {
    const nowMs = clock()
    for (const [hashHex, secret] of secrets) {
      if (secret.expiresAtMs > nowMs && secrets.size < KEPT_MAX) break
      forget(hashHex, secret)
    }
    const ofKey = ofKeys.get(apiKeyId)
    const [oldest = ''] = ofKey ?? []
    const secret = secrets.get(oldest)
    if (ofKey !== undefined && ofKey.size >= KEPT_OF_A_KEY_MAX && secret !== undefined) forget(oldest, secret)
  }

  return {
    bind(hashHex, secret) {
      // It stays with whom it was made for: no upstream makes the same secret twice.
      if (secrets.has(hashHex)) return null
      evict(secret.apiKeyId)
      secrets.set(hashHex, secret)
      ofKeys.set(secret.apiKeyId, (ofKeys.get(secret.apiKeyId) ?? new Set()).add(hashHex))
      return null
    },
    find(hashHex) {
      const secret = secrets.get(hashHex)
      if (secret === undefined) return null
      if (secret.expiresAtMs > clock()) return secret
      forget(hashHex, secret)
      return null
    },
  }
}
