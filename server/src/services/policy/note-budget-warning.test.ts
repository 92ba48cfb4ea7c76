import { expect, test } from 'vitest'
import type { Verdict } from '../../domain/policy/verdict.ts'
import { budgetWarning } from './note-budget-warning.ts'

test('a warning reports what was spent, without what in-flight calls have reserved', () => {
  const verdict: Verdict = {
    rule: 'BUDGET',
    mode: 'ENFORCE',
    refusal: null,
    window: 'MONTH',
    model: 'gpt-*',
    limit: 10_000_000_000,
    used: 9_500_000_000,
    reserved: 1_500_000_000,
    remaining: 500_000_000,
    requested: null,
    resetsAtMs: null,
  }
  expect(budgetWarning(verdict)).toEqual({ window: 'MONTH', model: 'gpt-*', spentUsd: '8', limitUsd: '10' })
})
