import type { Upstream } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { unavailabilityOf } from './route-availability.ts'

const now = Date.parse('2026-11-30T12:00:00Z')
const [soon, later, before] = ['2026-11-30T12:00:20.000Z', '2026-11-30T12:05:00.000Z', '2026-11-30T11:59:59Z']
const closed = { breaker: 'CLOSED', retryAt: null, lastFailure: null, coolingDownCredentials: [] }
const upstreamOf = (id: string, health: object = {}, credentials: object[] = [{}], enabled = true) =>
  ({
    id,
    enabled,
    health: { ...closed, ...health },
    credentials: credentials.map((each, at) => ({
      id: `cred_${at + 1}`,
      enabled: true,
      readable: true,
      ...each,
    })),
  }) as unknown as Upstream
const cooling = (until: string, upstreamModel: string | null = null, credentialId = 'cred_1') => ({
  credentialId,
  until,
  upstreamModel,
  reason: 'RATE_LIMITED',
})
const state = (...upstreams: Upstream[]) =>
  unavailabilityOf(
    upstreams.map(({ id }) => ({ upstream: { id }, upstreamModel: 'gpt-5' })),
    upstreams.filter(({ id }) => id !== 'unseen'),
    now,
  )

test('a model whose routes all cool down has the countdown of the first that ends', () => {
  const a = upstreamOf('a', { coolingDownCredentials: [cooling(later)] })
  const b = upstreamOf('b', { coolingDownCredentials: [cooling(soon, 'gpt-5')] })
  expect(state(a, b)).toEqual({ why: 'COOLING_DOWN', until: soon })
  const open = upstreamOf('c', { breaker: 'OPEN', retryAt: soon })
  expect(state(a, open)).toEqual({ why: 'OPEN', until: soon })
})

test('what no time mends is said of a model alone that has nothing better', () => {
  const off = upstreamOf('a', {}, [{}], false)
  expect(state(off)).toEqual({ why: 'OFF', until: null })
  expect(state(upstreamOf('b', {}, [{ readable: false }]))).toEqual({ why: 'OFF', until: null })
  expect(state(off, upstreamOf('c', { breaker: 'OPEN', retryAt: later }))?.until).toBe(later)
})

test('one route that takes calls is enough', () => {
  const down = upstreamOf('a', { breaker: 'OPEN', retryAt: later })
  expect(state(down, upstreamOf('b'))).toBeNull()
  expect(state(down, upstreamOf('unseen'))).toBeNull()
  expect(state(upstreamOf('c', { breaker: 'HALF_OPEN', retryAt: later }))).toBeNull()
  expect(state(upstreamOf('d', { breaker: 'OPEN', retryAt: before }))).toBeNull()
  expect(state(upstreamOf('e', { coolingDownCredentials: [cooling(soon, 'other')] }))).toBeNull()
  expect(state(upstreamOf('f', { coolingDownCredentials: [cooling(soon)] }, [{}, {}]))).toBeNull()
})
