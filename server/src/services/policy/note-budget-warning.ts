// The audit event of a budget that is nearly spent.
import { systemActor } from '../../domain/admins/actor.ts'
import { type AuditTarget, auditEvent } from '../../domain/audit/audit-event.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import { usdOf } from '../../domain/pricing/money.ts'
import type { ControlPlane } from '../control-plane.ts'
import { auditTarget } from '../keys/api-key-row.ts'
import { labelLimitTarget } from '../labels/label-limit-row.ts'
import { ownerTarget } from '../owners/owner-row.ts'

/** Amounts in US dollars, as decimals. `model` null: the budget is for all. */
export type BudgetWarning = {
  window: string | null
  model: string | null
  spentUsd: string
  limitUsd: string
}

/** The warning of a budget's verdict: what calls have cost, without what in-flight calls have reserved. */
export function budgetWarning({ window, model, used, reserved, limit }: Verdict): BudgetWarning {
  const spent = (used ?? 0) - (reserved ?? 0)
  return { window, model, spentUsd: usdOf(BigInt(spent)), limitUsd: usdOf(BigInt(limit ?? 0)) }
}

const SYSTEM = systemActor('latchkey')

/** Whose budget it is, as reservation.ts of the gateway has it. */
type Budgeted = { kind: 'KEY' | 'OWNER' | 'LABEL'; id: number }

/** Rejects where the database fails. For what has been deleted nothing is written. */
export async function noteBudgetWarning(
  { store, clock }: Pick<ControlPlane, 'store' | 'clock'>,
  of: Budgeted,
  { window, model, spentUsd, limitUsd }: BudgetWarning,
): Promise<void> {
  const target = await targetOf(store, of)
  if (target === null) return
  const path = ['budget', window?.toLowerCase(), model].filter((part) => part != null).join(' ')
  const changes = [
    { path: `${path} spentUsd`, before: null, after: spentUsd },
    { path: `${path} limitUsd`, before: null, after: limitUsd },
  ]
  await store.prisma.auditEvent.create({
    data: auditEvent(SYSTEM, ACTIONS[of.kind], target, clock(), changes),
  })
}

const ACTIONS = {
  KEY: 'api_key.budget_warning',
  OWNER: 'owner.budget_warning',
  LABEL: 'label_limit.budget_warning',
} as const

async function targetOf(
  { prisma }: ControlPlane['store'],
  { kind, id }: Budgeted,
): Promise<AuditTarget | null> {
  const where = { where: { id } }
  if (kind === 'OWNER') {
    const owner = await prisma.owner.findUnique(where)
    return owner === null ? null : ownerTarget(owner)
  }
  if (kind === 'LABEL') {
    const limits = await prisma.labelLimit.findUnique(where)
    return limits === null ? null : labelLimitTarget(limits)
  }
  const key = await prisma.apiKey.findUnique(where)
  return key === null ? null : auditTarget(key)
}
