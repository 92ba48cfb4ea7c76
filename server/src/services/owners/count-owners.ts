// How many owners there are of each kind, disabled, and near the end of a budget.
import type { Actor } from '../../domain/admins/actor.ts'
import { WARN_PERCENT } from '../../domain/findings/key-findings.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import type { ControlPlane } from '../control-plane.ts'
import { countOwners } from './find-owners.ts'
import { ownersOverBudget } from './owner-budgets.ts'

export type OwnerCounts = Record<'total' | 'teams' | 'people' | 'customers' | 'disabled', number>

/** Of the owners that an actor may see: counted as `findOwners` filters them, so that a count and its list agree. */
export async function countOwnersByKind(
  plane: ControlPlane,
  { owners: within }: Pick<Actor, 'owners'>,
): Promise<OwnerCounts> {
  const [total, teams, people, customers, disabled] = await Promise.all([
    countOwners(plane, { within }),
    countOwners(plane, { within, kind: 'TEAM' }),
    countOwners(plane, { within, kind: 'PERSON' }),
    countOwners(plane, { within, kind: 'CUSTOMER' }),
    countOwners(plane, { within, disabled: true }),
  ])
  return { total, teams, people, customers, disabled }
}

/** How many of the owners that an actor may see have used at least 80 % of a budget, as `ownersOverBudget` counts them. */
export async function countOwnersNearlySpent(
  plane: ControlPlane,
  actor: Pick<Actor, 'owners'>,
): Promise<number> {
  const over = await ownersOverBudget(plane, WARN_PERCENT)
  return over.filter((number) => isWithinOwners(actor, number)).length
}
