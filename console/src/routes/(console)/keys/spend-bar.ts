// What the lists of keys and owners show of the money of each: always the month's spend, as its column says, beside the budget that is nearest to
// its end.
import type { ApiKeyActivity } from '@latchkey/sdk'
import { formatUsd, formatUsdLimit, formatUsdShort, usdNumber } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'
import { windowText } from '#lib/policy/policy-text.ts'
import { fullestBudget } from '#lib/usage/budget-bar.ts'

type BudgetUsage = ApiKeyActivity['budgetUsage'][number]

export type SpendBar = {
  used: number
  limit: number
  /** The month's spend; "$1.93 of $60" where the budget is one of the month. */
  text: string
  /** "day budget": of what the share is, where the text is not about it. */
  shareOf?: string
  /** The use of the budget, for screen readers. */
  spoken: string
  /** All of it, with every digit. */
  exact: string
}

/** Null where there is no budget. `monthSpendUsd`: a decimal of US dollars; null: it is not known. */
export function spendBar({
  budgetUsage,
  monthSpendUsd,
}: Pick<ApiKeyActivity, 'budgetUsage'> & { monthSpendUsd: string | null }) {
  const fullest = fullestBudget(budgetUsage)
  return fullest === undefined ? null : barOf(fullest, monthSpendUsd)
}

function barOf({ spentUsd, limitUsd, window }: BudgetUsage, monthSpendUsd: string | null): SpendBar {
  const short = { spent: formatUsdShort(spentUsd), limit: formatUsdLimit(limitUsd) }
  const spoken =
    window === 'MONTH' ? m.keys_spent_of(short) : m.label_used_of({ ...short, window: windowText(window) })
  return {
    used: usdNumber(spentUsd),
    limit: usdNumber(limitUsd),
    spoken,
    exact: m.keys_budget_exact({
      spent: formatUsd(spentUsd),
      limit: formatUsd(limitUsd),
      window: windowText(window),
      month: formatUsd(monthSpendUsd),
    }),
    ...(window === 'MONTH'
      ? { text: spoken }
      : { text: formatUsdShort(monthSpendUsd), shareOf: budgetNames[window]() }),
  }
}

const budgetNames: Record<Exclude<BudgetUsage['window'], 'MONTH'>, () => string> = {
  DAY: m.keys_budget_day,
  WEEK: m.keys_budget_week,
  TOTAL: m.keys_budget_total,
}
