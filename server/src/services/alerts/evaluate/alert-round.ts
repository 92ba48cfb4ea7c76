// One round of evaluation: what all rules of the round share.
import type { AlertKind, Thresholds } from '../../../domain/alerts/rules/alert-kinds.ts'
import type { AlertScope } from '../../../domain/alerts/rules/alert-scope.ts'
import type { KeySelection } from '../../../store/queries/alerts/alert-sources.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { AlertMemory } from './alert-memory.ts'
import type { BudgetState } from './budget-state.ts'
import { readKeyBudgets } from './read-key-budgets.ts'
import { readSharedBudgets } from './read-shared-budgets.ts'

export type ActiveRule = {
  id: number
  version: number
  kind: AlertKind
  scope: AlertScope
  thresholds: Thresholds
  createdAtMs: number
  repeatMinutes: number | null
  mutedUntilMs: number | null
}

export type AlertRound = {
  plane: ControlPlane
  memory: AlertMemory
  nowMs: number
  /** The budgets of these keys, and those that an owner or a label of the selection shares; read once a round for each selection. */
  budgets(keys: KeySelection): Promise<{ states: BudgetState[]; complete: boolean }>
}

/** A round at `nowMs`; what several of its rules read is read once. */
export function beginRound(plane: ControlPlane, memory: AlertMemory, nowMs: number): AlertRound {
  const read = new Map<string, ReturnType<AlertRound['budgets']>>()
  async function readBudgets(keys: KeySelection): ReturnType<AlertRound['budgets']> {
    const own = await readKeyBudgets(plane.store, memory, keys, nowMs)
    const shared = await readSharedBudgets(plane.store, keys, nowMs)
    return { states: [...own.states, ...shared], complete: own.complete }
  }
  return {
    plane,
    memory,
    nowMs,
    budgets(keys) {
      const name = JSON.stringify(keys)
      const known = read.get(name) ?? readBudgets(keys)
      read.set(name, known)
      return known
    },
  }
}

/** The keys that a rule watches; one of upstreams watches all. */
export function keysOf(scope: AlertScope): KeySelection {
  switch (scope.type) {
    case 'API_KEYS':
      return { apiKeys: scope.apiKeys }
    case 'OWNERS':
      return { owners: scope.owners }
    case 'LABEL':
      return { label: scope.label }
    case 'ALL':
    case 'UPSTREAMS':
      return 'ALL'
  }
}
