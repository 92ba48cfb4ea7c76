import { expect, it } from 'vitest'
import { allowsModel, effectivePolicy } from './effective-policy.ts'

const budget = { window: 'MONTH', limitUsd: '5', unpriced: 'DENY', timeZone: 'UTC', mode: 'ENFORCE' } as const
const limit = { unit: 'REQUESTS', window: 'MINUTE', max: 60, mode: 'ENFORCE' } as const

it('fills absent parts in from the defaults, and no others', () => {
  const defaults = { budgets: [budget], limits: [limit], models: { allow: ['a'] } }
  const asked = { budgets: [{ ...budget, limitUsd: '2' }], models: { allow: ['b'] } }
  expect(effectivePolicy(asked, defaults, null)).toMatchObject({
    budgets: [{ limitUsd: '2' }],
    limits: [limit],
    models: { allow: ['b'] },
  })
})

it('adds those rules of the ceiling that the key has none for; what only watches is none', () => {
  const ceiling = { budgets: [budget], limits: [limit], concurrency: { maxCalls: 4 } }
  const asked = { limits: [{ ...limit, max: 10 }], budgets: [{ ...budget, mode: 'SHADOW' as const }] }
  expect(effectivePolicy(asked, null, ceiling)).toMatchObject({
    limits: [{ max: 10 }],
    budgets: [{ mode: 'SHADOW' }, budget],
    concurrency: { maxCalls: 4 },
  })
})

it.each([
  [null, 'gpt-5', true],
  [{ models: { allow: ['gpt-5*'] } }, 'GPT-5-mini', true],
  [{ models: { allow: ['gpt-5'] } }, 'gpt-5-mini', false],
  [{ models: { allow: [], deny: ['gpt.5'] } }, 'gpt-5', true],
  [{ models: { allow: ['*'], deny: ['*-mini'] } }, 'gpt-5-mini', false],
  [{ models: { allow: ['a'], mode: 'SHADOW' as const } }, 'gpt-5', true],
])('under %j a call of %s is let through: %s', (policy, model, expected) => {
  expect(allowsModel(policy, model)).toBe(expected)
})
