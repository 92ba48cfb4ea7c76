// Throttles password guessing: counts failed sign-ins, in memory, in sliding windows.
//
// Owner: the GraphQL handler, one per process. Keys: the address's networks; a network with an account; the account; a known
// device. Bound: the counters of accounts that exist, two LRU of 20,000 entries (of networks with an account that exists; of all
// others), so that invented names evict no counter of an account. Lifetime: the longest window. Invalidation: a successful
// sign-in clears the counts of its account on its networks.
import { LRUCache } from 'lru-cache'
import { networksOf } from '../../domain/client-network.ts'

type Rule = { max: number; windowMs: number }

// Of a /64 or an IPv4 address, a /56, a /48: who has more addresses gets more attempts, but not as many times more.
const PER_NETWORK: Rule[] = [10, 20, 40].map((max) => ({ max, windowMs: 60_000 }))
const PER_ACCOUNT_AND_NETWORK: Rule[] = [5, 10, 20].map((max) => ({ max, windowMs: 300_000 }))
// Against guessing from many networks. Far above what one of them may do, so that no single attacker can lock out an admin; whom
// many lock out gets in from a known device.
const PER_ACCOUNT: Rule = { max: 100, windowMs: 300_000 }
const PER_DEVICE: Rule = { max: 5, windowMs: 300_000 }
const ENTRIES_MAX = 20_000

/** Who tries to sign in. `device`: the id of a device from which this account has signed in before; null: none is known. */
export type SignInAttempt = { username: string; ip: string | null; device: string | null }

export type SignInThrottle = {
  /**
   * Counts a sign-in as failed before the password is verified, so that concurrent ones are counted too; where there were too
   * many failures, it is not counted, and must not be verified for `retryAfterSeconds`. A known device is counted by itself
   * alone: no one else's failures keep it out.
   */
  claim(attempt: SignInAttempt, nowMs: number): { ok: true } | { ok: false; retryAfterSeconds: number }
  /** There is an account of this name: its counters are kept apart from those of invented names from here on. */
  isAccount(username: string): void
  /** The sign-in succeeded: it and the earlier failures of the account on these networks no longer count. */
  succeeded(attempt: SignInAttempt): void
}

/** No failure is counted yet. */
export function createSignInThrottle(): SignInThrottle {
  // Bounded by the number of accounts.
  const accounts = new Map<string, number[]>()
  const accountPairs = new LRUCache<string, number[]>({ max: ENTRIES_MAX })
  const others = new LRUCache<string, number[]>({ max: ENTRIES_MAX })

  type Counter = { times: number[]; rule: Rule; put(times: number[]): void }

  function counter(store: Times, key: string, rule: Rule, nowMs: number): Counter {
    const times = (store.get(key) ?? []).filter((atMs) => nowMs - atMs < rule.windowMs)
    return { times, rule, put: (fresh) => void store.set(key, fresh) }
  }

  function countersOf({ username, ip, device }: SignInAttempt, nowMs: number): Counter[] {
    if (device !== null) return [counter(others, `d ${device}`, PER_DEVICE, nowMs)]
    const isKnown = accounts.has(username)
    const pairs = isKnown ? accountPairs : others
    const account: [Times, string] = isKnown ? [accounts, username] : [others, `a ${username}`]
    return [
      ...networksOf(ip).flatMap((network, size) => [
        counter(others, `n ${network}`, PER_NETWORK[size] ?? PER_ACCOUNT, nowMs),
        counter(pairs, pairKey(network, username), PER_ACCOUNT_AND_NETWORK[size] ?? PER_ACCOUNT, nowMs),
      ]),
      counter(...account, PER_ACCOUNT, nowMs),
    ]
  }

  return {
    claim(attempt, nowMs) {
      const counters = countersOf(attempt, nowMs)
      const waitMs = counters.map(({ rule, times }) => {
        const blocking = times.at(-rule.max)
        return blocking === undefined ? 0 : blocking + rule.windowMs - nowMs
      })
      const longestMs = Math.max(...waitMs)
      if (longestMs > 0) return { ok: false, retryAfterSeconds: Math.ceil(longestMs / 1_000) }
      for (const { times, put } of counters) put([...times, nowMs])
      return { ok: true }
    },
    isAccount(username) {
      if (accounts.has(username)) return
      accounts.set(username, others.get(`a ${username}`) ?? [])
      for (const [key, times] of others.entries()) {
        if (key.startsWith('p ') && key.endsWith(` ${username}`)) accountPairs.set(key, times)
      }
    },
    succeeded({ username, ip, device }) {
      if (device !== null) return void others.delete(`d ${device}`)
      for (const network of networksOf(ip)) {
        accountPairs.delete(pairKey(network, username))
        // Of the network's failures only this one is removed: the others may be guesses at other accounts.
        others.set(`n ${network}`, (others.get(`n ${network}`) ?? []).slice(0, -1))
      }
      if (accounts.has(username)) accounts.set(username, [])
    },
  }
}

type Times = { get(key: string): number[] | undefined; set(key: string, times: number[]): unknown }

function pairKey(network: string, username: string): string {
  return `p ${network} ${username}`
}
