// The key info endpoint: what an application may know of the API key that it sends.

import { type CallError, callError } from '../../../domain/errors.ts'
import { OWN_KEY_MAX } from '../../../domain/keys/own-key.ts'
import type { ModelRule } from '../../../domain/policy/key-policy.ts'
import type { Verdict } from '../../../domain/policy/verdict.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import type { AdmittableKey } from '../../../store/queries/api-keys.ts'
import type { Gateway } from '../../gateway.ts'
import { sentCredential } from '../../identity/credential.ts'
import { sentHashHex } from '../../identity/identify.ts'
import type { KnownKey } from '../../identity/key-directory.ts'
import { type Body, instant, usdOrZero } from './body.ts'
import { keyHistory } from './key-history.ts'
import { readParameters, readWhole } from './own-query.ts'

/**
 * `verdicts` are of every rule of the key. The key's name is read from the store, and its history where `history_days` asks for
 * it; the rest is in memory.
 */
export async function keyInfo(
  gateway: Gateway,
  key: KnownKey,
  { headers, query }: Exchange,
  verdicts: Verdict[],
): Promise<Body | CallError> {
  const parameters = readParameters(query, ['history_days'])
  if ('httpStatus' in parameters) return parameters
  const days = readWhole(parameters, 'history_days', { min: 1, max: OWN_KEY_MAX.historyDays, absent: null })
  if (typeof days === 'object' && days !== null) return days
  const hashHex = sentHashHex(sentCredential(headers) ?? '')
  if (hashHex === null) return callError('invalid_api_key')
  const hash = Uint8Array.from(Buffer.from(hashHex, 'hex'))
  const found = await gateway.findKey(hash).catch(() => 'away' as const)
  if (found === 'away') return callError('key_store_unavailable')
  // It has been deleted since it was identified.
  if (found === null) return callError('invalid_api_key')
  const info = infoOf(key, found, verdicts)
  if (days === null) return { body: info }
  const history = await keyHistory(gateway, key.id, days)
  return 'httpStatus' in history ? history : { body: { ...info, history } }
}

function infoOf(key: KnownKey, { name, contact = null }: AdmittableKey, verdicts: Verdict[]) {
  const policy = key.governed?.policy?.source ?? null
  return {
    object: 'key',
    id: `key_${key.id}`,
    name,
    expires_at: instant(key.expiresAtMs),
    /** Where the key has a newer secret than the one that was sent: until when that works. */
    secret_expires_at: instant(key.formerUntilMs),
    /** Null: every one that there is. */
    models: modelsOf(policy?.models ?? null),
    endpoints: policy?.endpoints?.mode === 'ENFORCE' ? policy.endpoints.allow : null,
    /** Whom to ask about it: of its owner. */
    contact,
    /** Whether it may replace its own secret. */
    self_rotation: policy?.selfRotation === true,
    limits: verdicts.filter(isLimit).map((verdict) => ({
      ...sharerOf(verdict),
      unit: verdict.rule.toLowerCase(),
      window: verdict.window?.toLowerCase() ?? null,
      model: verdict.model,
      limit: verdict.limit,
      remaining: verdict.remaining,
      resets_at: instant(verdict.resetsAtMs),
    })),
    budgets: verdicts.filter(isBudget).map((verdict) => ({
      ...sharerOf(verdict),
      window: verdict.window?.toLowerCase() ?? null,
      model: verdict.model,
      limit_usd: usdOrZero(verdict.limit),
      spent_usd: usdOrZero((verdict.used ?? 0) - (verdict.reserved ?? 0)),
      reserved_usd: usdOrZero(verdict.reserved),
      remaining_usd: usdOrZero(verdict.remaining),
      resets_at: instant(verdict.resetsAtMs),
    })),
  }
}

/** With whom the limit is shared; nothing of the key's own. */
function sharerOf({ sharedBy }: Verdict) {
  return sharedBy === undefined
    ? {}
    : { shared_by: { kind: sharedBy.kind.toLowerCase(), name: sharedBy.name } }
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
