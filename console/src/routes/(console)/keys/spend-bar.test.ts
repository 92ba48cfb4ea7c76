import { expect, test } from 'vitest'
import { spendBar } from './spend-bar.ts'

const budget = (window: 'DAY' | 'WEEK' | 'MONTH' | 'TOTAL', spentUsd: string, limitUsd: string) =>
  ({ window, spentUsd, limitUsd, usedPercent: (Number(spentUsd) / Number(limitUsd)) * 100 }) as never

test('shows the month beside the budget of another window, which is named', () => {
  const budgetUsage = [budget('MONTH', '12.4', '60'), budget('DAY', '0.8', '2')]
  expect(spendBar({ budgetUsage, monthSpendUsd: '12.4' })).toEqual({
    used: 0.8,
    limit: 2,
    text: '$12.40',
    shareOf: 'day budget',
    spoken: '$0.80 of $2 a day',
    exact: '$0.80 of $2.00 a day. This month: $12.40.',
  })
})

test('shows the month of its own budget', () => {
  const budgetUsage = [budget('MONTH', '12.4', '20'), budget('TOTAL', '50', '500')]
  expect(spendBar({ budgetUsage, monthSpendUsd: '12.4' })).toMatchObject({
    used: 12.4,
    text: '$12.40 of $20',
    spoken: '$12.40 of $20',
  })
  expect(spendBar({ budgetUsage, monthSpendUsd: '12.4' })).not.toHaveProperty('shareOf')
})

test('has none without a budget', () => {
  expect(spendBar({ budgetUsage: [], monthSpendUsd: '3' })).toBeNull()
})
