import { expect, test } from 'vitest'
import { type CredentialCooldown, mergeStatuses, type UpstreamStatus } from './upstream-status.ts'

function upstreamStatus(fields: Partial<UpstreamStatus>): UpstreamStatus {
  return {
    upstreamId: 1,
    upstream: 'a',
    breaker: 'CLOSED',
    retryAtMs: null,
    failure: null,
    coolingDown: [],
    ...fields,
  }
}

function cooldown(fields: Partial<CredentialCooldown>): CredentialCooldown {
  return { credentialId: 1, upstreamModel: null, untilMs: 100, reason: 'RATE_LIMITED', ...fields }
}

test('the worst state of one upstream counts, and each upstream for itself', () => {
  const merged = mergeStatuses(
    [
      upstreamStatus({ failure: 'RESET' }),
      upstreamStatus({ breaker: 'OPEN', retryAtMs: 9, failure: 'TIMEOUT' }),
      upstreamStatus({ breaker: 'HALF_OPEN', retryAtMs: 5, failure: 'CONNECT' }),
      upstreamStatus({ upstreamId: null, upstream: 'a', failure: 'RESET' }),
    ],
    0,
  )
  expect(merged).toEqual([
    upstreamStatus({ breaker: 'OPEN', retryAtMs: 9, failure: 'TIMEOUT' }),
    upstreamStatus({ upstreamId: null, failure: 'RESET' }),
  ])
})

test('of each credential and model the longest cooldown counts, and none that is over', () => {
  const [merged] = mergeStatuses(
    [
      upstreamStatus({
        coolingDown: [cooldown({ untilMs: 100 }), cooldown({ credentialId: 2, untilMs: 10 })],
      }),
      upstreamStatus({
        coolingDown: [cooldown({ untilMs: 200 }), cooldown({ upstreamModel: 'm', untilMs: 50 })],
      }),
    ],
    10,
  )
  expect(merged?.coolingDown).toEqual([
    cooldown({ untilMs: 200 }),
    cooldown({ upstreamModel: 'm', untilMs: 50 }),
  ])
})
