// The findings about a key, from facts: pure.
import { apiKeyId } from '../keys/api-key-id.ts'
import { modelTest } from '../models/name-pattern.ts'
import type { KeyPolicy } from '../policy/key-policy.ts'
import { usdOf } from '../pricing/money.ts'
import { DAY_MS } from '../time.ts'
import { type Finding, type FindingCode, type FindingDetail, finding } from './finding.ts'
import type { KeyFact, RecentCalls } from './key-facts.ts'

export const EXPIRES_SOON_MS = 7 * DAY_MS
export const UNUSED_MS = 90 * DAY_MS
export const UNUSED_MODELS_MS = 30 * DAY_MS
export const OLD_SECRET_MS = 180 * DAY_MS
/** From how much of a budget on, in percent, it counts as nearly spent. */
export const WARN_PERCENT = 80
const MODELS_MAX = 20

/** Of a budget in its present window. */
export type BudgetUse = {
  window: string
  timeZone: string
  limitNanoUsd: number
  spentNanoUsd: number
  startMs: number
}

export type KeyFacts = {
  key: KeyFact
  policy: KeyPolicy | null
  budgets: BudgetUse[]
  recent: readonly RecentCalls[]
  /** Models that it has used in the last 30 days; null: not known. */
  modelsUsed: ReadonlySet<string> | null
}

const UPSTREAM_FAULTS = new Set([
  'upstreams_cooling_down',
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_interrupted',
  'upstream_refused_credential',
])

/** Every finding about an enabled key. A disabled one has none. */
export function keyFindings(facts: KeyFacts, nowMs: number): Finding[] {
  const { key, policy } = facts
  if (key.isDisabled) return []
  const found: Finding[] = []
  const target = {
    type: 'ApiKey',
    id: apiKeyId(key.id),
    label: key.name,
    number: key.id,
    ownerId: key.ownerId,
  } as const
  const add = (code: FindingCode, since: Since, detail: FindingDetail = {}, which?: string) =>
    found.push(finding(code, target, { ...since, detail, ...(which !== undefined && { which }) }))

  const lastSuccessMs = Math.max(0, ...of(facts.recent, 'SUCCESS').map(({ lastMs }) => lastMs))
  const failing = (code: FindingCode, matches: (call: RecentCalls) => boolean) => {
    const calls = facts.recent.filter((call) => call.lastMs > lastSuccessMs && matches(call))
    const [worst] = calls.toSorted((a, b) => b.calls - a.calls)
    if (worst === undefined) return
    const count = calls.reduce((sum, call) => sum + call.calls, 0)
    add(code, failingSince(calls, lastSuccessMs), {
      errorCode: worst.errorCode ?? '',
      calls: count,
      atMs: worst.lastMs,
    })
  }
  failing(
    'KEY_BUDGET_SPENT',
    ({ outcome, errorCode }) => outcome === 'DENIED' && errorCode === 'budget_exhausted',
  )
  failing(
    'KEY_MODEL_REFUSED',
    ({ errorCode }) => errorCode === 'model_not_allowed' || errorCode === 'model_not_found',
  )
  failing(
    'KEY_UPSTREAM_FAILING',
    ({ outcome, errorCode }) => outcome === 'ERROR' && UPSTREAM_FAULTS.has(errorCode ?? ''),
  )
  for (const [at, use] of facts.budgets.entries()) {
    const usedPercent = use.limitNanoUsd === 0 ? 100 : Math.floor((use.spentNanoUsd / use.limitNanoUsd) * 100)
    if (usedPercent < WARN_PERCENT) continue
    const detail = {
      usedPercent,
      window: use.window,
      spentUsd: usdOf(BigInt(use.spentNanoUsd)),
      limitUsd: usdOf(BigInt(use.limitNanoUsd)),
    }
    add('KEY_BUDGET_OVER_80', NOT_KNOWN, detail, `${at}`)
  }
  if (key.expiresMs !== null && key.expiresMs - nowMs <= EXPIRES_SOON_MS)
    add('KEY_EXPIRES_SOON', sinceWithin(key, key.expiresMs - EXPIRES_SOON_MS), { atMs: key.expiresMs })
  const usedMs = key.lastUsedMs ?? key.createdMs
  const isUnused = nowMs - usedMs >= UNUSED_MS
  if (isUnused)
    add('KEY_UNUSED', began(usedMs + UNUSED_MS), key.lastUsedMs === null ? {} : { atMs: key.lastUsedMs })
  if (!hasLimit(policy)) add('KEY_WITHOUT_LIMITS', sinceWithin(key, key.createdMs))
  const unused =
    isUnused || nowMs - key.createdMs < UNUSED_MODELS_MS ? [] : unusedModels(policy, facts.modelsUsed)
  if (unused.length > 0) add('KEY_ALLOWS_UNUSED_MODELS', NOT_KNOWN, { models: unused.slice(0, MODELS_MAX) })
  const former = facts.recent.filter(({ usedSecret }) => usedSecret === 'FORMER')
  if (former.length > 0 && (key.formerUntilMs ?? 0) > nowMs) {
    const lastMs = Math.max(...former.map((call) => call.lastMs))
    // Only recent calls are looked at.
    add('KEY_FORMER_SECRET_USED', atLeast(Math.min(...former.map(({ firstMs }) => firstMs))), {
      atMs: lastMs,
      calls: former.reduce((sum, call) => sum + call.calls, 0),
    })
  }
  if (key.secretMs !== null && nowMs - key.secretMs >= OLD_SECRET_MS)
    add('KEY_NEVER_ROTATED', began(key.secretMs + OLD_SECRET_MS))
  return found
}

/** Whether any limit or budget of a policy is enforced. */
export function hasLimit(policy: KeyPolicy | null): boolean {
  return [...(policy?.limits ?? []), ...(policy?.budgets ?? [])].some(({ mode }) => mode === 'ENFORCE')
}

type Since = { sinceMs: number | null; sinceAtLeast: boolean }

const NOT_KNOWN: Since = { sinceMs: null, sinceAtLeast: false }
const began = (sinceMs: number): Since => ({ sinceMs, sinceAtLeast: false })
const atLeast = (sinceMs: number): Since => ({ sinceMs, sinceAtLeast: true })

/** Since the first failure that no success came after. Where no success is among the recent calls, older ones may have failed too. */
function failingSince(calls: readonly RecentCalls[], lastSuccessMs: number): Since {
  // Of calls that failed before the success as well, only the last is known to be after it.
  const isSplit = calls.some(({ firstMs }) => firstMs <= lastSuccessMs)
  const sinceMs = Math.min(
    ...calls.map(({ firstMs, lastMs }) => (firstMs > lastSuccessMs ? firstMs : lastMs)),
  )
  return isSplit || lastSuccessMs === 0 ? atLeast(sinceMs) : began(sinceMs)
}

/** Of what a key itself says and is so from `fromMs` on: a change of the key after that may have brought it about, or have left it alone. */
function sinceWithin({ createdMs, updatedMs }: KeyFact, fromMs: number): Since {
  if (updatedMs <= Math.max(fromMs, createdMs)) return began(Math.max(fromMs, createdMs))
  return atLeast(updatedMs)
}

function unusedModels(policy: KeyPolicy | null, used: ReadonlySet<string> | null): string[] {
  if (used === null || used.size === 0) return []
  return (policy?.models?.allow ?? []).filter((pattern) => {
    const test = modelTest(pattern)
    return ![...used].some(test)
  })
}

function of(recent: readonly RecentCalls[], outcome: string): RecentCalls[] {
  return recent.filter((call) => call.outcome === outcome)
}
