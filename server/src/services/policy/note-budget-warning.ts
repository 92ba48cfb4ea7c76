// The audit event of a budget that is nearly spent.
import { systemActor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import { usdOf } from '../../domain/pricing/money.ts'
import type { ControlPlane } from '../control-plane.ts'
import { auditTarget } from '../keys/api-key-row.ts'

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

/** Rejects where the database fails. For a deleted key nothing is written. */
export async function noteBudgetWarning(
  { store, clock }: Pick<ControlPlane, 'store' | 'clock'>,
  keyNumber: number,
  { window, model, spentUsd, limitUsd }: BudgetWarning,
): Promise<void> {
  const key = await store.prisma.apiKey.findUnique({ where: { id: keyNumber } })
  if (key === null) return
  const path = ['budget', window?.toLowerCase(), model].filter((part) => part != null).join(' ')
  const changes = [
    { path: `${path} spentUsd`, before: null, after: spentUsd },
    { path: `${path} limitUsd`, before: null, after: limitUsd },
  ]
  await store.prisma.auditEvent.create({
    data: auditEvent(SYSTEM, 'api_key.budget_warning', auditTarget(key), clock(), changes),
  })
}
