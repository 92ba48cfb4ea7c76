// What the list of owners may be filtered by, and what budgets say of an owner.
import type { FindingCode, FindingSeverity, OwnerActivity, OwnerFilter, OwnerKind } from '@latchkey/sdk'

type Params = Pick<URLSearchParams, 'get'>
type OwnerFinding = { code: FindingCode; severity: FindingSeverity }

const nearlySpent = 80
const kinds: readonly OwnerKind[] = ['TEAM', 'PERSON', 'CUSTOMER']
/** By what `?show=` may be. */
const filters = new Map<string, OwnerFilter>([
  ...kinds.map((kind) => [kind, { kind }] as const),
  ['disabled', { disabled: true }],
  ['over-80', { budgetUsedAtLeast: nearlySpent }],
])

/** The filter of the URL, and a value that means nothing, which the screen names. */
export function ownerFilter(params: Params): { filter: OwnerFilter; bad: string | null } {
  const show = params.get('show') ?? ''
  const search = params.get('q')?.trim()
  const shown = filters.get(show)
  return { filter: { ...(search && { search }), ...shown }, bad: show === '' || shown ? null : show }
}

/** What the fullest of an owner's budgets says of it, as findings say it of keys. */
export function ownerFindings(budgets: OwnerActivity['budgetUsage']): OwnerFinding[] {
  const used = Math.max(0, ...budgets.map(({ usedPercent }) => usedPercent))
  if (used >= 100) return [{ code: 'KEY_BUDGET_SPENT', severity: 'HIGH' }]
  return used >= nearlySpent ? [{ code: 'KEY_BUDGET_OVER_80', severity: 'MEDIUM' }] : []
}
