import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BUDGET_WINDOWS, LIMIT_WINDOWS } from '../windows.ts'
import { policyOfNewKey, policyUnderCeiling, readPolicyCeiling } from './policy-ceiling.ts'
import { readKeyPolicy } from './read-key-policy.ts'

function canonical(input: unknown) {
  const read = readKeyPolicy(input)
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.value
}

function made(requested: unknown, defaults: unknown, ceiling: unknown) {
  return policyOfNewKey(canonical(requested), { defaults: canonical(defaults), ceiling: canonical(ceiling) })
}

const perMinute = (max: number, more: object = {}) => ({ unit: 'REQUESTS', window: 'MINUTE', max, ...more })
const perMonth = (limitUsd: string, more: object = {}) => ({ window: 'MONTH', limitUsd, ...more })

test('without settings a key gets what was requested', () => {
  expect(made(null, null, null)).toEqual({ ok: true, value: null })
  // What a key is not to share stays so, whatever new keys get by themselves.
  const defaults = { sharedObjects: true }
  expect(made(null, defaults, null)).toMatchObject({ value: { sharedObjects: true } })
  expect(made({ sharedObjects: false }, defaults, null)).toMatchObject({ value: { sharedObjects: false } })
  expect(made({ capture: 'OFF' }, null, null)).toMatchObject({ ok: true, value: { capture: 'OFF' } })
})

test('defaults stand in for the parts that are omitted', () => {
  const defaults = { limits: [perMinute(60)], models: { allow: ['gpt-*'] }, capture: 'OFF' }
  expect(made(null, defaults, null)).toEqual({ ok: true, value: canonical(defaults) })
  expect(made({ limits: [perMinute(5)] }, defaults, null)).toEqual({
    ok: true,
    value: canonical({ ...defaults, limits: [perMinute(5)] }),
  })
})

