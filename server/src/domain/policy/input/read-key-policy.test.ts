import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIMIT_UNITS, RULE_MODES } from '../key-policy.ts'
import { BUDGET_WINDOWS, LIMIT_WINDOWS } from '../windows.ts'
import { readKeyPolicy } from './read-key-policy.ts'

function read(input: unknown) {
  const result = readKeyPolicy(input)
  if (!result.ok) throw new Error(JSON.stringify(result.errors))
  return result.value
}

function problems(input: unknown): string[] {
  const result = readKeyPolicy(input)
  return result.ok ? [] : result.errors.map(({ code, field }) => `${code} ${field}`)
}

test.for([
  null,
  undefined,
  {},
  { limits: [], budgets: [], models: null },
  { models: { allow: [], deny: [] } },
])('%j restricts nothing', (input) => {
  expect(read(input)).toBeNull()
})

test('a policy is filled in, trimmed and put in order', () => {
  expect(
    read({
      models: { allow: [' GPT-4o ', 'gpt-4o', 'claude-*'] },
      endpoints: { allow: ['/v1/chat/completions'], mode: 'SHADOW' },
      addresses: { allow: ['10.1.2.3/8', '10.0.0.0/8', '::ffff:192.0.2.7'] },
      limits: [
        { unit: 'TOKENS', window: 'DAY', max: 5 },
        { unit: 'REQUESTS', window: 'MINUTE', max: 60, model: 'GPT-4*' },
      ],
      concurrency: { maxCalls: 3 },
      budgets: [{ window: 'MONTH', limitUsd: '20.00', timeZone: 'asia/shanghai', warnAtPercent: 80 }],
      capture: 'ERRORS',
      sharedObjects: true,
      selfRotation: true,
    }),
  ).toEqual({
    models: { allow: ['claude-*', 'gpt-4o'], deny: [], mode: 'ENFORCE' },
    endpoints: { allow: ['/v1/chat/completions'], mode: 'SHADOW' },
    addresses: { allow: ['10.0.0.0/8', '192.0.2.7'], mode: 'ENFORCE' },
    limits: [
      { unit: 'REQUESTS', window: 'MINUTE', max: 60, model: 'gpt-4*', mode: 'ENFORCE' },
      { unit: 'TOKENS', window: 'DAY', max: 5, model: null, mode: 'ENFORCE' },
    ],
    concurrency: { maxCalls: 3, mode: 'ENFORCE' },
    budgets: [
      {
        window: 'MONTH',
        limitUsd: '20',
        timeZone: 'Asia/Shanghai',
        warnAtPercent: 80,
        model: null,
        unpriced: 'DENY',
        mode: 'ENFORCE',
      },
    ],
    capture: 'ERRORS',
    sharedObjects: true,
    selfRotation: true,
  })
})

test('an amount may be a number', () => {
  expect(read({ budgets: [{ window: 'DAY', limitUsd: 0.5 }] })?.budgets[0]?.limitUsd).toBe('0.5')
})

