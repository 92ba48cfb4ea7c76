// Throttles failed authentication: counts the calls of a network that have no key that is known here, in memory.
//
// Owner: the gateway of one process; workers tell each other of the failures that they count. Key, bound and lifetime: those of network-counts.ts.
// A call with a valid key is not counted, and never refused.
import { type CallError, callError } from '../../domain/errors.ts'
import { createNetworkCounts } from '../../http/server/network-counts.ts'

// In a minute, of a /64 or an IPv4 address, a /56, a /48: who has more addresses gets more attempts, but not as many times more.
const FAILURES_MAX = [60, 120, 240]

export type AuthenticationThrottle = {
  /**
   * The error that a call is refused with which has failed to authenticate: `error`, which is counted, or a 429 where its networks
   * have had too many. An error that is no failed authentication is returned as it is. `clientIp` null: not known.
   */
  refusalOf(error: CallError, clientIp: string | null): CallError
  /** Counts a failure at another worker of the node. */
  noteElsewhere(clientIp: string | null): void
}

/**
 * `clock`: milliseconds since the epoch. `tell` is called with the address of each failure, for the other workers; not of those
 * that are refused as one too many, so that it is called seldom.
 */
export function createAuthenticationThrottle(
  clock: () => number,
  tell: (clientIp: string | null) => void = () => undefined,
): AuthenticationThrottle {
  const failures = createNetworkCounts(FAILURES_MAX)
  return {
    refusalOf(error, clientIp) {
      if (error.code !== 'invalid_api_key' && error.code !== 'api_key_missing') return error
      const nowMs = clock()
      const retryAfterMs = failures.waitMs(clientIp, nowMs)
      failures.add(clientIp, nowMs)
      if (retryAfterMs > 0) return callError('authentication_throttled', { retryAfterMs })
      tell(clientIp)
      return error
    },
    noteElsewhere: (clientIp) => failures.add(clientIp, clock()),
  }
}
