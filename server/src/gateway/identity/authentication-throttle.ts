// Throttles failed authentication: counts the calls of a network that have no key that is known here, in memory.
//
// Owner: the gateway of one process; each worker counts for itself. Key: the networks of the address. Bound: an LRU of 20,000
// networks. Lifetime: a minute from a network's first failure. A call with a valid key is not counted, and never refused.
import { LRUCache } from 'lru-cache'
import { networksOf } from '../../domain/client-network.ts'
import { type CallError, callError } from '../../domain/errors.ts'
import { MINUTE_MS } from '../../domain/time.ts'

// In a minute, of a /64 or an IPv4 address, a /56, a /48: who has more addresses gets more attempts, but not as many times more.
const FAILURES_MAX = [60, 120, 240]
const NETWORKS_MAX = 20_000

export type AuthenticationThrottle = {
  /**
   * The error that a call is refused with which has failed to authenticate: `error`, which is counted, or a 429 where its networks
   * have had too many. An error that is no failed authentication is returned as it is. `clientIp` null: not known.
   */
  refusalOf(error: CallError, clientIp: string | null): CallError
}

type Failures = { sinceMs: number; count: number }

/** `clock`: milliseconds since the epoch. */
export function createAuthenticationThrottle(clock: () => number): AuthenticationThrottle {
  const byNetwork = new LRUCache<string, Failures>({ max: NETWORKS_MAX })

  /** Counts a failure; returns for how long the network has none left, 0 where it had one. */
  function waitMs(network: string, max: number, nowMs: number): number {
    const known = byNetwork.get(network)
    const elapsedMs = known === undefined ? 0 : nowMs - known.sinceMs
    if (known === undefined || elapsedMs < 0 || elapsedMs >= MINUTE_MS) {
      byNetwork.set(network, { sinceMs: nowMs, count: 1 })
      return 0
    }
    known.count++
    return known.count > max ? MINUTE_MS - elapsedMs : 0
  }

  return {
    refusalOf(error, clientIp) {
      if (error.code !== 'invalid_api_key' && error.code !== 'api_key_missing') return error
      const nowMs = clock()
      const networks = clientIp === null ? ['unknown'] : networksOf(clientIp)
      let longestMs = 0
      for (const [size, network] of networks.entries())
        longestMs = Math.max(longestMs, waitMs(network, FAILURES_MAX[size] ?? 0, nowMs))
      return longestMs === 0 ? error : callError('authentication_throttled', { retryAfterMs: longestMs })
    },
  }
}
