// What of its kind an alert rule watches.
import type { AlertKind } from './alert-kinds.ts'

export const SCOPE_TYPES = ['ALL', 'API_KEYS', 'UPSTREAMS'] as const
export type ScopeType = (typeof SCOPE_TYPES)[number]

/** Numbers of API keys; public ids of upstreams, since those of the environment have no number. */
export type AlertScope =
  | { type: 'ALL' }
  | { type: 'API_KEYS'; apiKeys: number[] }
  | { type: 'UPSTREAMS'; upstreams: string[] }

export const SCOPE_MAX = 200

/** The scopes that a kind can have beside all. */
export const KIND_SCOPES: Record<AlertKind, readonly ScopeType[]> = {
  BUDGET_SPENT: ['API_KEYS'],
  SPEND_PACE: ['API_KEYS'],
  ERROR_RATE: ['API_KEYS', 'UPSTREAMS'],
  DENIAL_RATE: ['API_KEYS'],
  UPSTREAM_DOWN: ['UPSTREAMS'],
  KEY_EXPIRING: ['API_KEYS'],
  NEW_ADDRESS: ['API_KEYS'],
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
    if ('upstreams' in stored && Array.isArray(stored.upstreams))
      return { type: 'UPSTREAMS', upstreams: stored.upstreams.filter((one) => typeof one === 'string') }
  }
  return { type: 'API_KEYS', apiKeys: [] }
}

/** A scope as it is stored. */
export function scopeText(scope: AlertScope): string | null {
  return scope.type === 'ALL' ? null : JSON.stringify(scope)
}
