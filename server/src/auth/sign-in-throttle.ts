// Throttles password guessing: counts failed sign-ins, in memory, in sliding windows.
//
// Owner: the GraphQL handler, one per process. Keys: the address's network; the account with that network; the account. Bound:
// 20,000 entries, the least recently used is evicted. Lifetime: the longest window. Invalidation: a successful sign-in clears
// its account's counts.
import { LRUCache } from 'lru-cache'
import { networkOf } from '../http/wire/client-network.ts'

type Rule = { max: number; windowMs: number }

const PER_NETWORK: Rule = { max: 10, windowMs: 60_000 }
const PER_ACCOUNT_AND_NETWORK: Rule = { max: 5, windowMs: 300_000 }
// Against guessing from many addresses. Far above what one address may do, so that no single attacker can lock the only admin
// out.
const PER_ACCOUNT: Rule = { max: 100, windowMs: 300_000 }
const ENTRIES_MAX = 20_000

export type SignInThrottle = {
  /**
   * Counts a sign-in as failed before the password is verified, so that concurrent ones are counted too; where there were too
   * many failures, it is not counted, and must not be verified for `retryAfterSeconds`.
   */
  claim(
    username: string,
    ip: string | null,
    nowMs: number,
  ): { ok: true } | { ok: false; retryAfterSeconds: number }
  /** The sign-in succeeded: it and the account's earlier failures no longer count. */
  succeeded(username: string, ip: string | null): void
}

/** No failure is counted yet. */
export function createSignInThrottle(): SignInThrottle {
  const failures = new LRUCache<string, number[]>({ max: ENTRIES_MAX })

  function recent(key: string, rule: Rule, nowMs: number): number[] {
    return (failures.get(key) ?? []).filter((atMs) => nowMs - atMs < rule.windowMs)
  }

  function keysOf(username: string, ip: string | null): { network: string; pair: string; account: string } {
    const network = ip === null ? 'unknown' : networkOf(ip)
    return { network: `n ${network}`, pair: `p ${network} ${username}`, account: `a ${username}` }
  }

  return {
    claim(username, ip, nowMs) {
      const { network, pair, account } = keysOf(username, ip)
      const counts = [
        { key: network, rule: PER_NETWORK },
        { key: pair, rule: PER_ACCOUNT_AND_NETWORK },
        { key: account, rule: PER_ACCOUNT },
      ].map(({ key, rule }) => ({ key, rule, times: recent(key, rule, nowMs) }))
      const waitMs = counts.map(({ rule, times }) => {
        const blocking = times.at(-rule.max)
        return blocking === undefined ? 0 : blocking + rule.windowMs - nowMs
      })
      const longestMs = Math.max(...waitMs)
      if (longestMs > 0) return { ok: false, retryAfterSeconds: Math.ceil(longestMs / 1_000) }
      for (const { key, times } of counts) failures.set(key, [...times, nowMs])
      return { ok: true }
    },
    succeeded(username, ip) {
      const { network, pair, account } = keysOf(username, ip)
      failures.delete(pair)
      failures.delete(account)
      // Of the network's failures only this one is removed: the others may be guesses at other accounts.
      failures.set(network, (failures.get(network) ?? []).slice(0, -1))
    },
  }
}
