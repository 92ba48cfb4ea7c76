import { expect, test } from 'vitest'
import { backTest, type PastCall } from './back-test.ts'
import { readKeyPolicy } from './read-key-policy.ts'

const START_MS = Date.parse('2026-11-22T12:00:00Z')
const past: PastCall = {
  atMs: START_MS,
  durationMs: 10_000,
  address: '192.0.2.7',
  endpoint: '/v1/chat/completions',
  usesModel: true,
  model: 'gpt-4o',
  tokens: 100,
  costNanoUsd: 1_000_000_000,
}

function run(policy: unknown, calls: Partial<PastCall>[]) {
  const read = readKeyPolicy(policy)
  if (!read.ok || read.value === null) throw new Error('no policy')
  return backTest(
    read.value,
    calls.map((call) => ({ ...past, ...call })),
  )
}

const seconds = (...at: number[]) => at.map((second) => ({ atMs: START_MS + second * 1_000 }))

test('a refused call uses nothing, and the peak is what was asked for', () => {
  const result = run(
    {
      limits: [
        { unit: 'REQUESTS', window: 'MINUTE', max: 2 },
        { unit: 'TOKENS', window: 'HOUR', max: 450 },
      ],
    },
    seconds(0, 1, 2, 3, 60, 61, 62, 120),
  )
  // 12:00 lets in 2 of 4, 12:01 two of 3; the fifth call of the hour has no tokens left.
  expect(result).toEqual({
    calls: 8,
    denied: 4,
    rules: [
      {
        rule: 'TOKENS',
        mode: 'ENFORCE',
        window: 'HOUR',
        model: null,
        limit: 450,
        denials: 2,
        firstDenialAtMs: START_MS + 62_000,
        peak: 800,
        peakWindowStartMs: START_MS,
      },
      {
        rule: 'REQUESTS',
        mode: 'ENFORCE',
        window: 'MINUTE',
        model: null,
        limit: 2,
        denials: 2,
        firstDenialAtMs: START_MS + 2_000,
        peak: 4,
        peakWindowStartMs: START_MS,
      },
    ],
  })
})

test('budgets begin anew with their calendar, and a shadow counts as enforced', () => {
  const result = run(
    { budgets: [{ window: 'DAY', limitUsd: '1.5', timeZone: 'Asia/Shanghai', mode: 'SHADOW' }] },
    [
      { atMs: Date.parse('2026-11-22T15:59:58Z') },
      { atMs: Date.parse('2026-11-22T15:59:59Z') },
      { atMs: Date.parse('2026-11-22T16:00:00Z') },
    ],
  )
  expect(result).toMatchObject({ denied: 1, rules: [{ denials: 1, peak: 2_000_000_000, mode: 'SHADOW' }] })
})

test('models, addresses, and calls at once', () => {
  const policy = {
    models: { deny: ['o1*'] },
    addresses: { allow: ['192.0.2.0/24'] },
    concurrency: { maxCalls: 2 },
  }
  const result = run(policy, [
    { model: 'o1-pro' },
    { address: '198.51.100.1' },
    ...seconds(0, 1, 2, 10),
    { atMs: START_MS + 30_000 },
  ])
  // The first two were in flight as well, but were never let in.
  expect(result.rules.map(({ rule, denials, peak }) => [rule, denials, peak])).toEqual([
    ['ADDRESS', 1, null],
    ['MODEL', 1, null],
    ['CONCURRENCY', 1, 5],
  ])
  expect(result).toMatchObject({ calls: 7, denied: 3 })
})

test('a call without a price is refused by a budget that says so', () => {
  const unpriced = [{ costNanoUsd: null }]
  expect(run({ budgets: [{ window: 'DAY', limitUsd: '1' }] }, unpriced).denied).toBe(1)
  expect(run({ budgets: [{ window: 'DAY', limitUsd: '1', unpriced: 'ALLOW' }] }, unpriced).denied).toBe(0)
})
