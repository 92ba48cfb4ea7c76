// Wrong admin tokens, and those that are refused: throttled by network, and audited in sum.
//
// Owner: this module, one for each store. Keys: the networks of the client's address, and with them the token that is refused and why. Bound: two LRU of 20,000 networks (one in network-counts.ts), and 60
// audit events in an hour, beyond which all networks are one sum. Lifetime: a minute of a count, ten minutes of a sum. What has
// not been written when the process ends is lost; the first guess of a network is always there.
import { LRUCache } from 'lru-cache'
import { type Actor, type Requester, systemActor } from '../../domain/admins/actor.ts'
import { adminTokenId } from '../../domain/admins/admin-token-id.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { networkOf } from '../../domain/client-network.ts'
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts'
import { createNetworkCounts } from '../../http/server/network-counts.ts'
import type { Store } from '../../store/store.ts'
import type { TokenFault } from './admin-token.ts'

// Of a /64 or an IPv4 address, a /56, a /48, in a minute: above what a program with a wrong token sends before someone looks.
const MAX = [20, 40, 80]
const NETWORKS_MAX = 20_000
const SUM_MS = 10 * 60_000
const EVENTS_PER_HOUR = 60
const OTHERS = 'others'

/** A token of ours that is refused. */
export type RefusedToken = { id: number; name: string; fault: TokenFault }

type Sum = { client: Requester; refused: RefusedToken | null; attempts: number; nextEventMs: number }

export type WrongTokens = {
  /** Whether this network has sent too many: then nothing is looked up for it that is not known to be right. */
  isThrottled(ip: string | null, nowMs: number): boolean
  /** Counts one, and audits what is due. Resolves with the seconds to wait where the network has sent too many; null: not yet. */
  count(client: Requester, refused: RefusedToken | null, nowMs: number): Promise<number | null>
}

/** No token is counted yet. */
export function createWrongTokens(store: Store, clock: () => number): WrongTokens {
  const counts = createNetworkCounts(MAX)
  const sums = new LRUCache<string, Sum>({ max: NETWORKS_MAX, dispose: addToOthers, noDisposeOnSet: true })
  const others: Sum = { client: NOBODY, refused: null, attempts: 0, nextEventMs: 0 }
  let hour = { beganMs: 0, events: 0 }
  let sweptMs = 0
  let timer: NodeJS.Timeout | null = null

  /** What the LRU drops of a network is still counted. */
  function addToOthers(sum: Sum): void {
    others.attempts += sum.attempts
    sum.attempts = 0
  }

  async function addToSum(client: Requester, refused: RefusedToken | null, nowMs: number): Promise<void> {
    const network = networkOf(client.ip)
    const key = refused === null ? network : `${network} ${refused.id} ${refused.fault}`
    const sum = sums.get(key) ?? { client, refused, attempts: 0, nextEventMs: nowMs }
    sum.attempts++
    sums.set(key, sum)
    if (nowMs - sweptMs >= MINUTE_MS) return sweep(nowMs)
    if (sum.nextEventMs <= nowMs) await writeSum(network, sum, nowMs)
    // For what is counted when nobody guesses any more.
    timer ??= setTimeout(() => void sweep(clock()), SUM_MS).unref()
  }

  async function sweep(nowMs: number): Promise<void> {
    if (timer !== null) clearTimeout(timer)
    timer = null
    sweptMs = nowMs
    if (nowMs - hour.beganMs >= HOUR_MS) hour = { beganMs: nowMs, events: 0 }
    for (const [key, sum] of [...sums.entries()]) {
      if (sum.nextEventMs > nowMs) continue
      if (sum.attempts === 0) sums.delete(key)
      else await writeSum(networkOf(sum.client.ip), sum, nowMs)
    }
    if (others.attempts > 0 && others.nextEventMs <= nowMs) await write(OTHERS, others, nowMs)
  }

  async function writeSum(network: string, sum: Sum, nowMs: number): Promise<void> {
    if (hour.events < EVENTS_PER_HOUR) return write(network, sum, nowMs)
    addToOthers(sum)
    others.nextEventMs = hour.beganMs + HOUR_MS
  }

  async function write(network: string, sum: Sum, nowMs: number): Promise<void> {
    const { attempts, client, refused } = sum
    hour.events++
    // At once, so that no other request writes it too.
    sum.attempts = 0
    sum.nextEventMs = nowMs + SUM_MS
    const changes = [
      { path: 'network', before: null, after: network },
      { path: 'attempts', before: null, after: attempts },
      ...(refused === null ? [] : [{ path: 'reason', before: null, after: refused.fault }]),
    ]
    const target =
      refused === null
        ? null
        : ({ type: 'AdminToken', id: adminTokenId(refused.id), label: refused.name } as const)
    try {
      const data = auditEvent(actorFor(client), 'admin_token.refused', target, nowMs, changes)
      await store.prisma.auditEvent.create({ data })
    } catch {
      // The database is away: with the next one that is due.
      sum.attempts += attempts
    }
  }

  return {
    isThrottled: (ip, nowMs) => counts.waitMs(ip, nowMs) > 0,
    async count(client, refused, nowMs) {
      const remainingMs = counts.waitMs(client.ip, nowMs)
      if (remainingMs === 0) counts.add(client.ip, nowMs)
      await addToSum(client, refused, nowMs)
      return remainingMs === 0 ? null : Math.ceil(remainingMs / 1_000)
    },
  }
}

const NOBODY: Requester = { ip: null, userAgent: null, requestId: '' }

function actorFor({ ip, userAgent, requestId }: Requester): Actor {
  return systemActor('admin token', { ip, userAgent, requestId: requestId || null })
}
