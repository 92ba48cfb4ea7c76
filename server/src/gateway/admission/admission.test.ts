import fc from 'fast-check'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { compilePolicy } from '../../domain/policy/compile-policy.ts'
import { readKeyPolicy } from '../../domain/policy/input/read-key-policy.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import { DAY_MS } from '../../domain/time.ts'
import type { KnownUsage, WantedUsage } from '../../ledger/usage/key-usage.ts'
import { type Admission, createAdmission, type Denial, type GovernedKey } from './admission.ts'
import type { Reservation } from './reservation.ts'

const MINUTE_MS = 60_000
const START_MS = Date.parse('2026-11-22T12:00:00Z')
const NOTHING: KnownUsage = { requests: 0, tokens: 0, costNanoUsd: 0 }

let nowMs = START_MS
let monotonicMs = 0
let loads: { keyId: number; wanted: WantedUsage[] }[] = []
let ledger: (wanted: WantedUsage) => KnownUsage | Promise<KnownUsage> = () => NOTHING
let warnings: Verdict[] = []

beforeEach(() => {
  nowMs = START_MS
  monotonicMs = 0
  loads = []
  ledger = () => NOTHING
  warnings = []
})

function pass(ms: number): void {
  nowMs += ms
  monotonicMs += ms
}

function engine(options: { keysMax?: number } = {}): Admission {
  return createAdmission({
    clock: () => nowMs,
    monotonic: () => monotonicMs,
    load: async (keyId, wanted) => {
      loads.push({ keyId, wanted })
      return Promise.all(wanted.map(ledger))
    },
    onWarning: (_, verdict) => warnings.push(verdict),
    ...options,
  })
}

function keyWith(policy: unknown, { id = 1, revision = 1 } = {}): GovernedKey {
  const read = readKeyPolicy(policy)
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return { id, revision, policy: read.value === null ? null : compilePolicy(read.value) }
}

const call: AdmissionRequest = {
  address: '192.0.2.7',
  endpoint: '/v1/chat/completions',
  usesModel: true,
  model: 'gpt-4o',
  tokens: 100,
  costNanoUsd: 1_000,
}

const requests = (max: number, more: object = {}) => ({ unit: 'REQUESTS', window: 'MINUTE', max, ...more })
const tokens = (max: number, more: object = {}) => ({ unit: 'TOKENS', window: 'MINUTE', max, ...more })
const budget = (limitUsd: string, more: object = {}) => ({ window: 'DAY', limitUsd, ...more })

function admitted(responses: (Reservation | Denial)[]): Reservation[] {
  return responses.filter((response) => response.admitted)
}

async function reserve(admission: Admission, key: GovernedKey, request = call): Promise<Reservation> {
  const response = await admission.admit(key, request)
  if (!response.admitted) throw new Error(`denied: ${JSON.stringify(response.verdict)}`)
  return response
}

async function refusal(admission: Admission, key: GovernedKey, request = call): Promise<Verdict> {
  const response = await admission.admit(key, request)
  if (response.admitted) throw new Error('admitted')
  return response.verdict
}

/** What remains under each counting rule, by its name. */
async function remaining(admission: Admission, key: GovernedKey, request = call) {
  const verdicts = await admission.explain(key, request)
  return Object.fromEntries(verdicts.map((verdict) => [verdict.rule, verdict.remaining]))
}

