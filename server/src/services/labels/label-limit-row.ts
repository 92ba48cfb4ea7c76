// Label limits as the store has them.
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { labelLimitId } from '../../domain/labels/label-limit.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { keyHashesOfLabel } from '../../store/queries/owners/shared-limits.ts'
import type { Store } from '../../store/store.ts'
import type { SharedChange } from '../control-plane.ts'

export type LabelLimitRow = Awaited<ReturnType<Store['prisma']['labelLimit']['findUniqueOrThrow']>>

/** The label limits as audit events name them. */
export function labelLimitTarget({ id, name }: Pick<LabelLimitRow, 'id' | 'name'>): AuditTarget {
  return { type: 'LabelLimit', id: labelLimitId(id), label: name }
}

/** The label whose keys share the limits. */
export function labelOf({ labelName, labelValue }: Pick<LabelLimitRow, 'labelName' | 'labelValue'>) {
  return { name: labelName, value: labelValue }
}

/** What the gateway needs to know of limits that have changed; read after the commit. `isDeleted`: they have been deleted. */
export async function labelLimitChange(
  store: Store,
  limit: LabelLimitRow,
  isDeleted = false,
): Promise<SharedChange> {
  const { id, version, enabled } = limit
  const { name, value } = labelOf(limit)
  const hashesHex = await keyHashesOfLabel(store, { name, value })
  const policy = isDeleted || !enabled ? null : storedPolicy(limit.policy)
  return {
    kind: 'LABEL',
    id,
    name: `${name}=${value}`,
    version: isDeleted ? version + 1 : version,
    policy,
    hashesHex,
  }
}
