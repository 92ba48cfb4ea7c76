// Trying a policy on the calls that a key has made.

import { Latchkey } from '@latchkey/sdk'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'

const DAY_MS = 86_400_000
// The beginning of an hour two days ago.
const HOUR_MS = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 2 * DAY_MS

let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.close())

test('says what each rule would have denied, the peak, and when, in figures and in words', async () => {
  const key = await makeRuledKey(latchkey, { concurrency: { maxCalls: 1 } })
  const seconds = [0, 1, 2, 59, 60, 61, 3_000]
  for (const [at, second] of seconds.entries()) {
    const facts = { apiKeyId: key.number, inputTokens: 10, outputTokens: at, durationMs: 1_500 }
    latchkey.app.ledger.record(aCallRecord({ ...facts, id: requestIdAt(HOUR_MS + second * 1_000) }))
  }
  const notSent = { apiKeyId: key.number, upstream: null, outcome: 'DENIED' as const }
  latchkey.app.ledger.record(aCallRecord({ ...notSent, id: requestIdAt(HOUR_MS + 500) }))
  latchkey.app.ledger.record(
    aCallRecord({ apiKeyId: key.number, id: requestIdAt(HOUR_MS - 10 * DAY_MS), inputTokens: 5_000 }),
  )

  const { keys } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const policy = {
    limits: [
      { unit: 'REQUESTS' as const, window: 'MINUTE' as const, max: 2 },
      { unit: 'TOKENS' as const, window: 'HOUR' as const, max: 55, mode: 'SHADOW' as const },
    ],
  }
  const shown = `${new Date(HOUR_MS).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  expect(await keys.backTest(key.id, { policy })).toEqual({
    from: expect.any(String),
    to: expect.any(String),
    complete: true,
    firstCallAt: new Date(HOUR_MS).toISOString(),
    calls: 7,
    denied: 3,
    rules: [
      {
        rule: 'TOKENS',
        mode: 'SHADOW',
        window: 'HOUR',
        model: null,
        limit: 55,
        limitUsd: null,
        denials: 1,
        firstDenialAt: new Date(HOUR_MS + 3_000_000).toISOString(),
        peak: 91,
        peakUsd: null,
        peakAt: new Date(HOUR_MS).toISOString(),
        unpriced: 0,
        summary: `This limit of 55 tokens per hour would have denied 1 of 7 calls of the last 7 days; the peak was 91 in the hour from ${shown} on.`,
      },
      {
        rule: 'REQUESTS',
        mode: 'ENFORCE',
        window: 'MINUTE',
        model: null,
        limit: 2,
        limitUsd: null,
        denials: 2,
        firstDenialAt: new Date(HOUR_MS + 2_000).toISOString(),
        peak: 4,
        peakUsd: null,
        peakAt: new Date(HOUR_MS).toISOString(),
        unpriced: 0,
        summary: `This limit of 2 requests per minute would have denied 2 of 7 calls of the last 7 days; the peak was 4 in the minute from ${shown} on.`,
      },
    ],
    summary: 'This policy would have denied 3 of 7 calls of the last 7 days.',
  })

  // Without a policy, the key's own; and an older call comes in with more days.
  expect(await keys.backTest(key.id, { days: 30 })).toMatchObject({
    calls: 8,
    rules: [{ rule: 'CONCURRENCY', limit: 1, denials: 2, peak: 2 }],
  })
  expect(await keys.backTest(key.id, { policy: null, days: 1 })).toMatchObject({
    calls: 0,
    denied: 0,
    firstCallAt: null,
    rules: [],
    summary: 'This key made no calls in the last day.',
  })
})

test('says of a budget what it would have denied, in dollars, and how many costs are not known', async () => {
  const key = await makeRuledKey(latchkey, null)
  const costs = [600_000_000, 600_000_000, 600_000_000, null, 100_000_000]
  for (const [at, costNanoUsd] of costs.entries()) {
    const facts = { apiKeyId: key.number, costNanoUsd, receipt: '{}' }
    latchkey.app.ledger.record(aCallRecord({ ...facts, id: requestIdAt(HOUR_MS + at * 1_000) }))
  }
  const { keys } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const policy = { budgets: [{ window: 'TOTAL' as const, limitUsd: '1' }] }
  expect(await keys.backTest(key.id, { policy })).toMatchObject({
    calls: 5,
    denied: 3,
    rules: [
      {
        rule: 'BUDGET',
        limit: null,
        limitUsd: '1',
        denials: 3,
        peak: null,
        peakUsd: '1.9',
        unpriced: 1,
      },
    ],
  })
})

test('names what is wrong with the input, and is allowed once in an operation', async () => {
  const ask = async (input: object) => {
    const { data } = await latchkey.graphql(
      `query ($input: BackTestKeyPolicyInput!) {
        backTestKeyPolicy(input: $input) { backTest { calls } userErrors { code field message } } }`,
      { input },
    )
    expect(data.backTestKeyPolicy.backTest).toBeNull()
    return data.backTestKeyPolicy.userErrors.map(({ code, field }: { code: string; field: string[] }) =>
      [code, ...field].join(' '),
    )
  }
  const { id } = await makeRuledKey(latchkey, null)
  const limits = [{ unit: 'TOKENS', window: 'DAY', max: 0 }]
  expect(await ask({ apiKeyId: id, days: 31, policy: { limits } })).toEqual([
    'OUT_OF_RANGE input policy limits 0 max',
    'OUT_OF_RANGE input days',
  ])
  expect(await ask({ apiKeyId: 'key_999999' })).toEqual(['NOT_FOUND input apiKeyId'])
  expect(await ask({ apiKeyId: 'x' })).toEqual(['INVALID input apiKeyId'])
  const one = `backTestKeyPolicy(input: { apiKeyId: "${id}" }) { backTest { calls } }`
  const { errors } = await latchkey.graphql(`{ a: ${one} b: ${one} }`)
  expect(errors?.[0]?.extensions?.code).toBe('COMPLEXITY_LIMIT')
})
