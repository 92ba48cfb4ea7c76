import { expect, test } from 'vitest'
import { type CredentialRest, mergeTroubles, type UpstreamTrouble } from './upstream-status.ts'

function trouble(fields: Partial<UpstreamTrouble>): UpstreamTrouble {
  return {
    upstreamId: 1,
    upstream: 'a',
    breaker: 'CLOSED',
    retryAtMs: null,
    failure: null,
    resting: [],
    ...fields,
  }
}

function rest(fields: Partial<CredentialRest>): CredentialRest {
  return { credentialId: 1, upstreamModel: null, untilMs: 100, reason: 'RATE_LIMITED', ...fields }
}

test('the worst state of one upstream counts, and each upstream for itself', () => {
  const merged = mergeTroubles(
    [
      trouble({ failure: 'RESET' }),
      trouble({ breaker: 'OPEN', retryAtMs: 9, failure: 'TIMEOUT' }),
      trouble({ breaker: 'HALF_OPEN', retryAtMs: 5, failure: 'CONNECT' }),
      trouble({ upstreamId: null, upstream: 'a', failure: 'RESET' }),
    ],
    0,
  )
  expect(merged).toEqual([
    trouble({ breaker: 'OPEN', retryAtMs: 9, failure: 'TIMEOUT' }),
    trouble({ upstreamId: null, failure: 'RESET' }),
  ])
})

test('of each credential and model the longest rest counts, and none that is over', () => {
  const [merged] = mergeTroubles(
    [
      trouble({ resting: [rest({ untilMs: 100 }), rest({ credentialId: 2, untilMs: 10 })] }),
      trouble({ resting: [rest({ untilMs: 200 }), rest({ upstreamModel: 'm', untilMs: 50 })] }),
    ],
    10,
  )
  expect(merged?.resting).toEqual([rest({ untilMs: 200 }), rest({ upstreamModel: 'm', untilMs: 50 })])
})
