// The budgets of keys with what is spent of them: some queries for all keys, none for each.
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import type { Budget } from '../../../domain/policy/key-policy.ts'
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
import {
  type BudgetState,
  beginBudget,
  isOfAllModels,
  spendParts,
  spentOn,
  startHour,
} from './budget-state.ts'

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
    const wanted = page.flatMap((key) =>
      budgetsOf(memory, key).map((budget) =>
        beginBudget({ target: apiKeyId(key.id), id: key.id, name: key.name }, budget, nowMs),
      ),
    )
    const ofModels = await modelSpend(
      store,
      wanted.filter((state) => !isOfAllModels(state)),
    )
    for (const state of wanted) {
      const fromHour = startHour(state)
      if (isOfAllModels(state)) {
        const known = byKey.get(fromHour) ?? readSpendByKey(store, spendParts(fromHour, nowMs))
        byKey.set(fromHour, known)
        state.spentNanoUsd = (await known).get(state.id) ?? 0
      } else state.spentNanoUsd = spentOn(state, ofModels.get(fromHour) ?? [])
      states.push(state)
    }
    if (page.length < PAGE) return { states, complete: true }
    afterId = page.at(-1)?.id ?? afterId
  }
  return { states, complete: false }
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

/** By the hour that windows begin with: a query for each, of the keys of one page. */
async function modelSpend(
  store: Store,
  states: readonly BudgetState[],
): Promise<Map<number, ModelSpendOfKey[]>> {
  const spend = new Map<number, ModelSpendOfKey[]>()
  for (const [fromHour, group] of Map.groupBy(states, startHour)) {
    const ids = [...new Set(group.map(({ id }) => id))]
    spend.set(fromHour, await readModelSpendOfKeys(store, ids, fromHour, fromHour === 0))
  }
  return spend
}
