// Slows down who guesses passwords: counts failed sign-ins, in memory, in sliding windows.
//
// Owner: the GraphQL handler, one per process. Keys: the address's network; the account with that network; the
// account. Bound: the least recently used of 20,000 entries goes first. Lifetime: the longest window.
// Invalidation: a success clears its account's counts.
import { LRUCache } from 'lru-cache'
import { networkOf } from '../http/wire/client-network.ts'

type Rule = { max: number; windowMs: number }

const PER_NETWORK: Rule = { max: 10, windowMs: 60_000 }
const PER_ACCOUNT_AND_NETWORK: Rule = { max: 5, windowMs: 300_000 }
// Against guessing from many addresses. Far above what one address may do, so that no single
// attacker can keep the only admin out.
const PER_ACCOUNT: Rule = { max: 100, windowMs: 300_000 }
const ENTRIES_MAX = 20_000

export type SignInThrottle = {
  /**
   * Counts an attempt as failed before it is tried, so that many at once cannot slip through; answers the seconds to
   * wait instead, when there were too many.
   */
  claim(
    username: string,
    ip: string | null,
    nowMs: number,
  ): { ok: true } | { ok: false; retryAfterSeconds: number }
  /** The attempt succeeded: it and the account's earlier failures no longer count. */
  succeeded(username: string, ip: string | null): void
}

export function createSignInThrottle(): SignInThrottle {
  const attempts = new LRUCache<string, number[]>({ max: ENTRIES_MAX })

  function recent(key: string, rule: Rule, nowMs: number): number[] {
    return (attempts.get(key) ?? []).filter((atMs) => nowMs - atMs < rule.windowMs)
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
      for (const { key, times } of counts) attempts.set(key, [...times, nowMs])
      return { ok: true }
    },
    succeeded(username, ip) {
      const { network, pair, account } = keysOf(username, ip)
      attempts.delete(pair)
      attempts.delete(account)
      // Of the network's attempts only this one is taken back: others may be somebody else's guesses.
      attempts.set(network, (attempts.get(network) ?? []).slice(0, -1))
    },
  }
}
