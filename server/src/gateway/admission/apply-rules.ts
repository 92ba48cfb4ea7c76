// Admits or denies a call by the rules of its key, and notes the result in the call.
import { type CallError, callError } from '../../domain/errors.ts'
import { denialError } from '../../domain/policy/denial.ts'
import {
  denyingVerdict,
  type RequestLine,
  requestForModel,
  requestWithoutModel,
} from '../../domain/policy/judge-call.ts'
import { rateLimitHeaders, rateLimitsOf } from '../../domain/policy/rate-limits.ts'
import { fixedVerdict } from '../../domain/policy/rule-verdicts.ts'
import type { AdmissionRequest, Verdict } from '../../domain/policy/verdict.ts'
import type { Call } from '../call/call.ts'
import type { Gateway } from '../gateway.ts'
import type { GovernedKey } from './admission.ts'

/** Null: the call is admitted, and holds its reservation until its end. Otherwise the error; nothing is reserved then. */
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
    const errorFor = (verdict: Verdict) => denialError(verdict, request, decision.limits, nowMs, key.help)
    call.noteShadowDenials(decision.shadow.map((verdict) => errorFor(verdict).code))
    if (!decision.admitted) return errorFor(decision.verdict)
    call.hold(decision)
    call.responseHeaders = { ...call.responseHeaders, ...rateLimitHeaders(decision.limits) }
    return null
  } catch {
    // What the key has used is not known: to admit the call could exceed any limit.
    return callError('key_store_unavailable')
  }
}

/**
 * For endpoints that the gateway serves itself, which count in no limit: the error of the rules about addresses and
 * endpoints, or the verdict of every rule.
 */
export async function evaluateRules(
  gateway: Gateway,
  call: Call,
  key: GovernedKey,
  request: AdmissionRequest,
): Promise<CallError | Verdict[]> {
  try {
    const verdicts = await gateway.rules.explain(key, { ...request, everyModel: true })
    const nowMs = gateway.clock()
    // The headers are of what counts every call.
    const limits = rateLimitsOf(
      verdicts.filter(({ model }) => model === null),
      nowMs,
    )
    call.responseHeaders = { ...call.responseHeaders, ...rateLimitHeaders(limits) }
    const denying = denyingVerdict(verdicts, request.endpoint)
    return denying === null ? verdicts : denialError(denying, request, limits, nowMs, key.help)
  } catch {
    return callError('key_store_unavailable')
  }
}

/** Whether a rule about addresses or endpoints denies the call whatever its body says, so that the body need not be read. */
export function refusedUnread(key: GovernedKey, line: RequestLine): boolean {
  const request = requestWithoutModel(line)
  const rules = key.policy?.fixed ?? []
  return rules.some(
    ({ rule, mode, refuse }) => rule !== 'MODEL' && mode === 'ENFORCE' && refuse(request) !== null,
  )
}

/**
 * The error of the rules that need nothing of the body: addresses, endpoints, counts of calls and of tokens, concurrency. For a
 * body that is large or of unknown length, before it is read; nothing is reserved. Null: none of them denies the call.
 */
export async function refuseBeforeBody(
  gateway: Gateway,
  key: GovernedKey,
  line: RequestLine,
): Promise<CallError | null> {
  // Every call that reaches a model uses a token at least; it may cost nothing.
  const request = { ...requestWithoutModel(line), tokens: 1 }
  try {
    const verdicts = await gateway.rules.explain(key, request)
    const denying = verdicts.find(
      ({ rule, mode, refusal }) => rule !== 'MODEL' && mode === 'ENFORCE' && refusal !== null,
    )
    if (denying === undefined) return null
    const nowMs = gateway.clock()
    return denialError(denying, request, rateLimitsOf(verdicts, nowMs), nowMs, key.help)
  } catch {
    return callError('key_store_unavailable')
  }
}

/**
 * The error of a model that the enforced rule about models denies; null where the model may be called. `resolvedModel`: its name at
 * the upstream, where that is known.
 */
export function refusedModel(
  key: GovernedKey | null,
  line: RequestLine,
  model: string | null,
  resolvedModel: string | null = null,
): CallError | null {
  const rule = key?.policy?.fixed.find(({ rule }) => rule === 'MODEL')
  if (rule === undefined || rule.mode !== 'ENFORCE') return null
  const request = requestForModel(line, model, resolvedModel, 0, 0)
  const verdict = fixedVerdict(rule, request)
  if (verdict.refusal === null) return null
  return denialError(verdict, request, { requests: null, tokens: null }, 0, key?.help)
}

/** Whether the most that a call may cost must be known before it is admitted. */
export function hasBudget(key: GovernedKey): boolean {
  return (
    (key.policy?.source.budgets.length ?? 0) > 0 ||
    (key.shared?.some(({ policy }) => policy.source.budgets.length > 0) ?? false)
  )
}