describe('of 400 concurrent calls', () => {
  test.for([
    ['a limit of requests', { limits: [requests(60)] }, 60],
    ['a limit of tokens', { limits: [tokens(3_050)] }, 30],
    ['a limit of calls at once', { concurrency: { maxCalls: 17 } }, 17],
    ['a budget', { budgets: [budget('0.000123456')] }, 123],
    ['a limit for the model', { limits: [requests(9, { model: 'gpt-4*' })] }, 9],
    ['the tightest of several', { limits: [requests(40), tokens(2_000)], budgets: [budget('0.000030')] }, 20],
  ] as const)('%s lets in exactly its number', async ([, policy, expected]) => {
    const admission = engine()
    const key = keyWith(policy)
    const responses = await Promise.all(Array.from({ length: 400 }, () => admission.admit(key, call)))
    expect(admitted(responses)).toHaveLength(expected)
    expect(loads.length).toBeLessThanOrEqual(1)
  })

  test('what was used before a restart counts against the limit', async () => {
    ledger = () => ({ requests: 55, tokens: 0, costNanoUsd: 0 })
    const admission = engine()
    const key = keyWith({ limits: [requests(60)] })
    const responses = await Promise.all(Array.from({ length: 400 }, () => admission.admit(key, call)))
    expect(admitted(responses)).toHaveLength(5)
  })
})

describe('a budget', () => {
  test('is never exceeded by 200 concurrent calls that use all they reserved', async () => {
    const admission = engine()
    const key = keyWith({ budgets: [budget('0.0001')] })
    const responses = await Promise.all(Array.from({ length: 200 }, () => admission.admit(key, call)))
    for (const held of admitted(responses)) held.settle({ tokens: 100, costNanoUsd: 1_000 })
    expect(admitted(responses)).toHaveLength(100)
    expect(await remaining(admission, key)).toEqual({ BUDGET: 0 })
  })

  test('releases what a call did not use, and charges what it used more', async () => {
    const admission = engine()
    const key = keyWith({ budgets: [budget('0.000010')] })
    const first = await reserve(admission, key)
    const second = await reserve(admission, key)
    expect(await remaining(admission, key)).toEqual({ BUDGET: 8_000 })
    first.settle({ tokens: 1, costNanoUsd: 10 })
    expect(await remaining(admission, key)).toEqual({ BUDGET: 8_990 })
    second.settle({ tokens: 1, costNanoUsd: 9_500 })
    expect(await remaining(admission, key)).toEqual({ BUDGET: 490 })
    expect(await refusal(admission, key)).toMatchObject({ rule: 'BUDGET', refusal: 'EXHAUSTED', used: 9_510 })
  })

  test('of several, the denial that lasts longest is reported', async () => {
    const admission = engine()
    const key = keyWith({ budgets: [budget('0.000001'), budget('0.0000011', { window: 'MONTH' })] })
    await reserve(admission, key)
    expect(await refusal(admission, key)).toMatchObject({
      window: 'MONTH',
      resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
    })
  })

  test('denies a call whose price is not known, unless it says otherwise', async () => {
    const admission = engine()
    const unpriced = { ...call, costNanoUsd: null }
    const strict = keyWith({ budgets: [budget('1')] })
    expect(await refusal(admission, strict, unpriced)).toMatchObject({
      refusal: 'PRICE_UNKNOWN',
      requested: null,
    })
    const lenient = keyWith({ budgets: [budget('1', { unpriced: 'ALLOW' })] }, { id: 2 })
    const held = await reserve(admission, lenient, unpriced)
    held.settle({ tokens: 100, costNanoUsd: 0 })
    expect(await remaining(admission, lenient)).toEqual({ BUDGET: 1_000_000_000 })
  })

  test('warns once a window when its share is spent', async () => {
    const admission = engine()
    const key = keyWith({ budgets: [budget('0.000010', { warnAtPercent: 20 })] })
    for (let calls = 0; calls < 5; calls++) {
      const held = await reserve(admission, key)
      expect(warnings).toHaveLength(calls >= 2 ? 1 : 0)
      held.settle({ tokens: 1, costNanoUsd: 1_000 })
    }
    expect(warnings).toMatchObject([{ rule: 'BUDGET', used: 2_000, limit: 10_000 }])
    pass(DAY_MS)
    const next = await reserve(admission, key)
    next.settle({ tokens: 1, costNanoUsd: 5_000 })
    expect(warnings).toHaveLength(2)
  })

  test('does not warn a second time for what was spent before a restart', async () => {
    ledger = () => ({ requests: 0, tokens: 0, costNanoUsd: 3_000 })
    const admission = engine()
    const held = await reserve(admission, keyWith({ budgets: [budget('0.000010', { warnAtPercent: 20 })] }))
    held.settle({ tokens: 1, costNanoUsd: 1_000 })
    expect(warnings).toEqual([])
  })
})

