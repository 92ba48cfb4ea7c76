// The windows that limits and budgets count in, with their texts.
import {
  BUDGET_WINDOWS,
  type BudgetWindow,
  LIMIT_WINDOWS,
  type LimitWindow,
} from '../../../domain/policy/windows.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

export const LimitWindowEnum = builder.enumType('LimitWindow', {
  description: 'A fixed window of UTC.',
  values: describedValues<LimitWindow>(LIMIT_WINDOWS, {
    MINUTE: 'Each minute.',
    HOUR: 'Each hour.',
    DAY: 'Each day, from midnight UTC on.',
  }),
})

export const BudgetWindowEnum = builder.enumType('BudgetWindow', {
  description: 'A calendar window, in the time zone of the budget.',
  values: describedValues<BudgetWindow>(BUDGET_WINDOWS, {
    DAY: 'Each day, from its midnight on.',
    WEEK: 'Each week, from Monday on.',
    MONTH: 'Each month, from the first on.',
    TOTAL: "The key's whole life: the budget is never reset.",
  }),
})

export const RuleWindowEnum = builder.enumType('RuleWindow', {
  description: 'The window in which a rule counts.',
  values: describedValues<LimitWindow | BudgetWindow>([...new Set([...LIMIT_WINDOWS, ...BUDGET_WINDOWS])], {
    MINUTE: 'A minute.',
    HOUR: 'An hour.',
    DAY: 'A day.',
    WEEK: 'A week, from Monday on.',
    MONTH: 'A month.',
    TOTAL: "The key's whole life.",
  }),
})
