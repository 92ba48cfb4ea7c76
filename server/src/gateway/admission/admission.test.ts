import { beforeEach, describe, expect, test, vi } from 'vitest'
import { DAY_MS } from '../../domain/time.ts'
import {
  admitted,
  budget,
  call,
  engine,
  fixture,
  keyWith,
  pass,
  refusal,
  remaining,
  requests,
  reserve,
  reset,
  tokens,
} from './admission-fixture.ts'

beforeEach(reset)

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
    expect(fixture.loads.length).toBeLessThanOrEqual(1)
  })

  test('what was used before a restart counts against the limit', async () => {
    fixture.ledger = () => ({ requests: 55, tokens: 0, costNanoUsd: 0 })
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
      expect(fixture.warnings).toHaveLength(calls >= 2 ? 1 : 0)
      held.settle({ tokens: 1, costNanoUsd: 1_000 })
    }
    expect(fixture.warnings).toMatchObject([{ rule: 'BUDGET', used: 2_000, limit: 10_000 }])
    pass(DAY_MS)
    const next = await reserve(admission, key)
    next.settle({ tokens: 1, costNanoUsd: 5_000 })
    expect(fixture.warnings).toHaveLength(2)
  })

  test('does not warn a second time for what was spent before a restart', async () => {
    fixture.ledger = () => ({ requests: 0, tokens: 0, costNanoUsd: 3_000 })
    const admission = engine()
    const held = await reserve(admission, keyWith({ budgets: [budget('0.000010', { warnAtPercent: 20 })] }))
    held.settle({ tokens: 1, costNanoUsd: 1_000 })
    expect(fixture.warnings).toEqual([])
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
    expect(fixture.loads).toEqual([])
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
