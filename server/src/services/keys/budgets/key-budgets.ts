// How much of their budgets keys have used, in the present windows: a few queries for a page or for all keys.
import type { Budget } from '../../../domain/policy/key-policy.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import { readMonthSpend } from '../../../store/queries/keys/sorted-keys.ts'
import type { BudgetState } from '../../alerts/evaluate/budget-state.ts'
import { readKeyBudgets } from '../../alerts/evaluate/read-key-budgets.ts'
import type { ControlPlane } from '../../control-plane.ts'

export type BudgetUsage = Pick<Budget, 'window' | 'timeZone' | 'model' | 'limitUsd'> & {
  spentUsd: string
  /** Whole percent, rounded down; more than 100 where calls cost more than was reserved for them. */
  usedPercent: number
}

// Budgets by the texts of policies. Owner: this module. Key: the control plane, then the key. Bound: 20,000 keys; then it is emptied.
const memories = new WeakMap<ControlPlane, Parameters<typeof readKeyBudgets>[1]>()

/** The enforced budgets of these keys, by number; a key without any, or that is revoked, is absent. */
export async function budgetUsageOf(
  plane: ControlPlane,
  numbers: readonly number[],
): Promise<Map<number, BudgetUsage[]>> {
  return readAll(plane, { apiKeys: numbers })
}

/** What these keys have spent this month, in UTC, in US dollars, by number; one that spent nothing is absent. */
export async function monthSpendOf(
  plane: ControlPlane,
  numbers: readonly number[],
): Promise<Map<number, string>> {
  await plane.ledger.settled()
  const spent = await readMonthSpend(plane.store, numbers, plane.clock())
  return new Map([...spent].map(([number, nanoUsd]) => [number, usdOf(nanoUsd)]))
}

/** The numbers of the keys that have used at least this percent of any enforced budget. Of at most 20,000 keys. */
export async function keysOverBudget(plane: ControlPlane, percent: number): Promise<number[]> {
  return numbersOver(await readAll(plane, 'ALL'), percent)
}

/** Those that have used at least this percent of any budget. */
export function numbersOver(all: ReadonlyMap<number, BudgetUsage[]>, percent: number): number[] {
  return [...all].flatMap(([number, used]) =>
    used.some(({ usedPercent }) => usedPercent >= percent) ? [number] : [],
  )
}

async function readAll(
  plane: ControlPlane,
  keys: Parameters<typeof readKeyBudgets>[2],
): Promise<Map<number, BudgetUsage[]>> {
  await plane.ledger.settled()
  const memory = memories.get(plane) ?? { budgets: new Map() }
  memories.set(plane, memory)
  const { states } = await readKeyBudgets(plane.store, memory, keys, plane.clock())
  return usageByNumber(states)
}

/** What is used of budgets, by the number of what has them. */
export function usageByNumber(states: readonly BudgetState[]): Map<number, BudgetUsage[]> {
  const byNumber = new Map<number, BudgetUsage[]>()
  for (const { id, budget, spentNanoUsd, limitNanoUsd } of states) {
    const { window, timeZone, model, limitUsd } = budget
    const usedPercent = limitNanoUsd === 0 ? 100 : Math.floor((spentNanoUsd / limitNanoUsd) * 100)
    const used = { window, timeZone, model, limitUsd, spentUsd: usdOf(BigInt(spentNanoUsd)), usedPercent }
    byNumber.set(id, [...(byNumber.get(id) ?? []), used])
  }
  return byNumber
}
