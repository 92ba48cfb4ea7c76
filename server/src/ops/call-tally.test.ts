import { expect, test } from 'vitest'
import { aCallRecord } from '../domain/logs/a-call-record.ts'
import { type Attempt, writeAttempts } from '../domain/logs/attempt.ts'
import { createCallTally } from './call-tally.ts'

const anAttempt: Attempt = {
  upstream: 'first',
  credentialId: null,
  upstreamModel: 'm1',
  startedMs: 0,
  durationMs: 10,
  httpStatus: 429,
  failure: 'RATE_LIMITED',
  errorCode: null,
  reason: null,
  upstreamRequestId: null,
}

test('counts tokens, cost and first tokens, and takes what is unknown for nothing', () => {
  const tally = createCallTally()
  tally.count(
    aCallRecord({
      inputTokens: 10,
      cachedInputTokens: 4,
      outputTokens: 5,
      costNanoUsd: 7,
      timeToFirstTokenMs: 30,
    }),
  )
  tally.count(
    aCallRecord({ inputTokens: null, cachedInputTokens: null, outputTokens: null, costNanoUsd: null }),
  )
  const { tokens, firstTokens } = tally
  expect({ tokens, costNanoUsd: tally.costNanoUsd() }).toEqual({
    tokens: { input: 10, cached_input: 4, output: 5 },
    costNanoUsd: 7,
  })
  expect(firstTokens).toMatchObject({ count: 1, seconds: 0.03 })
})

test('counts each attempt at its upstream, also those that failed over', () => {
  const tally = createCallTally()
  const attempts = writeAttempts([
    anAttempt,
    { ...anAttempt, upstream: 'second', httpStatus: 200, failure: null },
  ])
  tally.count(aCallRecord({ upstream: 'second', attempts }))
  tally.count(aCallRecord({ upstream: 'second' }))
  tally.count(aCallRecord({ upstream: null, outcome: 'DENIED' }))
  expect(tally.upstreams()).toEqual([
    { upstream: 'first', result: 'RATE_LIMITED', attempts: 1 },
    { upstream: 'second', result: 'ok', attempts: 2 },
  ])
})
