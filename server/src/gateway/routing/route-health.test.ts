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

/** Fails often enough to open a circuit. */
async function breakDown(route: Route, failure: 'CONNECT' | 'SERVER_ERROR' = 'CONNECT'): Promise<void> {
  for (let time = 0; time < 2; time++) health.failed(route, failure, null)
  // cockatiel is loaded with the first failure.
  while (kind(route) === 'ready') await turn()
}

const kind = (route: Route) => health.routeStatus(route).kind

describe('a credential', () => {
  test('cools down for the model whose rate limit it reached, for as long as the upstream advises', () => {
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

  test('cools down for every model where it was refused itself, or its quota is exhausted', () => {
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

  test('has no history with another secret', () => {
    health.failed(route(1, 1), 'CREDENTIAL_REFUSED', null)
    expect(kind(route(1, 1, 'm', 'sk-new'))).toBe('ready')
  })

  test('cools down after a server error with a Retry-After, and only then', () => {
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

  test('closes with any response to a call, also an error of the request', async () => {
    await breakDown(route(1, 1))
    health.failed(route(1, 1), 'REFUSED', null)
    expect([kind(route(1, 1)), health.quiet]).toEqual(['ready', true])
  })

  test('lets a trial call through when its time is over', async () => {
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

describe('the candidate routes of a call', () => {
  const [a, b, c] = [route(1, 1), route(1, 2), route(2, 3)]

  test('keep their order, without those that are not available', () => {
    expect(availableCandidates({ first: a, others: [b, c] }, health, NOW)).toEqual({
      first: a,
      others: [b, c],
    })
    health.failed(a, 'RATE_LIMITED', 5_000)
    expect(availableCandidates({ first: a, others: [b, c] }, health, NOW)).toEqual({ first: b, others: [c] })
  })

  test('are none where all are cooling down: an error that says when the first is available', () => {
    health.failed(a, 'RATE_LIMITED', 5_000)
    health.failed(b, 'RATE_LIMITED', 2_000)
    expect(availableCandidates({ first: a, others: [b] }, health, NOW)).toMatchObject({
      code: 'upstreams_cooling_down',
      httpStatus: 503,
      retryAfterMs: 2_000,
    })
  })

  test('an only route is tried although its credential is cooling down, but not where its upstream is unreachable', async () => {
    health.failed(a, 'RATE_LIMITED', 5_000)
    expect(availableCandidates({ first: a, others: [] }, health, NOW)).toEqual({ first: a, others: [] })
    await breakDown(c)
    expect(availableCandidates({ first: c, others: [] }, health, NOW)).toMatchObject({ retryAfterMs: 1_000 })
  })

  test('include an upstream with server errors only where no other remains', async () => {
    await breakDown(c, 'SERVER_ERROR')
    expect(availableCandidates({ first: c, others: [a] }, health, NOW)).toEqual({ first: a, others: [] })
    expect(availableCandidates({ first: c, others: [] }, health, NOW)).toEqual({ first: c, others: [] })
  })

  test('after a failure are those that its failure class allows', () => {
    const other = route(1, 1, 'other')
    expect(nextCandidate(a, 'RATE_LIMITED', [b, c], health)?.first).toBe(b)
    expect(nextCandidate(a, 'SERVER_ERROR', [b, other, c], health)).toEqual({ first: other, others: [b, c] })
    expect(nextCandidate(a, 'CONNECT', [b, other, c], health)).toEqual({ first: c, others: [b, other] })
    expect(nextCandidate(a, 'CONNECT', [b, other], health)).toBeNull()
    expect(nextCandidate(a, 'REFUSED', [b, c], health)).toBeNull()
    expect(nextCandidate(a, 'INTERRUPTED', [b, c], health)).toBeNull()
  })
})
