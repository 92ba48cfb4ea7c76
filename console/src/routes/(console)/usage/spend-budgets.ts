// What is used of the budgets of the values that spend is grouped by.
import type { UsageShare } from '@latchkey/sdk'
import { latchkey } from '#lib/latchkey.ts'
import type { UsedBudget } from '#lib/usage/budget-bar.ts'
import { everyLabelLimit, usageOf } from '../labels/label-limits.ts'
import { budgetsByValue, limitsOfLabel } from './label-budgets.ts'
import type { Question } from './usage-question.ts'
import type { Grouping } from './within-groups.ts'

/** By the `key` of a share. */
export type BudgetsByValue = ReadonlyMap<string, readonly UsedBudget[]>

/** The groupings whose values have budgets, with the scope that reads them. */
export const budgetScopes: Readonly<Partial<Record<Grouping, string>>> = {
  key: 'keys:read',
  owner: 'owners:read',
  label: 'owners:read',
}

/** The enforced budgets of these values, read at once; of labels those of their limits. At most 50 values. */
export async function budgetsOf(
  { by, label }: Pick<Question, 'by' | 'label'>,
  shares: readonly UsageShare[],
  signal: AbortSignal,
): Promise<BudgetsByValue> {
  const idsOf = (prefix: string) => shares.flatMap(({ key }) => (key?.startsWith(prefix) ? [key] : []))
  const read = {
    key: (ids: string[]) => latchkey.keys.activity(ids, { hours: 1, signal }),
    owner: (ids: string[]) => latchkey.owners.budgets(ids, { signal }),
  }
  if (by === 'key' || by === 'owner') {
    const ids = idsOf(by === 'key' ? 'key_' : 'own_')
    const found = ids.length === 0 ? [] : await read[by](ids)
    return new Map(found.map(({ id, budgetUsage }) => [id, budgetUsage]))
  }
  if (by !== 'label' || label === '') return new Map()
  const limits = limitsOfLabel(await everyLabelLimit(signal), label)
  return budgetsByValue(limits, await usageOf(limits, signal))
}
