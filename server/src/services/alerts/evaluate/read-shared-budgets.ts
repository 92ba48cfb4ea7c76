// The budgets that keys of an owner or of a label share, with what is spent of them: a query for each beginning of a window.
import { labelText } from '../../../domain/labels/label.ts'
import { labelLimitId } from '../../../domain/labels/label-limit.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import { labelSharer, ownerSharer, type Sharer } from '../../../domain/usage/attributed-rollups.ts'
import type { UsagePart } from '../../../domain/usage/rollup-changes.ts'
import type { KeySelection } from '../../../store/queries/alerts/alert-sources.ts'
import {
  readBudgetedLabelLimits,
  readBudgetedOwners,
  readSharedBudgeted,
  readSharedModelSpend,
  readSharedSpend,
  type SharedBudgeted,
  type SharedKind,
} from '../../../store/queries/alerts/shared-budgets.ts'
import type { Store } from '../../../store/store.ts'
import {
  type BudgetState,
  beginBudget,
  isOfAllModels,
  spendParts,
  spentOn,
  startHour,
} from './budget-state.ts'

/** Of owners, and of limits by label, those that are looked at for alerts and filters: the oldest. */
export const SHARED_MAX = 2_000

/** Every enforced budget of the owners, or of the limits by label, that a selection means; of single keys none. */
export async function readSharedBudgets(
  store: Store,
  keys: KeySelection,
  nowMs: number,
): Promise<BudgetState[]> {
  if (keys !== 'ALL' && 'apiKeys' in keys) return []
  const having = (await readSharedBudgeted(store, SHARED_MAX)).filter((one) => isMeant(one, keys))
  return statesOf(store, having, nowMs)
}

/** Every enforced budget of these owners. */
export async function readOwnerBudgets(
  store: Store,
  numbers: readonly number[],
  nowMs: number,
): Promise<BudgetState[]> {
  return statesOf(store, await readBudgetedOwners(store, numbers), nowMs)
}

/** The same of these limits by label. */
export async function readLabelBudgets(
  store: Store,
  numbers: readonly number[],
  nowMs: number,
): Promise<BudgetState[]> {
  return statesOf(store, await readBudgetedLabelLimits(store, numbers), nowMs)
}

async function statesOf(
  store: Store,
  having: readonly SharedBudgeted[],
  nowMs: number,
): Promise<BudgetState[]> {
  const states: BudgetState[] = []
  for (const kind of ['OWNER', 'LABEL'] as const) {
    const own = having
      .filter((one) => one.kind === kind)
      .flatMap((one) => budgetsOf(one, nowMs).map((state) => ({ one, state })))
    await addSpend(store, kind, own, nowMs)
    states.push(...own.map(({ state }) => state))
  }
  return states
}

function isMeant({ kind, id, label }: SharedBudgeted, keys: KeySelection): boolean {
  if (keys === 'ALL') return true
  if ('owners' in keys) return kind === 'OWNER' && keys.owners.includes(id)
  return 'label' in keys && label?.name === keys.label.name && label.value === keys.label.value
}

function budgetsOf({ kind, id, name, policy }: SharedBudgeted, nowMs: number): BudgetState[] {
  const target = kind === 'OWNER' ? ownerId(id) : labelLimitId(id)
  const budgets = storedPolicy(policy)?.budgets.filter(({ mode }) => mode === 'ENFORCE') ?? []
  return budgets.map((budget) => beginBudget({ target, id, name }, budget, nowMs))
}

type Shared = { one: SharedBudgeted; state: BudgetState }

async function addSpend(
  store: Store,
  kind: SharedKind,
  shared: readonly Shared[],
  nowMs: number,
): Promise<void> {
  for (const [fromHour, group] of Map.groupBy(shared, ({ state }) => startHour(state))) {
    const ofAll = group.filter(({ state }) => isOfAllModels(state))
    if (ofAll.length > 0) {
      const spend = await readSharedSpend(store, kind, spendParts(fromHour, nowMs).map(withGrain))
      for (const { one, state } of ofAll) state.spentNanoUsd = spend.get(nameOf(one)) ?? 0
    }
    const ofModels = group.filter(({ state }) => !isOfAllModels(state))
    const sharers = ofModels.map(({ one }) => sharerOf(one))
    const spend = await readSharedModelSpend(store, sharers, fromHour, fromHour === 0)
    for (const { one, state } of ofModels) {
      const { number, prefix } = sharerOf(one)
      const own = spend.filter((row) => row.number === number && row.value.startsWith(prefix))
      state.spentNanoUsd = spentOn(
        state,
        own.map(({ value, costNanoUsd }) => ({
          id: state.id,
          model: value.slice(prefix.length),
          costNanoUsd,
        })),
      )
    }
  }
}

function withGrain({ kind, from, to }: UsagePart) {
  return { grain: kind.endsWith('_DAY') ? ('DAY' as const) : ('HOUR' as const), from, to }
}

/** What the rollups by owner or by label name it. */
function nameOf({ id, label }: SharedBudgeted): string {
  return label === null ? String(id) : labelText(label)
}

function sharerOf(one: SharedBudgeted): Sharer {
  return one.label === null ? ownerSharer(one.id) : labelSharer(labelText(one.label))
}
