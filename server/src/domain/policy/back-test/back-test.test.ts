import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readKeyPolicy } from '../input/read-key-policy.ts'
import { LIMIT_WINDOWS, limitWindowAt } from '../windows.ts'
import { BackTestRun, type PastCall, type RuleOutcome, runUpStartMs } from './back-test.ts'

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

function canonical(policy: unknown) {
  const read = readKeyPolicy(policy)
  if (!read.ok || read.value === null) throw new Error('no policy')
  return read.value
}

function run(policy: unknown, calls: Partial<PastCall>[], fromMs = 0) {
  const test = new BackTestRun({ policy: canonical(policy), fromMs })
  for (const call of calls) test.add({ ...past, ...call })
  return test.result()
}

const seconds = (...at: number[]) => at.map((second) => ({ atMs: START_MS + second * 1_000 }))

test('a denied call uses nothing, and the peak is what was requested', () => {
  const result = run(
    {
      limits: [
        { unit: 'REQUESTS', window: 'MINUTE', max: 2 },
        { unit: 'TOKENS', window: 'HOUR', max: 450 },
      ],
    },
    seconds(0, 1, 2, 3, 60, 61, 62, 120),
  )
  // 12:00 admits 2 of 4, 12:01 two of 3; the fifth call of the hour has no tokens left.
  expect(result).toEqual({
    calls: 8,
    denied: 4,
    firstCallAtMs: START_MS,
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
        peakAtMs: START_MS,
        unpriced: 0,
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
        peakAtMs: START_MS,
        unpriced: 0,
      },
    ],
  })
})

test('budgets restart with their calendar window, and a shadow rule counts as enforced', () => {
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

test('models, addresses, and in-flight calls', () => {
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
  // The first two were in flight as well, but were never admitted.
  expect(result.rules.map(({ rule, denials, peak }) => [rule, denials, peak])).toEqual([
    ['ADDRESS', 1, null],
    ['MODEL', 1, null],
    ['CONCURRENCY', 1, 5],
  ])
  expect(result).toMatchObject({ calls: 7, denied: 3 })
})

test('calls before the range use up limits, and are not counted', () => {
  const policy = { limits: [{ unit: 'REQUESTS', window: 'HOUR', max: 2 }], concurrency: { maxCalls: 5 } }
  const calls = seconds(0, 1, 2, 100, 3_600)
  expect(run(policy, calls, START_MS + 60_000)).toMatchObject({
    calls: 2,
    denied: 1,
    firstCallAtMs: START_MS + 100_000,
    rules: [
      { rule: 'REQUESTS', denials: 1, firstDenialAtMs: START_MS + 100_000, peak: 4, peakAtMs: START_MS },
      { rule: 'CONCURRENCY', denials: 0, peak: 1 },
    ],
  })
})

test('reading begins with the longest window that the time begins in', () => {
  const fromMs = Date.parse('2026-11-18T12:34:56Z')
  const start = (policy: object) => new Date(runUpStartMs(canonical(policy), fromMs)).toISOString()
  const limits = [{ unit: 'TOKENS', window: 'HOUR', max: 2 }]
  expect(start({ limits })).toBe('2026-11-18T12:00:00.000Z')
  expect(start({ limits, budgets: [{ window: 'WEEK', limitUsd: '1' }] })).toBe('2026-11-16T00:00:00.000Z')
  expect(start({ budgets: [{ window: 'TOTAL', limitUsd: '1' }] })).toBe('2026-11-18T12:34:56.000Z')
  expect(start({ concurrency: { maxCalls: 1 } })).toBe('2026-11-18T12:34:56.000Z')
})

test('a form is judged by its model, and counted for it', () => {
  const limits = [{ unit: 'REQUESTS', window: 'MINUTE', max: 1, model: 'whisper*' }]
  const form = { model: 'whisper-1', endpoint: '/v1/audio/transcriptions' }
  expect(run({ limits }, [form, form])).toMatchObject({ denied: 1, rules: [{ peak: 2 }] })
  expect(run({ limits, models: { deny: ['whisper*'] } }, [form, form]).denied).toBe(2)
})

test('a call without a price is denied by a budget that denies unpriced calls', () => {
  const unpriced = [{ costNanoUsd: null }]
  expect(run({ budgets: [{ window: 'DAY', limitUsd: '1' }] }, unpriced)).toMatchObject({
    denied: 1,
    rules: [{ unpriced: 1 }],
  })
  expect(run({ budgets: [{ window: 'DAY', limitUsd: '1', unpriced: 'ALLOW' }] }, unpriced).denied).toBe(0)
})

const MODELS = ['gpt-4o', 'o1', null]
const anyLimit = fc.record({
  unit: fc.constantFrom('REQUESTS', 'TOKENS'),
  window: fc.constantFrom(...LIMIT_WINDOWS),
  max: fc.integer({ min: 1, max: 30 }),
  model: fc.constantFrom(null, 'gpt*', 'o1'),
})
const anyCall = fc.record({
  waitMs: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 0, max: 40_000_000 })),
  durationMs: fc.integer({ min: 0, max: 120_000 }),
  model: fc.constantFrom(...MODELS),
  tokens: fc.integer({ min: 0, max: 12 }),
})

