import type { LabelLimit, LabelLimitUsage } from '@latchkey/sdk'
import { expect, test } from 'vitest'
import { budgetsByValue, limitsOfLabel } from './label-budgets.ts'

const limit = (id: string, name: string, value: string, enabled = true) =>
  ({ id, enabled, label: { name, value } }) as LabelLimit
const used = (id: string, usedPercent: number): LabelLimitUsage => ({
  id,
  monthSpendUsd: null,
  budgetUsage: [{ window: 'MONTH', timeZone: 'UTC', model: null, limitUsd: '1', spentUsd: '0', usedPercent }],
})

test('the values of a label have the budgets of all of its limits that are in force', () => {
  const all = [
    limit('1', 'env', 'prod'),
    limit('2', 'env', 'prod'),
    limit('3', 'env', 'dev'),
    limit('4', 'env', 'off', false),
    limit('5', 'team', 'prod'),
  ]
  const usage = new Map(['1', '2', '4', '5'].map((id, at) => [id, used(id, at)]))
  const budgets = budgetsByValue(limitsOfLabel(all, 'env'), usage)
  const percents = [...budgets].map(([value, each]) => [value, ...each.map(({ usedPercent }) => usedPercent)])
  expect(percents).toEqual([['prod', 0, 1], ['dev']])
})
