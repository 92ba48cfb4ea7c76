// GET /v1/key: what the holder of a key may know of it, with the key itself.

import { canonicalSecret, secretHashHex } from '../domain/api-key.ts'
import type { ModelRule } from '../domain/policy/key-policy.ts'
import type { Verdict } from '../domain/policy/verdict.ts'
import type { Gateway } from './gateway.ts'
import type { KnownKey } from './key-directory.ts'

/** Null where the key is gone since. Rejects where the store does not answer. `verdicts` are of every rule of the key. */
export async function holderView(gateway: Gateway, key: KnownKey, sent: string | null, verdicts: Verdict[]) {
  const secret = canonicalSecret(sent ?? '')
  if (secret === null) return null
  const found = await gateway.findKey(Uint8Array.from(Buffer.from(secretHashHex(secret), 'hex')))
  if (found === null) return null
  const policy = key.governed?.policy?.source ?? null
  return {
    object: 'key',
    id: `key_${key.id}`,
    name: found.name,
    expires_at: instant(key.expiresAtMs),
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
  }
}

function modelsOf(rule: ModelRule | null) {
  return rule === null || rule.mode === 'SHADOW' ? null : { allow: rule.allow, deny: rule.deny }
}

/** What is only watched in shadow is the admins' business. */
function isLimit({ mode, limit }: Verdict): boolean {
  return mode === 'ENFORCE' && limit !== null
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
