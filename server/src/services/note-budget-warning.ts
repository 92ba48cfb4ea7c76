// The audit trail's word of a budget that is nearly spent.
import type { Actor } from '../domain/actor.ts'
import { auditEvent } from '../domain/audit-event.ts'
import { auditTarget } from './api-key-row.ts'
import type { ControlPlane } from './control-plane.ts'

/** Amounts in US dollars, as decimals. `model` null: the budget is for all. */
export type BudgetWarning = {
  window: string | null
  model: string | null
  spentUsd: string
  limitUsd: string
}

const SYSTEM: Actor = { type: 'SYSTEM', id: null, name: 'latchkey', ip: null, requestId: null }

/** Rejects where the database does not answer. A key that has been deleted leaves no word. */
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
