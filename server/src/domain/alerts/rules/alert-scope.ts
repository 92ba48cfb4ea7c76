// What of its kind an alert rule watches.
import { type Label, readLabel } from '../../labels/label.ts'
import type { AlertKind } from './alert-kinds.ts'

export const SCOPE_TYPES = ['ALL', 'API_KEYS', 'OWNERS', 'LABEL', 'UPSTREAMS'] as const
export type ScopeType = (typeof SCOPE_TYPES)[number]

/**
 * Numbers of API keys and owners; a label of keys; public ids of upstreams, since those of the environment have no number. An owner and
 * a label stand for the keys that they have when the rule is judged.
 */
export type AlertScope =
  | { type: 'ALL' }
  | { type: 'API_KEYS'; apiKeys: number[] }
  | { type: 'OWNERS'; owners: number[] }
  | { type: 'LABEL'; label: Label }
  | { type: 'UPSTREAMS'; upstreams: string[] }

/** The scopes that stand for keys. */
export type KeyScope = Exclude<AlertScope, { type: 'UPSTREAMS' }>

export const SCOPE_MAX = 200

const KEYS = ['API_KEYS', 'OWNERS', 'LABEL'] as const

/** The scopes that a kind can have beside all. */
export const KIND_SCOPES: Record<AlertKind, readonly ScopeType[]> = {
  BUDGET_SPENT: KEYS,
  SPEND_PACE: KEYS,
  ERROR_RATE: [...KEYS, 'UPSTREAMS'],
  DENIAL_RATE: KEYS,
  UPSTREAM_DOWN: ['UPSTREAMS'],
  KEY_EXPIRING: KEYS,
  NEW_ADDRESS: KEYS,
  LEDGER_PROBLEM: [],
  NEW_DEVICE: [],
}

/** The scope in a stored text. One of a later version is read as a scope of nothing, so that it opens no alert by error. */
export function storedScope(text: string | null): AlertScope {
  if (text === null) return { type: 'ALL' }
  const stored: unknown = JSON.parse(text)
  if (typeof stored === 'object' && stored !== null) {
    if ('apiKeys' in stored && Array.isArray(stored.apiKeys))
      return { type: 'API_KEYS', apiKeys: stored.apiKeys.filter((one) => typeof one === 'number') }
    if ('owners' in stored && Array.isArray(stored.owners))
      return { type: 'OWNERS', owners: stored.owners.filter((one) => typeof one === 'number') }
    if ('label' in stored) {
      const label = storedLabel(stored.label)
      if (label !== null) return { type: 'LABEL', label }
    }
    if ('upstreams' in stored && Array.isArray(stored.upstreams))
      return { type: 'UPSTREAMS', upstreams: stored.upstreams.filter((one) => typeof one === 'string') }
  }
  return { type: 'API_KEYS', apiKeys: [] }
}

/** A scope as it is stored. */
export function scopeText(scope: AlertScope): string | null {
  return scope.type === 'ALL' ? null : JSON.stringify(scope)
}

function storedLabel(stored: unknown): Label | null {
  if (typeof stored !== 'object' || stored === null || !('name' in stored) || !('value' in stored))
    return null
  const { name, value } = stored
  if (typeof name !== 'string' || typeof value !== 'string') return null
  const label = readLabel({ name, value }, 'label')
  return label.ok ? label.value : null
}
