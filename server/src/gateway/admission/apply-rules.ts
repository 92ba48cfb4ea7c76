// Asks the rules of a call's key, and keeps with the call what they answered.
import { type CallError, callError } from '../../domain/errors.ts'
import { denialError } from '../../domain/policy/denial.ts'
import {
  denyingVerdict,
  type RequestLine,
  requestForModel,
  requestWithoutModel,
} from '../../domain/policy/judge-call.ts'
import { rateLimitHeaders, rateLimitsOf } from '../../domain/policy/rate-limits.ts'
import { COUNTS_NOTHING, fixedVerdict } from '../../domain/policy/rule-verdicts.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import type { GovernedKey } from './admission.ts'

/** Null: the call may go on, and holds what it may use until its end. Otherwise the refusal; nothing is held then. */
export async function applyRules(
  gateway: Gateway,
  call: Call,
  key: GovernedKey,
  request: AdmissionRequest,
): Promise<CallError | null> {
  try {
    const units = gateway.rules.admit(key, request)
    const decision = units instanceof Promise ? await units : units
    const nowMs = gateway.clock()
    const errorFor = (verdict: Verdict) => denialError(verdict, request, decision.limits, nowMs)
    call.noteShadowDenials(decision.shadow.map((verdict) => errorFor(verdict).code))
    if (!decision.admitted) return errorFor(decision.verdict)
    call.hold(decision)
    call.responseHeaders = { ...call.responseHeaders, ...rateLimitHeaders(decision.limits) }
    return null
  } catch {
    // What the key has used is not known: letting the call in could pass any limit.
    return callError('key_store_unavailable')
  }
}

/**
 * For calls that the gateway answers itself, which are in no count: the refusal of the rules about addresses and endpoints,
 * or every rule's answer.
 */
export async function evaluateRules(
  gateway: Gateway,
  call: Call,
  key: GovernedKey,
  request: AdmissionRequest,
): Promise<CallError | Verdict[]> {
  try {
    const verdicts = await gateway.rules.explain(key, request)
    const nowMs = gateway.clock()
    const limits = rateLimitsOf(verdicts, nowMs)
    call.responseHeaders = { ...call.responseHeaders, ...rateLimitHeaders(limits) }
    const denying = denyingVerdict(verdicts, request.endpoint)
    return denying === null ? verdicts : denialError(denying, request, limits, nowMs)
  } catch {
    return callError('key_store_unavailable')
  }
}

/** What the rules about addresses and endpoints refuse whatever the body says, so that it need not be read. */
export function refusedUnread(key: GovernedKey, line: RequestLine): boolean {
  const request = requestWithoutModel(line)
  const rules = key.policy?.fixed ?? []
  return rules.some(
    ({ rule, mode, refuse }) => rule !== 'MODEL' && mode === 'ENFORCE' && refuse(request) !== null,
  )
}

/** The refusal of a model by the rule about names, where it is enforced; null where it may be called. */
export function refusedModel(
  key: GovernedKey | null,
  line: RequestLine,
  model: string | null,
): CallError | null {
  const rule = key?.policy?.fixed.find(({ rule }) => rule === 'MODEL')
  if (rule === undefined || rule.mode !== 'ENFORCE') return null
  const request = requestForModel(line, model, null, 0, 0)
  const verdict = fixedVerdict(rule, request)
  return verdict.refusal === null ? null : denialError(verdict, request, { requests: null, tokens: null }, 0)
}

/** Whether what a call of this key may cost need be known before it is made. */
export function hasBudget(key: GovernedKey): boolean {
  return (key.policy?.source.budgets.length ?? 0) > 0
}

/** The refusal of a call without a known price, where a budget for all models is enforced that lets none in. */
export function unpricedRefusal(key: GovernedKey, line: RequestLine, model: string | null): CallError | null {
  const refuses = key.policy?.counted.some(
    ({ rule, mode, allowsUnpriced, concerns }) =>
      rule === 'BUDGET' && mode === 'ENFORCE' && !allowsUnpriced && concerns(null),
  )
  if (refuses !== true) return null
  const verdict: Verdict = { ...COUNTS_NOTHING, rule: 'BUDGET', mode: 'ENFORCE', refusal: 'PRICE_UNKNOWN' }
  const request = requestForModel(line, model, null, 0, 0)
  return denialError(verdict, request, { requests: null, tokens: null }, 0)
}