describe('a call that ends', () => {
  const policy = {
    limits: [requests(10), tokens(1_000)],
    budgets: [budget('0.000010')],
    concurrency: { maxCalls: 5 },
  }

  test('released, changes nothing', async () => {
    const admission = engine()
    const key = keyWith(policy)
    const before = await admission.explain(key, call)
    const held = await reserve(admission, key)
    expect(await admission.explain(key, call)).not.toEqual(before)
    held.release()
    held.release()
    held.settle({ tokens: 5, costNanoUsd: 5 })
    expect(await admission.explain(key, call)).toEqual(before)
  })

  test('settled, counts once, however often it ends', async () => {
    const admission = engine()
    const key = keyWith(policy)
    const held = await reserve(admission, key)
    held.settle({ tokens: 40, costNanoUsd: 300 })
    held.settle({ tokens: 40, costNanoUsd: 300 })
    held.release()
    expect(await remaining(admission, key)).toEqual({
      REQUESTS: 9,
      TOKENS: 960,
      BUDGET: 9_700,
      CONCURRENCY: 5,
    })
  })

  test('after its window, is not counted in the next', async () => {
    const admission = engine()
    const key = keyWith(policy)
    const settled = await reserve(admission, key)
    const released = await reserve(admission, key)
    pass(MINUTE_MS)
    await reserve(admission, key)
    settled.settle({ tokens: 500, costNanoUsd: 2_000 })
    released.release()
    // The minute is a new one; the day is not.
    expect(await remaining(admission, key)).toEqual({
      REQUESTS: 9,
      TOKENS: 900,
      BUDGET: 7_000,
      CONCURRENCY: 4,
    })
  })
})

describe('a window', () => {
  const key = keyWith({ limits: [requests(1)] })

  test('that ends admits calls again, from the instant of its end', async () => {
    const admission = engine()
    await reserve(admission, key)
    pass(MINUTE_MS - 1)
    expect(await refusal(admission, key)).toMatchObject({
      used: 1,
      limit: 1,
      resetsAtMs: START_MS + MINUTE_MS,
    })
    pass(1)
    await reserve(admission, key)
  })

  test('is not emptied by a clock that is set back, nor for long', async () => {
    const admission = engine()
    await reserve(admission, key)
    nowMs -= DAY_MS
    expect(await refusal(admission, key)).toMatchObject({ resetsAtMs: START_MS - DAY_MS + MINUTE_MS })
    pass(MINUTE_MS)
    await reserve(admission, key)
  })

  test('is emptied once by a clock that is set ahead and back', async () => {
    const admission = engine()
    await reserve(admission, key)
    nowMs += DAY_MS
    await reserve(admission, key)
    nowMs -= DAY_MS
    expect(await refusal(admission, key)).toMatchObject({ refusal: 'EXHAUSTED' })
    nowMs += DAY_MS
    expect(await refusal(admission, key)).toMatchObject({ refusal: 'EXHAUSTED' })
    nowMs -= DAY_MS
    pass(MINUTE_MS)
    await reserve(admission, key)
  })

  test('a clock that was ahead by a month holds a day for no longer than the day', async () => {
    const admission = engine()
    const daily = keyWith({ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] })
    nowMs += 30 * DAY_MS
    await reserve(admission, daily)
    nowMs -= 30 * DAY_MS
    await refusal(admission, daily)
    pass(DAY_MS / 2)
    await reserve(admission, daily)
  })
})

