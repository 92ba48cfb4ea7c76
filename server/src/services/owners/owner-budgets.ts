// How much of their shared budgets owners have used, in the present windows: a few queries for a page or for all owners.
import { ownerId } from '../../domain/owners/owner.ts'
import { readOwnerBudgets, readSharedBudgets } from '../alerts/evaluate/read-shared-budgets.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type BudgetUsage, numbersOver, usageByNumber } from '../keys/budgets/key-budgets.ts'

/** The enforced budgets of these owners, by number; an owner without any is absent. */
export async function budgetUsageOfOwners(
  plane: ControlPlane,
  numbers: readonly number[],
): Promise<Map<number, BudgetUsage[]>> {
  await plane.ledger.settled()
  return usageByNumber(await readOwnerBudgets(plane.store, numbers, plane.clock()))
}

/** The numbers of the owners that have used at least this percent of any enforced budget: of the 2,000 oldest that have one and are not disabled. */
export async function ownersOverBudget(plane: ControlPlane, percent: number): Promise<number[]> {
  await plane.ledger.settled()
  const states = await readSharedBudgets(plane.store, 'ALL', plane.clock())
  const ofOwners = states.filter(({ target, id }) => target === ownerId(id))
  return numbersOver(usageByNumber(ofOwners), percent)
}
