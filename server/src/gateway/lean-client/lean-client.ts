// An upstream client over node:net and node:tls that takes the usual call, with a body of known length or none, at about
// half of what a library's machinery costs; every other call goes to the client behind it.
import { undiciWhenNeeded } from '../undici-when-needed.ts'
import type { UpstreamClient, UpstreamTimeouts } from '../upstream-client.ts'
import { createDeadlines } from './deadlines.ts'
import { LeanCall } from './lean-call.ts'
import { type OpenSocket, socketOpener } from './open-socket.ts'
import { originOf } from './origin.ts'
import { createPool, type Pool } from './pool.ts'
import { requestBytes } from './request-bytes.ts'

// How coarse the timeouts are, in milliseconds and against the shortest of them.
const TICK_MAX_MS = 250
const TICK_SHARE = 1 / 8

/** The lean client over node:net and node:tls, with undici behind it. */
export function leanOverUndici(timeouts: UpstreamTimeouts): UpstreamClient {
  return leanClient(undiciWhenNeeded(timeouts), timeouts)
}

/**
 * Sends what it can itself, the rest through `fallback`; closing it closes both. What it takes means the same as through
 * undici, but that it refuses more: tests/fuzz holds the two against each other.
 */
export function leanClient(
  fallback: UpstreamClient,
  timeouts: UpstreamTimeouts,
  open: OpenSocket = socketOpener(),
): UpstreamClient {
  const shortestMs = Math.min(timeouts.connectMs, timeouts.headMs, timeouts.idleMs)
  const deadlines = createDeadlines(Math.max(1, Math.min(TICK_MAX_MS, shortestMs * TICK_SHARE)))
  // Owner: this client. Key: the base URL. Bound: the upstreams of the configuration. Lifetime: the client's.
  const pools = new Map<string, Pool | null>()
  let closed = false

  function poolOf(baseUrl: string): Pool | null {
    const known = pools.get(baseUrl)
    if (known !== undefined) return known
    const origin = originOf(baseUrl)
    const pool = origin === null ? null : createPool(origin, timeouts, deadlines, open)
    pools.set(baseUrl, pool)
    return pool
  }

  return {
    send(request, listener) {
      const pool = closed ? null : poolOf(request.baseUrl)
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