describe('rules about the call alone', () => {
  test.for([
    ['ADDRESS', { addresses: { allow: ['10.0.0.0/8'] } }, call, 'NOT_ALLOWED'],
    ['ADDRESS', { addresses: { allow: ['10.0.0.0/8'] } }, { ...call, address: null }, 'NOT_ALLOWED'],
    ['ENDPOINT', { endpoints: { allow: ['/v1/embeddings'] } }, call, 'NOT_ALLOWED'],
    ['MODEL', { models: { allow: ['gpt-3*'] } }, call, 'NOT_ALLOWED'],
    ['MODEL', { models: { allow: ['*'], deny: ['GPT-4*'] } }, call, 'DENIED_BY_NAME'],
    ['MODEL', { models: { deny: ['gpt-3*'] } }, { ...call, model: null }, 'MODEL_NOT_NAMED'],
  ] as const)('%s: %j', async ([rule, policy, request, expected]) => {
    const verdict = await refusal(engine(), keyWith(policy), request)
    expect(verdict).toMatchObject({ rule, refusal: expected, limit: null, resetsAtMs: null })
    // None of them needs the ledger.
    expect(loads).toEqual([])
  })

  test('admit what they name', async () => {
    const policy = {
      addresses: { allow: ['192.0.2.0/24'] },
      endpoints: { allow: ['/v1/chat/*', '/v1/files'] },
      models: { allow: ['gpt-4*'], deny: ['gpt-4-32k'] },
    }
    const admission = engine()
    await reserve(admission, keyWith(policy))
    await reserve(admission, keyWith(policy), { ...call, address: '::ffff:192.0.2.9', model: 'GPT-4o-mini' })
    await reserve(admission, keyWith(policy), {
      ...call,
      endpoint: '/v1/files',
      usesModel: false,
      model: null,
    })
  })
})

describe('a rule in shadow mode', () => {
  test('denies nothing and reports what it would have done', async () => {
    const admission = engine()
    const key = keyWith({
      limits: [requests(1, { mode: 'SHADOW' }), requests(3)],
      models: { allow: ['x'], mode: 'SHADOW' },
      concurrency: { maxCalls: 1, mode: 'SHADOW' },
    })
    const first = await reserve(admission, key)
    expect(first.shadow.map(({ rule }) => rule)).toEqual(['MODEL'])
    const second = await reserve(admission, key)
    expect(second.shadow.map(({ rule, used }) => [rule, used])).toEqual([
      ['MODEL', null],
      ['REQUESTS', 1],
      ['CONCURRENCY', 1],
    ])
    await reserve(admission, key)
    const fourth = await admission.admit(key, call)
    expect(fourth).toMatchObject({
      admitted: false,
      verdict: { rule: 'REQUESTS', mode: 'ENFORCE', limit: 3 },
    })
  })
})

describe('loading', () => {
  const key = keyWith({
    limits: [requests(2)],
    budgets: [budget('1', { window: 'MONTH', timeZone: 'Asia/Shanghai' })],
  })

  test('requests the usage since each window began, by model where a rule names one', async () => {
    await reserve(
      engine(),
      keyWith({
        ...{ limits: [tokens(500, { model: 'gpt-4*' })] },
        budgets: [budget('1', { window: 'MONTH', timeZone: 'Asia/Shanghai' })],
      }),
    )
    expect(loads).toEqual([
      {
        keyId: 1,
        wanted: [
          { sinceMs: Date.parse('2026-10-31T16:00:00Z'), model: null, money: true },
          { sinceMs: START_MS, model: 'gpt-4*', money: false },
        ],
      },
    ])
  })

  test('happens once, and later calls are decided at once', async () => {
    const admission = engine()
    await Promise.all([admission.admit(key, call), admission.admit(key, call)])
    expect(loads).toHaveLength(1)
    expect(admission.admit(key, call)).not.toBeInstanceOf(Promise)
  })

  test('that fails fails the calls that wait, and the next call tries again', async () => {
    const admission = engine()
    ledger = () => Promise.reject(new Error('away'))
    const waiting = [admission.admit(key, call), admission.admit(key, call)]
    await expect(Promise.allSettled(waiting)).resolves.toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ])
    expect(admission.size()).toBe(0)
    ledger = () => NOTHING
    await reserve(admission, key)
    expect(loads).toHaveLength(2)
  })

  test('that lasts longer than its window counts nothing of it in the next', async () => {
    const admission = engine()
    ledger = () => {
      pass(MINUTE_MS)
      return { requests: 2, tokens: 0, costNanoUsd: 0 }
    }
    await reserve(admission, keyWith({ limits: [requests(2)] }))
  })

  test('is not needed for a key without a policy', () => {
    const response = engine().admit(keyWith(null), call)
    expect(response).toMatchObject({ admitted: true, shadow: [] })
    expect(loads).toEqual([])
  })
})