test('agrees with counting every window anew for every call', () => {
  const limits = fc.uniqueArray(anyLimit, {
    maxLength: 5,
    selector: ({ unit, window, model }) => `${unit} ${window} ${model}`,
  })
  const policies = fc.record({
    limits,
    concurrency: fc.option(fc.record({ maxCalls: fc.integer({ min: 1, max: 4 }) })),
    models: fc.option(fc.constant({ deny: ['o1'] })),
  })
  fc.assert(
    fc.property(policies, fc.array(anyCall, { maxLength: 60 }), (policy, calls) => {
      fc.pre(policy.limits.length > 0 || policy.concurrency !== null || policy.models !== null)
      let atMs = START_MS
      const inTime = calls.map(({ waitMs, ...call }) => {
        atMs += waitMs
        return { ...past, ...call, atMs }
      })
      const { calls: count, denied, rules } = run(policy, inTime)
      const counted = rules.map((rule) => ({ ...rule, denials: 0, peak: rule.peak === null ? null : 0 }))
      const admitted: PastCall[] = []
      let refused = 0
      for (const [at, call] of inTime.entries()) {
        const seen = inTime.slice(0, at + 1)
        for (const rule of counted) {
          if (rule.peak !== null) rule.peak = Math.max(rule.peak, usedOf(rule, seen, call))
        }
        const rule = counted.find((one) => says(one, [...admitted, call], call))
        if (rule === undefined) admitted.push(call)
        else {
          rule.denials++
          refused++
        }
      }
      expect([count, denied]).toEqual([calls.length, refused])
      expect(rules.map(({ denials, peak }) => [denials, peak])).toEqual(
        counted.map(({ denials, peak }) => [denials, peak]),
      )
    }),
    { numRuns: 300 },
  )
})

/** What calls take of a rule at the time of one of them. */
function usedOf({ rule, window, model }: RuleOutcome, calls: PastCall[], { atMs }: PastCall): number {
  if (rule === 'CONCURRENCY')
    return calls.filter((one) => one.atMs + one.durationMs > atMs || one === calls.at(-1)).length
  const counting = LIMIT_WINDOWS.find((each) => each === window)
  const startMs = counting === undefined ? 0 : limitWindowAt(counting, atMs).startMs
  return calls
    .filter((one) => one.atMs >= startMs)
    .filter((one) => model === null || isOf(model, one.model))
    .reduce((sum, one) => sum + (rule === 'TOKENS' ? one.tokens : 1), 0)
}

/** Whether a rule denies the last of these calls, where the others were admitted. */
function says(outcome: RuleOutcome, calls: PastCall[], call: PastCall): boolean {
  if (outcome.rule === 'MODEL') return call.model === null || call.model === 'o1'
  if (outcome.rule === 'TOKENS' && call.tokens === 0) return false
  if (outcome.model !== null && !isOf(outcome.model, call.model)) return false
  return usedOf(outcome, calls, call) > (outcome.limit ?? 0)
}

function isOf(pattern: string, model: string | null): boolean {
  return model !== null && (pattern === 'gpt*' ? model.startsWith('gpt') : model === pattern)
}
