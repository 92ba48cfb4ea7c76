import type { RuleVerdict } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { gaugedCalls, gaugedRules } from './gauged-rules.ts'

const limitOf = (model: string) => ({ unit: 'REQUESTS', window: 'DAY', max: 9, model }) as const
const verdictOf = (model: string | undefined) =>
  ({ rule: 'REQUESTS', window: 'DAY', model: model ?? null, limit: 9, limitUsd: null }) as RuleVerdict

test('asks about each model that a rule names, once', () => {
  const limits = ['gpt-5*', '*', 'gpt-5*'].map(limitOf)
  const budgets = [
    { window: 'DAY', limitUsd: '1' },
    { window: 'DAY', limitUsd: '1', model: 'o4' },
  ] as const
  expect(gaugedCalls({ limits, budgets })).toEqual([{}, { model: 'gpt-5' }, { model: 'x' }, { model: 'o4' }])
  expect(gaugedCalls(null)).toEqual([{}])
})

test('has the rule of every model, however many there are, and asks eight at a time', async () => {
  const limits = Array.from({ length: 24 }, (_, at) => limitOf(`model-${at}`))
  let open = 0
  let most = 0
  const rules = await gaugedRules(gaugedCalls({ limits }), async ({ model }) => {
    most = Math.max(most, ++open)
    await Promise.resolve()
    open--
    return { verdicts: [verdictOf(undefined), verdictOf(model), { ...verdictOf(model), limit: null }] }
  })
  expect(rules).toHaveLength(25)
  expect(most).toBe(8)
})
