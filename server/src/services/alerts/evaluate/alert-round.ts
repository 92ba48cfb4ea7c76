// One round of evaluation: what all rules of the round share.
import type { AlertKind, Thresholds } from '../../../domain/alerts/rules/alert-kinds.ts'
import type { AlertScope } from '../../../domain/alerts/rules/alert-scope.ts'
import type { KeySelection } from '../../../store/queries/alerts/alert-sources.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { AlertMemory } from './alert-memory.ts'
import { type BudgetState, readKeyBudgets } from './read-key-budgets.ts'

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
  /** The budgets of these keys, read once a round for each selection. */
  budgets(keys: KeySelection): Promise<{ states: BudgetState[]; complete: boolean }>
}

export function beginRound(plane: ControlPlane, memory: AlertMemory, nowMs: number): AlertRound {
  const read = new Map<string, ReturnType<AlertRound['budgets']>>()
  return {
    plane,
    memory,
    nowMs,
    budgets(keys) {
      const name = keys === null ? '' : keys.join(' ')
      const known = read.get(name) ?? readKeyBudgets(plane.store, memory, keys, nowMs)
      read.set(name, known)
      return known
    },
  }
}

/** The keys that a rule watches; null: all. */
export function keysOf(scope: AlertScope): KeySelection {
  return scope.type === 'API_KEYS' ? scope.apiKeys : null
}