describe('a change of the policy', () => {
  test('keeps what was counted, and applies from the next call on', async () => {
    const admission = engine()
    await reserve(admission, keyWith({ limits: [requests(10)] }))
    await reserve(admission, keyWith({ limits: [requests(10)] }))
    const tighter = keyWith({ limits: [requests(2)] }, { revision: 2 })
    admission.announce(tighter)
    // An older copy of the key does not bring the older policy back.
    expect(await refusal(admission, keyWith({ limits: [requests(10)] }))).toMatchObject({ limit: 2, used: 2 })
    expect(loads).toHaveLength(1)
  })

  test('loads what it newly counts, with the in-flight calls', async () => {
    const admission = engine()
    const held = await reserve(admission, keyWith({ limits: [requests(10)] }))
    ledger = () => ({ requests: 0, tokens: 700, costNanoUsd: 0 })
    const key = keyWith({ limits: [requests(10), tokens(1_000)] }, { revision: 2 })
    expect(await remaining(admission, key)).toEqual({ REQUESTS: 9, TOKENS: 200 })
    held.settle({ tokens: 30, costNanoUsd: 0 })
    expect(await remaining(admission, key)).toEqual({ REQUESTS: 9, TOKENS: 270 })
  })

  test('reads the ledger again where a call ended meanwhile, since it is not known whether the total includes it', async () => {
    const admission = engine()
    const held = await reserve(admission, keyWith({ limits: [requests(10)] }))
    let recorded = 0
    ledger = () => {
      const sum = { ...NOTHING, tokens: recorded }
      held.settle({ tokens: 30, costNanoUsd: 0 })
      recorded = 30
      return sum
    }
    const key = keyWith({ limits: [tokens(1_000)] }, { revision: 2 })
    expect(await remaining(admission, key)).toEqual({ TOKENS: 970 })
    // One for the first policy, two for the second.
    expect(loads).toHaveLength(3)
  })

  test('during a load is the one that waiting calls are judged by', async () => {
    const admission = engine()
    const waiting = admission.admit(keyWith({ limits: [requests(10)] }), call)
    admission.announce(keyWith({ models: { allow: ['x'] } }, { revision: 2 }))
    expect(await waiting).toMatchObject({ admitted: false, verdict: { rule: 'MODEL' } })
  })

  test('to none forgets the key', async () => {
    const admission = engine()
    const held = await reserve(admission, keyWith({ limits: [requests(10)] }))
    admission.announce(keyWith(null, { revision: 2 }))
    expect(admission.size()).toBe(1)
    held.release()
    admission.announce(keyWith(null, { revision: 2 }))
    expect(admission.size()).toBe(0)
  })
})

describe('memory', () => {
  const policy = { limits: [requests(100)] }

  test('is bounded, and the keys that are used most stay', async () => {
    const admission = engine({ keysMax: 4 })
    for (let id = 1; id <= 50; id++) {
      const held = await reserve(admission, keyWith(policy, { id }))
      held.settle({ tokens: 1, costNanoUsd: 0 })
      await reserve(admission, keyWith(policy, { id: 1 })).then((one) => one.release())
      expect(admission.size()).toBeLessThanOrEqual(4)
    }
    expect(loads.filter(({ keyId }) => keyId === 1).length).toBeLessThan(10)
  })

  test('never loses an in-flight call', async () => {
    const admission = engine({ keysMax: 2 })
    const held = await Promise.all([1, 2, 3].map((id) => reserve(admission, keyWith(policy, { id }))))
    expect(admission.size()).toBe(3)
    for (const one of held) one.settle({ tokens: 1, costNanoUsd: 0 })
    await reserve(admission, keyWith(policy, { id: 4 }))
    expect(admission.size()).toBeLessThanOrEqual(2)
  })
})

