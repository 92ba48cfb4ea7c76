import { describe, expect, test } from 'vitest'
import { policyOfNewKey } from './policy-ceiling.ts'
import { readKeyPolicy } from './read-key-policy.ts'

function canonical(input: unknown) {
  const read = readKeyPolicy(input)
  if (!read.ok) throw new Error(JSON.stringify(read.errors))
  return read.value
}

function made(asked: unknown, defaults: unknown, ceiling: unknown) {
  return policyOfNewKey(canonical(asked), { defaults: canonical(defaults), ceiling: canonical(ceiling) })
}

const perMinute = (max: number, more: object = {}) => ({ unit: 'REQUESTS', window: 'MINUTE', max, ...more })
const perMonth = (limitUsd: string, more: object = {}) => ({ window: 'MONTH', limitUsd, ...more })

test('without settings a key gets what was asked for', () => {
  expect(made(null, null, null)).toEqual({ ok: true, value: null })
  expect(made({ capture: 'OFF' }, null, null)).toMatchObject({ ok: true, value: { capture: 'OFF' } })
})

test('defaults stand in for the parts that are left out', () => {
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
    const asked = { ...ceiling, budgets: [perMonth('49.99', { timeZone: 'Asia/Shanghai' })] }
    expect(made(asked, null, ceiling)).toEqual({ ok: true, value: canonical(asked) })
  })

  test('names every number above it', () => {
    const asked = {
      limits: [{ unit: 'REQUESTS', window: 'HOUR', max: 9_999 }, perMinute(101)],
      budgets: [perMonth('50.01')],
      concurrency: { maxCalls: 11 },
    }
    expect(made(asked, null, ceiling)).toEqual({
      ok: false,
      errors: [
        {
          code: 'OUT_OF_RANGE',
          field: 'policy.limits[0].max',
          message:
            'policy.limits[0].max is above what this gateway allows a key: 100 requests per minute. Send that or less.',
        },
        {
          code: 'OUT_OF_RANGE',
          field: 'policy.budgets[0].limitUsd',
          message:
            'policy.budgets[0].limitUsd is above what this gateway allows a key: 50 US dollars a month. Send that or less.',
        },
        {
          code: 'OUT_OF_RANGE',
          field: 'policy.concurrency.maxCalls',
          message:
            'policy.concurrency.maxCalls is above what this gateway allows a key: 10 calls at once. Send that or less.',
        },
      ],
    })
  })

  test('is not kept by a rule that only watches, or is for one model', () => {
    const asked = { limits: [perMinute(5, { mode: 'SHADOW' }), perMinute(5, { model: 'gpt-4o' })] }
    const result = made(asked, null, ceiling)
    expect(result).toMatchObject({ ok: true })
    if (result.ok) expect(result.value?.limits).toContainEqual(canonical(ceiling)?.limits[0])
  })
})
