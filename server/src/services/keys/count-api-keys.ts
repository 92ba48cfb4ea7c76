// How many keys there are of each status, and with each finding that a list is filtered by.
import type { Actor } from '../../domain/admins/actor.ts'
import type { FindingCode } from '../../domain/findings/finding.ts'
import { countKeysByStatus } from '../../store/queries/keys/key-counts.ts'
import type { ControlPlane } from '../control-plane.ts'
import { countKeysWithFindings } from '../findings/find-findings.ts'

const GROUPS = {
  failing: ['KEY_BUDGET_SPENT', 'KEY_MODEL_REFUSED', 'KEY_UPSTREAM_FAILING'],
  overBudget80: ['KEY_BUDGET_OVER_80'],
  expiringSoon: ['KEY_EXPIRES_SOON'],
  unused: ['KEY_UNUSED'],
  withoutLimits: ['KEY_WITHOUT_LIMITS'],
} as const satisfies Record<string, readonly FindingCode[]>

export type ApiKeyCounts = Record<
  'total' | 'active' | 'disabled' | 'expired' | 'revoked' | keyof typeof GROUPS,
  number
>

/** Of the keys that an actor may see: one query, and the findings of some seconds ago. */
export async function countKeys(plane: ControlPlane, actor: Pick<Actor, 'owners'>): Promise<ApiKeyCounts> {
  const byStatus = await countKeysByStatus(plane.store, actor.owners, plane.clock())
  const groups = Object.entries(GROUPS) as [keyof typeof GROUPS, readonly FindingCode[]][]
  const counts = await Promise.all(
    groups.map(async ([name, codes]) => [name, await countKeysWithFindings(plane, actor, codes)] as const),
  )
  return {
    total: byStatus.ACTIVE + byStatus.DISABLED + byStatus.EXPIRED + byStatus.REVOKED,
    active: byStatus.ACTIVE,
    disabled: byStatus.DISABLED,
    expired: byStatus.EXPIRED,
    revoked: byStatus.REVOKED,
    ...(Object.fromEntries(counts) as Record<keyof typeof GROUPS, number>),
  }
}