describe('a ceiling', () => {
  const ceiling = {
    limits: [perMinute(100), { unit: 'TOKENS', window: 'DAY', max: 1_000 }],
    budgets: [perMonth('50')],
    concurrency: { maxCalls: 10 },
  }

  test('becomes the rule where a key has none', () => {
    expect(made(null, null, ceiling)).toEqual({ ok: true, value: canonical(ceiling) })
    expect(made({ limits: [perMinute(7)], capture: 'FULL' }, null, ceiling)).toEqual({
      ok: true,
      value: canonical({ ...ceiling, limits: [perMinute(7), ceiling.limits[1]], capture: 'FULL' }),
    })
  })

  test('lets through what lies on it or below', () => {
    const requested = { ...ceiling, budgets: [perMonth('49.99', { timeZone: 'Asia/Shanghai' })] }
    expect(made(requested, null, ceiling)).toEqual({ ok: true, value: canonical(requested) })
  })

  test('names every number above it', () => {
    const requested = {
      limits: [{ unit: 'REQUESTS', window: 'HOUR', max: 9_999 }, perMinute(101)],
      budgets: [perMonth('50.01')],
      concurrency: { maxCalls: 11 },
    }
    expect(made(requested, null, ceiling)).toEqual({
      ok: false,
      errors: [
        {
          code: 'OUT_OF_RANGE',
          field: 'policy.limits[0].max',
          message:
            'policy.limits[0].max is above what this gateway allows a key: 100 requests per minute. Send that or less.',
          bounds: { max: 100 },
        },
        {
          code: 'OUT_OF_RANGE',
          field: 'policy.budgets[0].limitUsd',
          message:
            'policy.budgets[0].limitUsd is above what this gateway allows a key: 50 US dollars a month. Send that or less.',
          bounds: { max: 50 },
        },
        {
          code: 'OUT_OF_RANGE',
          field: 'policy.concurrency.maxCalls',
          message:
            'policy.concurrency.maxCalls is above what this gateway allows a key: 10 calls at once. Send that or less.',
          bounds: { max: 10 },
        },
      ],
    })
  })

  test('names a number by its place in what was sent', () => {
    const limits = [{ unit: 'TOKENS', window: 'DAY', max: 5 }, perMinute(101)]
    expect(policyUnderCeiling({ limits }, canonical(ceiling), 'defaultPolicy')).toMatchObject({
      ok: false,
      errors: [{ field: 'defaultPolicy.limits[1].max' }],
    })
  })

  test('is of numbers that are enforced, one of each kind', () => {
    expect(readPolicyCeiling({ ...ceiling, models: { allow: ['a'] }, capture: 'OFF' }, 'top')).toMatchObject({
      ok: false,
      errors: [
        { code: 'INVALID', field: 'top.models' },
        { code: 'INVALID', field: 'top.capture' },
      ],
    })
    const watching = {
      limits: [perMinute(5), { ...perMinute(4), mode: 'SHADOW' }],
      budgets: [perMonth('1'), perMonth('2', { timeZone: 'Asia/Tokyo' })],
      concurrency: { maxCalls: 1, mode: 'SHADOW' },
    }
    expect(readPolicyCeiling(watching, 'top')).toMatchObject({
      ok: false,
      errors: [{ field: 'top.limits[1].mode' }, { field: 'top.concurrency.mode' }, { field: 'top.budgets' }],
    })
    expect(readPolicyCeiling(ceiling, 'top')).toEqual({ ok: true, value: canonical(ceiling) })
    expect(readPolicyCeiling(null, 'top')).toEqual({ ok: true, value: null })
  })

  test('holds for every requested policy and for the defaults', () => {
    const mode = fc.constantFrom('ENFORCE', 'SHADOW')
    const limit = fc.record({
      unit: fc.constantFrom('REQUESTS', 'TOKENS'),
      window: fc.constantFrom(...LIMIT_WINDOWS),
      max: fc.integer({ min: 1, max: 9 }),
      model: fc.constantFrom(null, 'a*'),
      mode,
    })
    const budget = fc.record({
      window: fc.constantFrom(...BUDGET_WINDOWS),
      limitUsd: fc.constantFrom('1', '1.5', '2'),
      timeZone: fc.constantFrom('UTC', 'Asia/Shanghai'),
      unpriced: fc.constantFrom('DENY', 'ALLOW'),
      mode,
    })
    const policy = fc.record({
      limits: fc.uniqueArray(limit, { maxLength: 4, selector: ({ max, ...rest }) => JSON.stringify(rest) }),
      budgets: fc.uniqueArray(budget, {
        maxLength: 3,
        selector: ({ limitUsd, unpriced, ...rest }) => JSON.stringify(rest),
      }),
      concurrency: fc.option(fc.record({ maxCalls: fc.integer({ min: 1, max: 4 }), mode })),
    })
    fc.assert(
      fc.property(fc.option(policy), fc.option(policy), policy, (requested, defaults, top) => {
        fc.pre(readPolicyCeiling(top, 'top').ok)
        const result = made(requested, defaults, top)
        if (!result.ok) {
          expect(result.errors.every(({ code }) => code === 'OUT_OF_RANGE')).toBe(true)
          return
        }
        const [own, bound] = [result.value, canonical(top)]
        for (const most of bound?.limits ?? []) {
          const kept = own?.limits.filter((one) => {
            const isSame = one.unit === most.unit && one.window === most.window && one.model === most.model
            return isSame && one.mode === 'ENFORCE'
          })
          expect(kept?.length).toBeGreaterThan(0)
          expect(kept?.every(({ max }) => max <= most.max)).toBe(true)
        }
        for (const most of bound?.budgets ?? []) {
          const kept = own?.budgets.filter((one) => one.window === most.window && one.mode === 'ENFORCE')
          expect(kept?.length).toBeGreaterThan(0)
          expect(kept?.every(({ limitUsd }) => Number(limitUsd) <= Number(most.limitUsd))).toBe(true)
          if (most.unpriced === 'DENY') expect(kept?.every(({ unpriced }) => unpriced === 'DENY')).toBe(true)
        }
        if (bound?.concurrency) {
          expect(own?.concurrency?.mode).toBe('ENFORCE')
          expect(own?.concurrency?.maxCalls).toBeLessThanOrEqual(bound.concurrency.maxCalls)
        }
        // What a key has may be sent again, and stays.
        expect(policyUnderCeiling(own, bound)).toEqual(result)
      }),
      { numRuns: 500 },
    )
  })

  test('lets no budget let past calls without a price, where its own turns them away', () => {
    const budgets = [perMonth('1', { unpriced: 'ALLOW' })]
    expect(made({ budgets }, null, ceiling)).toMatchObject({
      ok: false,
      errors: [{ code: 'OUT_OF_RANGE', field: 'policy.budgets[0].unpriced' }],
    })
    expect(made({ budgets }, null, { budgets: [perMonth('1', { unpriced: 'ALLOW' })] })).toEqual({
      ok: true,
      value: canonical({ budgets }),
    })
    // A rule in shadow mode takes the place of no rule of the ceiling.
    expect(made({ budgets: [{ ...budgets[0], mode: 'SHADOW' }] }, null, ceiling)).toMatchObject({ ok: true })
  })

  test('is not kept by a rule that only watches, or is for one model', () => {
    const requested = { limits: [perMinute(5, { mode: 'SHADOW' }), perMinute(5, { model: 'gpt-4o' })] }
    const result = made(requested, null, ceiling)
    expect(result).toMatchObject({ ok: true })
    if (result.ok) expect(result.value?.limits).toContainEqual(canonical(ceiling)?.limits[0])
  })
})
