// Counts what networks do, by the minute and in memory, for what throttles strangers.
//
// Owner: whoever creates it. Key: the networks of an address. Bound: an LRU of 20,000 networks. Lifetime: a minute from the first
// event of a network.
import { LRUCache } from 'lru-cache'
import { networksOf } from '../../domain/client-network.ts'
import { MINUTE_MS } from '../../domain/time.ts'

const NETWORKS_MAX = 20_000
// Not `max`: lru-cache then allocates arrays of that length at once.
const BOUND = { maxSize: NETWORKS_MAX, sizeCalculation: () => 1 }

export type NetworkCounts = {
  /** Counts one event. `ip` null: not known. `nowMs`: since the epoch. */
  add(ip: string | null, nowMs: number): void
  /** Milliseconds until each of its networks may have one more event; 0: each may now. */
  waitMs(ip: string | null, nowMs: number): number
}

/** `max`: in a minute, of the networks of an address as `networksOf` lists them. */
export function createNetworkCounts(max: readonly number[]): NetworkCounts {
  const counts = new LRUCache<string, { sinceMs: number; events: number }>(BOUND)

  /** Undefined where its minute is over, or the clock was set back. */
  function current(network: string, nowMs: number) {
    const count = counts.get(network)
    return count !== undefined && nowMs >= count.sinceMs && nowMs - count.sinceMs < MINUTE_MS
      ? count
      : undefined
  }

  return {
    add(ip, nowMs) {
      for (const network of networksOf(ip)) {
        const count = current(network, nowMs)
        if (count === undefined) counts.set(network, { sinceMs: nowMs, events: 1 })
        else count.events++
      }
    },
    waitMs(ip, nowMs) {
      const waits = networksOf(ip).map((network, size) => {
        const count = current(network, nowMs)
        return count === undefined || count.events < (max[size] ?? 0) ? 0 : count.sinceMs + MINUTE_MS - nowMs
      })
      return Math.max(...waits)
    },
  }
}
