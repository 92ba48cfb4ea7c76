// An upstream client over node:net and node:tls that takes the usual call, with a body of known length or none, at about
// half of what a library's machinery costs; every other call goes to `fallback`.
import type { LookupFunction } from 'node:net'
import { undiciWhenNeeded } from '../lazy-undici-client.ts'
import {
  type EgressOptions,
  timeoutsOn,
  type UpstreamClient,
  type UpstreamRequest,
  type UpstreamTimeouts,
} from '../upstream-client.ts'
import { createDeadlines } from './deadlines.ts'
import { LeanCall } from './lean-call.ts'
import { type OpenSocket, socketOpener } from './open-socket.ts'
import { originOf } from './origin.ts'
import { createPool, type Pool } from './pool.ts'
import { requestBytes } from './request-bytes.ts'

// How coarse the timeouts are, in milliseconds and against the shortest of them.
const TICK_MAX_MS = 250
const TICK_SHARE = 1 / 8
// With more pools than this, those without a connection are dropped.
const POOLS_MAX = 1_000

/** The lean client over node:net and node:tls, with undici behind it. */
export function leanOverUndici(timeouts: UpstreamTimeouts, lookup: LookupFunction): UpstreamClient {
  return leanClient(undiciWhenNeeded(timeouts, lookup), timeouts, lookup)
}

/**
 * Sends what it can itself, everything else through `fallback`; closing it closes both. What it takes means the same as
 * through undici, but it refuses more: tests/fuzz compares the two. `lookup` is for calls with EgressOptions.
 */
export function leanClient(
  fallback: UpstreamClient,
  timeouts: UpstreamTimeouts,
  lookup: LookupFunction,
  open: OpenSocket = socketOpener(),
): UpstreamClient {
  const deadlines = createDeadlines(tickMsFor(timeouts))
  // Owner: this client. Key: the base URL, or the key of the EgressOptions; null: not for this client. Bound: those with a
  // connection, and POOLS_MAX. Lifetime: the client's.
  const pools = new Map<string, Pool | null>()
  let closed = false

  function poolOf({ baseUrl, egress = null }: UpstreamRequest): Pool | null {
    const key = egress === null ? baseUrl : egress.key
    const known = pools.get(key)
    if (known !== undefined) return known
    if (pools.size >= POOLS_MAX) dropEmpty(pools)
    const pool = newPool(baseUrl, egress)
    pools.set(key, pool)
    return pool
  }

  function newPool(baseUrl: string, egress: EgressOptions | null): Pool | null {
    if (egress === null) {
      const origin = originOf(baseUrl)
      return origin === null ? null : createPool(origin, timeouts, deadlines, open)
    }
    const origin = egress.proxyUrl === null ? originOf(baseUrl, lookup) : null
    const own = timeoutsOn(egress, timeouts)
    return origin === null ? null : createPool(origin, own, createDeadlines(tickMsFor(own)), open)
  }

  return {
    send(request, listener) {
      const pool = closed ? null : poolOf(request)
      const bytes = pool === null ? null : requestBytes(pool.origin, request)
      if (pool === null || bytes === null) return fallback.send(request, listener)
      const call = new LeanCall(bytes, listener)
      pool.send(call)
      return call
    },
    async close() {
      closed = true
      for (const pool of pools.values()) pool?.destroy()
      await fallback.close()
    },
  }
}

function tickMsFor({ connectMs, headMs, idleMs }: UpstreamTimeouts): number {
  return Math.max(1, Math.min(TICK_MAX_MS, Math.min(connectMs, headMs, idleMs) * TICK_SHARE))
}

function dropEmpty(pools: Map<string, Pool | null>): void {
  for (const [key, pool] of pools) if (pool === null || pool.isEmpty()) pools.delete(key)
}