test('the headers report the tightest limit that is enforced', async () => {
  const admission = engine()
  const key = keyWith({
    limits: [
      requests(10),
      { unit: 'REQUESTS', window: 'DAY', max: 5 },
      requests(1, { mode: 'SHADOW' }),
      requests(1, { model: 'other' }),
      tokens(900),
    ],
  })
  pass(1_000)
  const { limits } = await reserve(admission, key)
  expect(limits).toEqual({
    requests: { limit: 5, remaining: 4, resetsInMs: 12 * 3_600_000 - 1_000 },
    tokens: { limit: 900, remaining: 800, resetsInMs: 59_000 },
  })
  expect((await reserve(admission, keyWith(null))).limits).toEqual({ requests: null, tokens: null })
})

test('explain reserves nothing, and returns every rule’s verdict', async () => {
  const admission = engine()
  const key = keyWith({
    models: { deny: ['gpt-4o'] },
    limits: [requests(1), tokens(50)],
    concurrency: { maxCalls: 2 },
  })
  for (let times = 0; times < 3; times++) {
    const verdicts = await admission.explain(key, call)
    expect(verdicts.map(({ rule, refusal: why, remaining: left }) => [rule, why, left])).toEqual([
      ['MODEL', 'DENIED_BY_NAME', null],
      ['REQUESTS', null, 1],
      ['TOKENS', 'LARGER_THAN_LIMIT', 50],
      ['CONCURRENCY', null, 2],
    ])
  }
  expect(await admission.explain(keyWith(null, { id: 2 }), call)).toEqual([])
})

describe('whatever happens', () => {
  type Step = { kind: 'admit' | 'settle' | 'release' | 'pass'; amount: number; pick: number }
  const step: fc.Arbitrary<Step> = fc.record({
    kind: fc.constantFrom('admit', 'admit', 'admit', 'settle', 'release', 'pass'),
    amount: fc.integer({ min: 0, max: 400 }),
    pick: fc.nat(1_000),
  })

  test('no window has more than its limit, used and reserved, where calls keep to what they reserved', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80, size: 'max' }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, most) => {
          beforeEachRun()
          const admission = engine()
          const key = keyWith({
            limits: [requests(most), tokens(1_000)],
            budgets: [budget('0.000005')],
            concurrency: { maxCalls: 4 },
          })
          // The totals of a ledger: calls by the minute in which they were admitted.
          const held: { one: Reservation; minute: number; size: number }[] = []
          const byMinute = new Map<number, { requests: number; tokens: number }>()
          let spent = 0
          for (const { kind, amount, pick } of steps) {
            const minute = Math.floor(nowMs / MINUTE_MS)
            const totals = byMinute.get(minute) ?? { requests: 0, tokens: 0 }
            byMinute.set(minute, totals)
            if (kind === 'pass') pass(amount * 200)
            if (kind === 'admit') {
              const response = await admission.admit(key, { ...call, tokens: amount, costNanoUsd: amount })
              const wouldFit =
                totals.requests < most &&
                (amount === 0 || totals.tokens + amount <= 1_000) &&
                (amount === 0 || spent + amount <= 5_000) &&
                held.length < 4
              expect(response.admitted).toBe(wouldFit)
              if (!response.admitted) continue
              held.push({ one: response, minute, size: amount })
              totals.requests += 1
              totals.tokens += amount
              spent += amount
            }
            const [ended] =
              kind === 'settle' || kind === 'release' ? held.splice(pick % (held.length || 1), 1) : []
            if (ended === undefined) continue
            const then = byMinute.get(ended.minute)
            const actual = kind === 'settle' ? pick % (ended.size + 1) : 0
            if (kind === 'settle') ended.one.settle({ tokens: actual, costNanoUsd: actual })
            else ended.one.release()
            if (then === undefined) continue
            then.tokens -= ended.size - actual
            spent -= ended.size - actual
            if (kind === 'release') then.requests -= 1
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  test('clocks that jump block no limit for ever: a window after they stop, there is room', async () => {
    const jumps = fc.array(fc.integer({ min: -3 * DAY_MS, max: 3 * DAY_MS }), { maxLength: 20, size: 'max' })
    await fc.assert(
      fc.asyncProperty(
        jumps,
        fc.constantFrom(['MINUTE', MINUTE_MS] as const, ['HOUR', 60 * MINUTE_MS] as const),
        async (by, [window, lengthMs]) => {
          beforeEachRun()
          const admission = engine()
          const key = keyWith({ limits: [{ unit: 'REQUESTS', window, max: 1 }] })
          for (const ms of by) {
            nowMs += ms
            await admission.admit(key, call)
          }
          pass(2 * lengthMs)
          await admission.admit(key, call)
          pass(lengthMs)
          await reserve(admission, key)
        },
      ),
      { numRuns: 200 },
    )
  })

  function beforeEachRun(): void {
    nowMs = START_MS
    monotonicMs = 0
    loads = []
  }
})

test('a key in memory needs no timer and no promise', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout')
  const admission = engine()
  const key = keyWith({ limits: [requests(2)] })
  await reserve(admission, key)
  const response = admission.admit(key, call)
  expect(response).toHaveProperty('admitted', true)
  expect(timers).not.toHaveBeenCalled()
  timers.mockRestore()
})