describe('names the field of', () => {
  const limit = { unit: 'REQUESTS', window: 'MINUTE', max: 1 }
  const budget = { window: 'DAY', limitUsd: '1' }

  test.for<[unknown, string[]]>([
    ['x', ['INVALID policy']],
    [[], ['INVALID policy']],
    [{ limit: [] }, ['INVALID policy']],
    [{ models: { alow: ['a'] } }, ['INVALID policy.models']],
    [{ models: { allow: 'a' } }, ['INVALID policy.models.allow']],
    [{ models: { allow: ['a', ''] } }, ['REQUIRED policy.models.allow[1]']],
    [{ models: { allow: ['a b'] } }, ['INVALID policy.models.allow[0]']],
    [{ models: { deny: ['x'.repeat(201)] } }, ['TOO_LONG policy.models.deny[0]']],
    [{ models: { allow: Array(101).fill('a') } }, ['TOO_LONG policy.models.allow']],
    [{ models: { allow: ['a'], mode: 'enforce' } }, ['INVALID policy.models.mode']],
    [{ endpoints: { allow: [] } }, ['REQUIRED policy.endpoints.allow']],
    [{ endpoints: { allow: ['chat/completions'] } }, ['INVALID policy.endpoints.allow[0]']],
    [{ addresses: { allow: ['10.0.0.0/99'] } }, ['INVALID policy.addresses.allow[0]']],
    [{ addresses: {} }, ['REQUIRED policy.addresses.allow']],
    [
      { limits: [limit, { ...limit, max: 0 }] },
      ['OUT_OF_RANGE policy.limits[1].max', 'INVALID policy.limits[1]'],
    ],
    [{ limits: [{ ...limit, max: 1.5 }] }, ['OUT_OF_RANGE policy.limits[0].max']],
    [{ limits: [{ ...limit, max: '60' }] }, ['INVALID policy.limits[0].max']],
    [{ limits: [{ ...limit, max: undefined }] }, ['REQUIRED policy.limits[0].max']],
    [{ limits: [{ ...limit, max: Number.NaN }] }, ['OUT_OF_RANGE policy.limits[0].max']],
    [{ limits: [{ max: 1 }] }, ['REQUIRED policy.limits[0].unit', 'REQUIRED policy.limits[0].window']],
    [{ limits: [{ ...limit, window: 'WEEK' }] }, ['INVALID policy.limits[0].window']],
    [{ limits: Array(25).fill(limit) }, ['TOO_LONG policy.limits']],
    [{ concurrency: { maxCalls: 100_001 } }, ['OUT_OF_RANGE policy.concurrency.maxCalls']],
    [{ budgets: [{ ...budget, limitUsd: '0' }] }, ['OUT_OF_RANGE policy.budgets[0].limitUsd']],
    [{ budgets: [{ ...budget, limitUsd: '-1' }] }, ['INVALID policy.budgets[0].limitUsd']],
    [{ budgets: [{ ...budget, limitUsd: '1000000.01' }] }, ['OUT_OF_RANGE policy.budgets[0].limitUsd']],
    [{ budgets: [{ ...budget, limitUsd: undefined }] }, ['REQUIRED policy.budgets[0].limitUsd']],
    [{ budgets: [{ ...budget, timeZone: 'Mars/Olympus' }] }, ['INVALID policy.budgets[0].timeZone']],
    [{ budgets: [{ ...budget, timeZone: '+02:00' }] }, ['INVALID policy.budgets[0].timeZone']],
    [{ budgets: [{ ...budget, warnAtPercent: 101 }] }, ['OUT_OF_RANGE policy.budgets[0].warnAtPercent']],
    [{ budgets: [budget, { ...budget, limitUsd: '2' }] }, ['INVALID policy.budgets[1]']],
    [{ capture: 'ALL' }, ['INVALID policy.capture']],
    [{ sharedObjects: 'yes' }, ['INVALID policy.sharedObjects']],
    [{ selfRotation: 1 }, ['INVALID policy.selfRotation']],
    [JSON.parse('{"__proto__": {"capture": "FULL"}}'), ['INVALID policy']],
    [{ constructor: 1 }, ['INVALID policy']],
  ])('%j', ([input, expected]) => {
    expect(problems(input)).toEqual(expected)
  })

  test('every problem, with what to do about it', () => {
    expect(readKeyPolicy({ concurrency: {}, capture: 'x' })).toEqual({
      ok: false,
      errors: [
        {
          code: 'REQUIRED',
          field: 'policy.concurrency.maxCalls',
          message: 'policy.concurrency.maxCalls must be a whole number from 1 to 100000.',
          bounds: { min: 1, max: 100_000 },
        },
        {
          code: 'INVALID',
          field: 'policy.capture',
          message: 'policy.capture must be one of OFF, METADATA, ERRORS, FULL.',
        },
      ],
    })
  })

  test('a limit in shadow beside the one in force is no repetition', () => {
    expect(problems({ limits: [limit, { ...limit, max: 5, mode: 'SHADOW' }] })).toEqual([])
  })
})

describe('whatever is sent', () => {
  test('nothing throws', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.constantFrom('models', 'limits', 'budgets', 'addresses'),
        (input, part) => {
          readKeyPolicy(input)
          readKeyPolicy({ [part]: input })
          readKeyPolicy({ [part]: [input] })
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a policy in canonical form stays as it is, through JSON too', () => {
    const mode = fc.constantFrom(...RULE_MODES)
    const model = fc.option(fc.stringMatching(/^[A-Za-z*-]{1,6}$/))
    const policy = fc.record({
      models: fc.option(fc.record({ allow: fc.array(fc.stringMatching(/^[A-Za-z*-]{1,6}$/)), mode })),
      addresses: fc.option(
        fc.record({ allow: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { minLength: 1 }), mode }),
      ),
      limits: fc.uniqueArray(
        fc.record({
          unit: fc.constantFrom(...LIMIT_UNITS),
          window: fc.constantFrom(...LIMIT_WINDOWS),
          max: fc.integer({ min: 1, max: 1e12 }),
          model,
          mode,
        }),
        {
          maxLength: 24,
          selector: (one) => `${one.unit} ${one.window} ${one.mode} ${one.model?.toLowerCase()}`,
        },
      ),
      budgets: fc.uniqueArray(
        fc.record({
          window: fc.constantFrom(...BUDGET_WINDOWS),
          limitUsd: fc.stringMatching(/^[1-9]\d{0,3}(\.\d{1,9})?$/),
          timeZone: fc.constantFrom('UTC', 'asia/calcutta', 'Europe/Berlin'),
          mode,
        }),
        { maxLength: 8, selector: (one) => `${one.window} ${one.timeZone} ${one.mode}` },
      ),
    })
    fc.assert(
      fc.property(policy, (input) => {
        const first = read(input)
        expect(read(JSON.parse(JSON.stringify(first)))).toEqual(first)
      }),
      { numRuns: 300 },
    )
  })
})
