import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Upstream, UpstreamSettings } from '../../domain/upstreams/upstream.ts'
import { availableCandidates, nextCandidate } from './candidate-routes.ts'
import { createRouteHealth, type RouteHealth } from './route-health.ts'
import type { Route } from './route-table.ts'

const NOW = 1_000_000
const SETTINGS: UpstreamSettings = {
  kind: 'GENERIC',
  upstreamId: 1,
  credentialId: 1,
  authStyle: 'BEARER',
  headers: {},
  secretHeaders: [],
  connectTimeoutMs: null,
  firstByteTimeoutMs: null,
  idleTimeoutMs: null,
  proxyUrl: null,
}

let health: RouteHealth

beforeEach(() => {
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
  health = createRouteHealth({ clock: Date.now, breakerFailures: 2 })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Each time another object, as every new table of routes makes them. */
function route(
  upstreamId: number,
  credentialId: number,
  model = 'm',
  credential = `sk-${credentialId}`,
): Route {
  const upstream: Upstream = {
    name: `u${upstreamId}`,
    baseUrl: `https://u${upstreamId}.test/v1`,
    credential,
    models: [],
    settings: { ...SETTINGS, upstreamId, credentialId },
  }
  return { upstream, model }
}

/** Fails as often as opens a circuit. */
async function breakDown(way: Route, failure: 'CONNECT' | 'SERVER_ERROR' = 'CONNECT'): Promise<void> {
  for (let time = 0; time < 2; time++) health.failed(way, failure, null)
  // cockatiel is loaded with the first failure.
  while (kind(way) === 'ready') await turn()
}

const kind = (way: Route) => health.routeStatus(way).kind

describe('a credential', () => {
  test('rests for the model that it was told to slow down for, as long as the upstream says', () => {
    health.failed(route(1, 1), 'RATE_LIMITED', 7_000)
    expect(health.quiet).toBe(false)
    expect(health.routeStatus(route(1, 1))).toEqual({ kind: 'cooling-down', readyAtMs: NOW + 7_000 })
    expect([kind(route(1, 2)), kind(route(2, 1)), kind(route(1, 1, 'other'))]).toEqual([
      'ready',
      'ready',
      'ready',
    ])
    vi.setSystemTime(NOW + 7_000)
    expect(kind(route(1, 1))).toBe('ready')
    expect(health.quiet).toBe(true)
  })

  test('rests for every model where it was refused itself, or has nothing left', () => {
    health.failed(route(1, 1), 'CREDENTIAL_REFUSED', null)
    health.failed(route(1, 2), 'QUOTA_EXHAUSTED', null)
    expect(health.routeStatus(route(1, 1, 'other'))).toEqual({
      kind: 'cooling-down',
      readyAtMs: NOW + 60_000,
    })
    expect(health.routeStatus(route(1, 2, 'other'))).toEqual({
      kind: 'cooling-down',
      readyAtMs: NOW + 60_000,
    })
  })

  test('begins anew with another secret', () => {
    health.failed(route(1, 1), 'CREDENTIAL_REFUSED', null)
    expect(kind(route(1, 1, 'm', 'sk-new'))).toBe('ready')
  })

  test('rests where an upstream in trouble says for how long, and only then', () => {
    health.failed(route(1, 1), 'SERVER_ERROR', 3_000)
    health.failed(route(2, 1), 'SERVER_ERROR', null)
    expect([kind(route(1, 1)), kind(route(2, 1))]).toEqual(['cooling-down', 'ready'])
  })
})

describe('the circuit of an upstream', () => {
  test('is the same for all its credentials and models, and stays open through a new table of routes', async () => {
    await breakDown(route(1, 1))
    expect(health.routeStatus(route(1, 2, 'other'))).toEqual({ kind: 'unreachable', readyAtMs: NOW + 1_000 })
    expect(kind(route(2, 1))).toBe('ready')
  })

  test('closes with a call that is answered, whatever it is answered', async () => {
    await breakDown(route(1, 1))
    health.failed(route(1, 1), 'REFUSED', null)
    expect([kind(route(1, 1)), health.quiet]).toEqual(['ready', true])
  })

  test('lets calls try when its time is over', async () => {
    await breakDown(route(1, 1))
    vi.setSystemTime(NOW + 1_100)
    expect(kind(route(1, 1))).toBe('ready')
    health.began(route(1, 1))
    expect([kind(route(1, 1)), health.statuses()[0]?.breaker]).toEqual(['unreachable', 'HALF_OPEN'])
    health.succeeded(route(1, 1))
    await turn()
    expect([kind(route(1, 1)), health.quiet]).toEqual(['ready', true])
  })
})

describe('the ways of a call', () => {
  const [a, b, c] = [route(1, 1), route(1, 2), route(2, 3)]

  test('keep their order, without those that may not be gone', () => {
    expect(availableCandidates({ first: a, others: [b, c] }, health, NOW)).toEqual({
      first: a,
      others: [b, c],
    })
    health.failed(a, 'RATE_LIMITED', 5_000)
    expect(availableCandidates({ first: a, others: [b, c] }, health, NOW)).toEqual({ first: b, others: [c] })
  })

  test('are none where all rest: an error that says when the first may be gone', () => {
    health.failed(a, 'RATE_LIMITED', 5_000)
    health.failed(b, 'RATE_LIMITED', 2_000)
    expect(availableCandidates({ first: a, others: [b] }, health, NOW)).toMatchObject({
      code: 'upstreams_cooling_down',
      httpStatus: 503,
      retryAfterMs: 2_000,
    })
  })

  test('an only way is gone although its credential rests, but not where nobody answers', async () => {
    health.failed(a, 'RATE_LIMITED', 5_000)
    expect(availableCandidates({ first: a, others: [] }, health, NOW)).toEqual({ first: a, others: [] })
    await breakDown(c)
    expect(availableCandidates({ first: c, others: [] }, health, NOW)).toMatchObject({ retryAfterMs: 1_000 })
  })

  test('lead to an upstream in trouble only where no other is left', async () => {
    await breakDown(c, 'SERVER_ERROR')
    expect(availableCandidates({ first: c, others: [a] }, health, NOW)).toEqual({ first: a, others: [] })
    expect(availableCandidates({ first: c, others: [] }, health, NOW)).toEqual({ first: c, others: [] })
  })

  test('after a failure go to what that failure leaves a hope for', () => {
    const other = route(1, 1, 'other')
    expect(nextCandidate(a, 'RATE_LIMITED', [b, c], health)?.first).toBe(b)
    expect(nextCandidate(a, 'SERVER_ERROR', [b, other, c], health)).toEqual({ first: other, others: [b, c] })
    expect(nextCandidate(a, 'CONNECT', [b, other, c], health)).toEqual({ first: c, others: [b, other] })
    expect(nextCandidate(a, 'CONNECT', [b, other], health)).toBeNull()
    expect(nextCandidate(a, 'REFUSED', [b, c], health)).toBeNull()
    expect(nextCandidate(a, 'INTERRUPTED', [b, c], health)).toBeNull()
  })
})
