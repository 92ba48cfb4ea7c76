// The windows of rate limits and of budgets. Their texts are in policy-text.ts.
import type { BudgetWindow, LimitWindow } from '@latchkey/sdk'

/** The limit of requests that the console proposes for each window, the shortest first. */
export const usualRequests: Readonly<Record<LimitWindow, number>> = { MINUTE: 60, HOUR: 1_000, DAY: 10_000 }

/** All of them, the shortest first. */
export const limitWindows = Object.keys(usualRequests) as readonly LimitWindow[]

/** Whether a rate limit can count in this window of a rule; null: the rule counts in none. */
export function isLimitWindow(window: string | null): window is LimitWindow {
  return window !== null && Object.hasOwn(usualRequests, window)
}

/** The place of each among those that the console proposes for another budget; the shortest window first. */
const proposalOrder: Readonly<Record<BudgetWindow, number>> = { DAY: 2, WEEK: 3, MONTH: 1, TOTAL: 4 }

/** All windows of budgets, the shortest first. */
export const budgetWindows = Object.keys(proposalOrder) as readonly BudgetWindow[]

/** The same, the one that most budgets have first. */
export const proposedBudgetWindows = budgetWindows.toSorted((a, b) => proposalOrder[a] - proposalOrder[b])

/** Whether a budget can count in this window of a rule; null: the rule counts in none. */
export function isBudgetWindow(window: string | null): window is BudgetWindow {
  return window !== null && Object.hasOwn(proposalOrder, window)
}
