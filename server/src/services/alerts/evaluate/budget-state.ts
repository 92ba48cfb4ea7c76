// A budget with what is spent of it.
import { modelTest } from '../../../domain/models/name-pattern.ts'
import type { Budget } from '../../../domain/policy/key-policy.ts'
import { budgetWindowAt, type Window } from '../../../domain/policy/windows.ts'
import { nanoUsdOf } from '../../../domain/pricing/money.ts'
import { HOUR_MS } from '../../../domain/time.ts'
import { partsOf } from '../../../ledger/usage/usage-range.ts'

export type BudgetState = {
  /** The public id of what has the budget: an API key, an owner, limits by label. */
  target: string
  /** Its number. */
  id: number
  name: string
  budget: Budget
  window: Window
  spentNanoUsd: number
  limitNanoUsd: number
}

/** Of which nothing is known to be spent yet. */
export function beginBudget(
  has: Pick<BudgetState, 'target' | 'id' | 'name'>,
  budget: Budget,
  nowMs: number,
): BudgetState {
  return {
    ...has,
    budget,
    window: budgetWindowAt(budget.window, budget.timeZone, nowMs),
    spentNanoUsd: 0,
    limitNanoUsd: Number(nanoUsdOf(budget.limitUsd) ?? 0n),
  }
}

/** Whether the rollups by key, which have no model and are kept for a time, say what is spent. */
export function isOfAllModels({ budget }: BudgetState): boolean {
  return budget.model === null && budget.window !== 'TOTAL'
}

/** The hour, since the epoch, that the window begins in; 0 for one without a beginning. */
export function startHour({ window }: BudgetState): number {
  return Math.floor(window.startMs / HOUR_MS)
}

/** The rollups by key from an hour to now. */
export function spendParts(fromHour: number, nowMs: number) {
  return partsOf('KEY', { from: fromHour, to: Math.floor(nowMs / HOUR_MS) + 1 })
}

/** What is spent of a budget, by rows of what was spent by model. */
export function spentOn(
  { id, budget }: BudgetState,
  spend: readonly { id: number; model: string; costNanoUsd: number }[],
): number {
  const test = budget.model === null ? () => true : modelTest(budget.model)
  let sum = 0
  for (const row of spend) {
    // Calls without a model count for a budget of all.
    const concerns = budget.model === null || (row.model !== '' && test(row.model))
    if (row.id === id && concerns) sum += row.costNanoUsd
  }
  return sum
}