describe('a call that is charged while it goes on', () => {
  const limit = (max: number, window = 'MINUTE') => keyWith({ limits: [{ unit: 'TOKENS', window, max }] })
  const admitted = async (admission: Admission, key: GovernedKey) => {
    const decision = await admission.admit(key, { ...call, tokens: 1 })
    if (!decision.admitted) throw new Error('denied')
    return decision
  }
  const used = async (admission: Admission, key: GovernedKey) => (await admission.explain(key, call))[0]?.used
  const use = (tokens: number) => ({ tokens, costNanoUsd: 0 })

  test('learns when its limit is spent, and counts once', async () => {
    const admission = engine()
    const key = limit(100)
    const hold = await admitted(admission, key)
    expect(await hold.charge(use(60))).toBeNull()
    expect(await used(admission, key)).toBe(61)
    expect(await hold.charge(use(50))).toMatchObject({ rule: 'TOKENS', refusal: 'EXHAUSTED', limit: 100 })
    hold.settle(use(115))
    expect(await used(admission, key)).toBe(115)
    expect(await hold.charge(use(1))).toBeNull()
    expect(await used(admission, key)).toBe(115)
  })

  test('counts in the window of each charge, and what is left at its end in that of the end', async () => {
    const admission = engine()
    const key = limit(100)
    const hold = await admitted(admission, key)
    await hold.charge(use(60))
    pass(MINUTE_MS)
    expect(await used(admission, key)).toBe(0)
    expect(await hold.charge(use(99))).toBeNull()
    expect(await hold.charge(use(1))).toMatchObject({ refusal: 'EXHAUSTED' })
    pass(MINUTE_MS)
    hold.settle(use(165))
    expect(await used(admission, key)).toBe(5)
  })

  test('keeps its charges where it is released, and in a counter that is loaded meanwhile', async () => {
    const admission = engine()
    const hold = await admitted(admission, limit(100))
    await hold.charge(use(60))
    const changed = keyWith({ limits: [{ unit: 'TOKENS', window: 'DAY', max: 100 }] }, { revision: 2 })
    expect(await used(admission, changed)).toBe(61)
    hold.release()
    expect(await used(admission, changed)).toBe(60)
  })
})
