// The budgets of keys with what is spent of them: some queries for all keys, none for each.
import { modelTest } from '../../../domain/models/name-pattern.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import type { Budget } from '../../../domain/policy/key-policy.ts'
import { budgetWindowAt, type Window } from '../../../domain/policy/windows.ts'
import { nanoUsdOf } from '../../../domain/pricing/money.ts'
import { HOUR_MS } from '../../../domain/time.ts'
import { partsOf } from '../../../ledger/usage/usage-range.ts'
import {
  type BudgetedKey,
  type KeySelection,
  type ModelSpendOfKey,
  readBudgetedKeys,
  readModelSpendOfKeys,
  readSpendByKey,
} from '../../../store/queries/alerts/alert-sources.ts'
import type { Store } from '../../../store/store.ts'
import type { AlertMemory } from './alert-memory.ts'

export type BudgetState = {
  apiKeyId: number
  keyName: string
  budget: Budget
  window: Window
  spentNanoUsd: number
  limitNanoUsd: number
}

const PAGE = 250
/** Beyond it no further keys are looked at. */
const KEYS_MAX = 20_000

/** Every enforced budget of the keys. An hour that a window begins within counts whole. */
export async function readKeyBudgets(
  store: Store,
  memory: Pick<AlertMemory, 'budgets'>,
  keys: KeySelection,
  nowMs: number,
): Promise<{ states: BudgetState[]; complete: boolean }> {
  const states: BudgetState[] = []
  // What all keys have spent since an hour; for all keys at once, since the rollups of days are kept by day.
  const byKey = new Map<number, Promise<Map<number, number>>>()
  let afterId = 0
  for (let seen = 0; seen < KEYS_MAX; seen += PAGE) {
    const page = await readBudgetedKeys(store, keys, afterId, PAGE)
    const wanted = page.flatMap((key) => budgetsOf(memory, key).map((budget) => begin(key, budget, nowMs)))
    const ofModels = await modelSpend(
      store,
      wanted.filter((state) => !isSimple(state)),
    )
    for (const state of wanted) {
      const fromHour = startHour(state.window)
      if (isSimple(state)) {
        const known = byKey.get(fromHour) ?? readSpendByKey(store, spendParts(fromHour, nowMs))
        byKey.set(fromHour, known)
        state.spentNanoUsd = (await known).get(state.apiKeyId) ?? 0
      } else state.spentNanoUsd = spentOn(state, ofModels.get(fromHour) ?? [])
      states.push(state)
    }
    if (page.length < PAGE) return { states, complete: true }
    afterId = page.at(-1)?.id ?? afterId
  }
  return { states, complete: false }
}

function begin({ id, name }: BudgetedKey, budget: Budget, nowMs: number): BudgetState {
  return {
    apiKeyId: id,
    keyName: name,
    budget,
    window: budgetWindowAt(budget.window, budget.timeZone, nowMs),
    spentNanoUsd: 0,
    limitNanoUsd: Number(nanoUsdOf(budget.limitUsd) ?? 0n),
  }
}

/** Those in shadow mode are noted elsewhere, and stop nothing. */
function budgetsOf({ budgets: known }: Pick<AlertMemory, 'budgets'>, { id, policy }: BudgetedKey): Budget[] {
  const before = known.get(id)
  if (before?.policy === policy) return before.budgets
  if (known.size >= KEYS_MAX) known.clear()
  const budgets = storedPolicy(policy)?.budgets.filter(({ mode }) => mode === 'ENFORCE') ?? []
  known.set(id, { policy, budgets })
  return budgets
}

/** Counted by key alone, within what the rollups by key are kept for. */
function isSimple({ budget }: BudgetState): boolean {
  return budget.model === null && budget.window !== 'TOTAL'
}

function startHour({ startMs }: Window): number {
  return Math.floor(startMs / HOUR_MS)
}

function spendParts(fromHour: number, nowMs: number) {
  return partsOf('KEY', { from: fromHour, to: Math.floor(nowMs / HOUR_MS) + 1 })
}

/** By the hour that windows begin with: a query for each, of the keys of one page. */
async function modelSpend(
  store: Store,
  states: readonly BudgetState[],
): Promise<Map<number, ModelSpendOfKey[]>> {
  const spend = new Map<number, ModelSpendOfKey[]>()
  for (const [fromHour, group] of Map.groupBy(states, ({ window }) => startHour(window))) {
    const ids = [...new Set(group.map(({ apiKeyId }) => apiKeyId))]
    spend.set(fromHour, await readModelSpendOfKeys(store, ids, fromHour, fromHour === 0))
  }
  return spend
}

function spentOn({ apiKeyId, budget }: BudgetState, spend: readonly ModelSpendOfKey[]): number {
  const test = budget.model === null ? () => true : modelTest(budget.model)
  let sum = 0
  for (const row of spend) {
    // Calls without a model count for a budget of all.
    const concerns = budget.model === null || (row.model !== '' && test(row.model))
    if (row.apiKeyId === apiKeyId && concerns) sum += row.costNanoUsd
  }
  return sum
}
