// What a bar of a budget shows: of a key, of an owner, or of the limits of a label.
import type { LabelLimitUsage } from '@latchkey/sdk'
import { formatUsd, formatUsdLimit, formatUsdShort, usdNumber } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'
import { windowText } from '#lib/policy/policy-text.ts'

/** What is used of a budget. */
export type UsedBudget = LabelLimitUsage['budgetUsage'][number]

/** The budget of which the largest share is used; undefined where none is enforced. */
export function fullestBudget(budgets: readonly UsedBudget[]): UsedBudget | undefined {
  return budgets.toSorted((a, b) => b.usedPercent - a.usedPercent)[0]
}

/** The label, the amounts and the texts of a bar; `exact` has every digit. */
export function budgetBar({ spentUsd, limitUsd, window, model }: UsedBudget, name: string) {
  const texts = (spent: string, limit: string) => {
    const inputs = { spent, limit, window: windowText(window) }
    return model ? m.label_used_of_model({ ...inputs, model }) : m.label_used_of(inputs)
  }
  return {
    label: m.label_budget_of({ name, window: windowText(window) }),
    used: usdNumber(spentUsd),
    limit: usdNumber(limitUsd),
    text: texts(formatUsdShort(spentUsd), formatUsdLimit(limitUsd)),
    exact: texts(formatUsd(spentUsd), formatUsd(limitUsd)),
  }
}
