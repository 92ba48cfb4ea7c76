// How much of each rule that keys share they use now, together.
import type { Actor } from '../../domain/admins/actor.ts'
import { labelText } from '../../domain/labels/label.ts'
import { labelLimitId } from '../../domain/labels/label-limit.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import type { StoredSharedPolicy } from '../../store/queries/owners/shared-limits.ts'
import type { ControlPlane } from '../control-plane.ts'
import { labelOf } from '../labels/label-limit-row.ts'
import { findOwner } from '../owners/find-owners.ts'

/** The smallest call that there is: a rule has room for it until nothing is left. */
const SMALLEST: AdmissionRequest = {
  address: null,
  endpoint: '',
  usesModel: true,
  model: null,
  everyModel: true,
  tokens: 1,
  costNanoUsd: 1,
}

type Restriction = Pick<Actor, 'owners'>

/** Of an owner; null where there is none that the actor may see. Rejects where the ledger cannot be read. */
export async function ruleUsageOfOwner(
  plane: ControlPlane,
  actor: Restriction,
  number: number,
): Promise<Verdict[] | null> {
  const owner = await findOwner(plane, actor, number)
  if (owner === null) return null
  const { id, name, version } = owner
  return ruleUsage(
    plane,
    { by: { kind: 'OWNER', id: ownerId(id), name }, id, revision: version },
    owner.policy,
  )
}

/**
 * The same of label limits, for whoever may see all owners, since keys of each may have the label. Empty while they are switched off:
 * nothing is counted then, and a later call is judged by what the ledger has.
 */
export async function ruleUsageOfLabelLimit(
  plane: ControlPlane,
  { owners }: Restriction,
  number: number,
): Promise<Verdict[] | null> {
  if (owners !== null) return null
  const limit = await plane.store.prisma.labelLimit.findUnique({ where: { id: number } })
  if (limit === null) return null
  if (!limit.enabled) return []
  const { id, version } = limit
  const by = { kind: 'LABEL' as const, id: labelLimitId(id), name: labelText(labelOf(limit)) }
  return ruleUsage(plane, { by, id, revision: version }, limit.policy)
}

async function ruleUsage(
  plane: ControlPlane,
  shared: Omit<StoredSharedPolicy, 'policy'>,
  stored: string | null,
): Promise<Verdict[]> {
  const policy = storedPolicy(stored)
  return policy === null ? [] : plane.explainShared({ ...shared, policy }, SMALLEST)
}
