import type { KeyPolicyInput } from '@latchkey/sdk'
import { expect, it } from 'vitest'
import { usualModel } from './usual-model.ts'

const model = (name: string, price: object | null = {}, enabled = true) => ({ name, price, enabled }) as never
const published = [model('switched-off', {}, false), model('gpt-*'), model('unpriced', null), model('priced')]
const budget = { window: 'MONTH', limitUsd: '5', unpriced: 'DENY' } as const

it.each<[string, KeyPolicyInput | null, typeof published, string | null, string | undefined]>([
  ['the default model', null, published, 'gpt-5-mini', 'gpt-5-mini'],
  ['a published model before the built-in echo', null, published, 'echo', 'unpriced'],
  ['one with a price, where a budget asks for it', { budgets: [budget] }, published, 'echo', 'priced'],
  ['the echo where nothing is published', null, [], 'echo', 'echo'],
  ['the first that the rules admit', { models: { allow: ['pri*'] } }, published, 'gpt-5-mini', 'priced'],
  ['a name in its rule', { models: { allow: ['x-1'] } }, published, 'gpt-5-mini', 'x-1'],
  [
    'no name of its rule that another rule denies',
    { models: { allow: ['x-1'], deny: ['x-*'] } },
    published,
    null,
    undefined,
  ],
  ['not the echo, where its rule denies it', { models: { allow: ['claude-*'] } }, [], 'echo', undefined],
  [
    'no model without a price, where a budget denies those',
    { budgets: [budget], models: { allow: ['unpriced'] } },
    published,
    'unpriced',
    undefined,
  ],
  [
    'one without a price, where that budget only watches',
    { budgets: [{ ...budget, mode: 'SHADOW' }] },
    published,
    'echo',
    'unpriced',
  ],
  [
    'one without a price, where that budget counts another',
    { budgets: [{ ...budget, model: 'pri*' }] },
    published,
    'echo',
    'unpriced',
  ],
  [
    'no default that is switched off',
    { models: { allow: ['switched-off'] } },
    published,
    'switched-off',
    undefined,
  ],
  ['nothing, where nothing is known', null, [], null, undefined],
])('a key is tried with %s', (_title, policy, models, defaultModel, expected) => {
  expect(usualModel(policy, models, defaultModel)).toBe(expected)
})
