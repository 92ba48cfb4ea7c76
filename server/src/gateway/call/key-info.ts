// The key info endpoint: what an application may know of the API key that it sends.

import { callError } from '../../domain/errors.ts'
import { canonicalSecret, secretHashHex } from '../../domain/keys/api-key.ts'
import type { ModelRule } from '../../domain/policy/key-policy.ts'
import type { Verdict } from '../../domain/policy/verdict.ts'
import { usdOf } from '../../domain/pricing/money.ts'
import type { Gateway } from '../gateway.ts'
import type { KnownKey } from '../identity/key-directory.ts'

/** `verdicts` are of every rule of the key. The key's name is read from the store; the rest is in memory. */
export async function keyInfo(gateway: Gateway, key: KnownKey, sent: string | null, verdicts: Verdict[]) {
  const secret = canonicalSecret(sent ?? '')
  if (secret === null) return callError('invalid_api_key')
  const hash = Uint8Array.from(Buffer.from(secretHashHex(secret), 'hex'))
  const found = await gateway.findKey(hash).catch(() => 'away' as const)
  if (found === 'away') return callError('key_store_unavailable')
  // It has been deleted since it was identified.
  if (found === null) return callError('invalid_api_key')
  const policy = key.governed?.policy?.source ?? null
  return {
    object: 'key',
    id: `key_${key.id}`,
    name: found.name,
    expires_at: instant(key.expiresAtMs),
    /** Where the key has a newer secret than the one that was sent: until when that works. */
    secret_expires_at: instant(key.formerUntilMs),
    /** Null: every one that there is. */
    models: modelsOf(policy?.models ?? null),
    endpoints: policy?.endpoints?.mode === 'ENFORCE' ? policy.endpoints.allow : null,
    limits: verdicts.filter(isLimit).map((verdict) => ({
      unit: verdict.rule.toLowerCase(),
      window: verdict.window?.toLowerCase() ?? null,
      model: verdict.model,
      limit: verdict.limit,
      remaining: verdict.remaining,
      resets_at: instant(verdict.resetsAtMs),
    })),
    budgets: verdicts.filter(isBudget).map((verdict) => ({
      window: verdict.window?.toLowerCase() ?? null,
      model: verdict.model,
      limit_usd: usd(verdict.limit),
      spent_usd: usd((verdict.used ?? 0) - (verdict.reserved ?? 0)),
      reserved_usd: usd(verdict.reserved),
      remaining_usd: usd(verdict.remaining),
      resets_at: instant(verdict.resetsAtMs),
    })),
  }
}

function modelsOf(rule: ModelRule | null) {
  return rule === null || rule.mode === 'SHADOW' ? null : { allow: rule.allow, deny: rule.deny }
}

/** Rules in shadow are for admins alone. */
function isLimit({ rule, mode, limit }: Verdict): boolean {
  return rule !== 'BUDGET' && mode === 'ENFORCE' && limit !== null
}

function isBudget({ rule, mode }: Verdict): boolean {
  return rule === 'BUDGET' && mode === 'ENFORCE'
}

/** A decimal, since a float would not be exact. */
function usd(nanoUsd: number | null): string {
  return usdOf(BigInt(nanoUsd ?? 0))
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
