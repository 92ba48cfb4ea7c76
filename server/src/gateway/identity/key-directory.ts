// The API keys in memory, by hash, so that a known key never waits for the database.
//
// Owner: the gateway. Key: the whole SHA-256 of the secret. Bound: the KNOWN_KEPT keys that were used last and as many before
// them, MISSES_MAX refused hashes, of which the least recently used is evicted first. Lifetime: a key stays until it is forgotten
// or evicted; a miss, MISS_TTL_MS.
// Invalidation: `forget`, called after every committed change to a key, with the hashes of its secrets before and after it.
import { timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { ApiKeyState } from '../../domain/keys/api-key.ts'
import { compilePolicy } from '../../domain/policy/compile-policy.ts'
import type { DenialHelp } from '../../domain/policy/denial.ts'
import type { AdmittableKey } from '../../store/queries/api-keys.ts'
import type { GovernedKey } from '../admission/admission.ts'
import { NO_POLICY } from '../admission/key-account.ts'
import { createRecentMap } from './recent-map.ts'

const KNOWN_KEPT = 200_000
// Kept so that a client with a wrong key does not reach the database each time; few, since anyone can make them up.
const MISSES_MAX = 10_000
const MISS_TTL_MS = 5_000

/** An API key as it is in memory: without its hashes, which took most of the memory of 100,000 keys. */
export type KnownKey = ApiKeyState & {
  id: number
  /** For its request logs; null: it belongs to nobody. */
  ownerId: number | null
  /** For its request logs, as one text; null: none. */
  labels: string | null
  /** It was found by its former secret, which works until, not at, this instant; null: by its current one. */
  formerUntilMs: number | null
  /** Its rules, compiled once; null for a key without a policy. */
  governed: GovernedKey | null
}

export type KeyDirectory = {
  /**
   * The key with this hash, or null. Returns no promise for a key in memory; otherwise reads the store, once for all
   * concurrent calls. Rejects where the store does not respond.
   */
  find(hashHex: string): KnownKey | null | Promise<KnownKey | null>
  /**
   * Drops what is known of these hashes; the next `find` reads the store, and a call that waits for a read gets one that
   * began after this.
   */
  forget(hashesHex: readonly string[]): void
}

type Load = { promise: Promise<KnownKey | null>; forgotten: boolean }

/** `load` reads a key by the SHA-256 of its secret, null where there is none; it may reject. */
export function createKeyDirectory(
  load: (hash: Uint8Array<ArrayBuffer>) => Promise<AdmittableKey | null>,
  /** Milliseconds that only ever go up: a clock that is set back must not make a miss last. */
  monotonicMs: () => number = () => performance.now(),
  /** Goes with every denial; null: nothing does. */
  help: DenialHelp | null = null,
): KeyDirectory {
  const known = createRecentMap<KnownKey>(KNOWN_KEPT)
  const misses = new LRUCache<string, true>({
    max: MISSES_MAX,
    ttl: MISS_TTL_MS,
    ttlResolution: 0,
    perf: { now: monotonicMs },
  })
  const loads = new Map<string, Load>()

  function loadOnce(hashHex: string): Promise<KnownKey | null> {
    const joined = loads.get(hashHex)
    if (joined !== undefined) return joined.promise
    const hash = Uint8Array.from(Buffer.from(hashHex, 'hex'))
    const current: Load = { promise: Promise.resolve(null), forgotten: false }
    current.promise = load(hash)
      .then((found) => {
        // A change during the read makes its result stale: aborting the in-flight calls of a key relies on it that no call
        // begins with the key as it was before.
        if (current.forgotten) return find(hashHex)
        const key = found === null ? null : knownKey(found, hash, help)
        if (key === null) misses.set(hashHex, true)
        else known.set(hashHex, key)
        return key
      })
      .finally(() => {
        if (loads.get(hashHex) === current) loads.delete(hashHex)
      })
    loads.set(hashHex, current)
    return current.promise
  }

  function find(hashHex: string): KnownKey | null | Promise<KnownKey | null> {
    const key = known.get(hashHex)
    // How long the look-up of a wrong hash takes reveals nothing: nobody can choose the hash of a guess.
    if (key !== undefined) return key
    return misses.has(hashHex) ? null : loadOnce(hashHex)
  }

  function forget(hashHex: string): void {
    known.delete(hashHex)
    misses.delete(hashHex)
    const current = loads.get(hashHex)
    if (current === undefined) return
    current.forgotten = true
    // A look-up from now on gets a result that was read after the change.
    loads.delete(hashHex)
  }

  return {
    find,
    forget(hashesHex) {
      for (const hashHex of hashesHex) forget(hashHex)
    },
  }
}

/** Null where neither of the key's secrets has this hash. */
function knownKey(found: AdmittableKey, hash: Uint8Array, help: DenialHelp | null): KnownKey | null {
  const isCurrent = timingSafeEqual(found.secretHash, hash)
  const { formerSecretHash } = found
  const isFormer = formerSecretHash !== null && timingSafeEqual(formerSecretHash, hash)
  if (!isCurrent && !isFormer) return null
  const { id, expiresAtMs, revokedAtMs, disabledAtMs, ownerDisabledAtMs, policy, version } = found
  const formerUntilMs = isCurrent ? null : (found.formerUntilMs ?? 0)
  const shared = found.shared.map((one) => ({ ...one, policy: compilePolicy(one.policy) }))
  const governed =
    policy === null && shared.length === 0
      ? null
      : {
          id,
          revision: version,
          policy: policy === null ? NO_POLICY : compilePolicy(policy),
          help: helpOf(found, help),
          ...(shared.length === 0 ? {} : { shared }),
        }
  return {
    id,
    ownerId: found.ownerId,
    labels: found.labels,
    expiresAtMs,
    revokedAtMs,
    disabledAtMs,
    ownerDisabledAtMs,
    formerUntilMs,
    governed,
  }
}

/** One object for all keys without a contact, which most are. */
function helpOf({ contact = null }: AdmittableKey, help: DenialHelp | null): DenialHelp | null {
  return help === null || contact === null ? help : { ...help, contact }
}
