// The error that a client gets for a denied call.
import type { CallErrorCode } from '../error-catalogue.ts'
import { type CallError, callError } from '../errors.ts'
import { printable } from '../logs/printable-text.ts'
import { usdOf } from '../pricing/money.ts'
import type { RateLimits } from './rate-limits.ts'
import type { AdmissionRequest, RuleName, Verdict } from './verdict.ts'

// OpenAI's SDKs obey a wait of up to a minute; beyond it they retry after seconds, which fails again.
const WAIT_MAX_MS = 60_000
// Concurrency frees up when an in-flight call ends, and that time is not known beforehand.
const PLACE_WAIT_MS = 1_000

/** The rule that a call was denied by, by the error code in its log; null for an error that is no rule's. */
export function ruleOfDenial(errorCode: string | null): RuleName | null {
  return errorCode !== null && Object.hasOwn(RULE_OF_CODE, errorCode)
    ? RULE_OF_CODE[errorCode as keyof typeof RULE_OF_CODE]
    : null
}

const RULE_OF_CODE = {
  address_not_allowed: 'ADDRESS',
  endpoint_not_allowed: 'ENDPOINT',
  model_not_allowed: 'MODEL',
  price_unknown: 'BUDGET',
  budget_exhausted: 'BUDGET',
  token_limit_reached: 'TOKENS',
  request_over_limit: 'TOKENS',
  request_limit_reached: 'REQUESTS',
  concurrency_limit_reached: 'CONCURRENCY',
} as const satisfies Partial<Record<CallErrorCode, RuleName>>

/** What helps whoever is denied: the console's page about the key, and whom to ask; null: nobody has said. */
export type DenialHelp = { url: string; contact: string | null }

/**
 * The error for a verdict that refuses. `param` is `model` where the model is at fault, and null where a limit is, as OpenAI has it: the
 * message names whose limit it is.
 * `limits` go out as headers with it; `help` null: nobody has said where the console is.
 */
export function denialError(
  verdict: Verdict,
  request: AdmissionRequest,
  limits: RateLimits,
  nowMs: number,
  help: DenialHelp | null = null,
): CallError {
  const error = { ...errorOf(verdict, request, limits, nowMs), sharedBy: verdict.sharedBy ?? null }
  if (help === null) return error
  const { rule, window, resetsAtMs } = verdict
  return { ...error, moreInfo: { ...help, rule, window, resetsAtMs } }
}

function errorOf(verdict: Verdict, request: AdmissionRequest, limits: RateLimits, nowMs: number): CallError {
  const rateLimits = limits
  switch (verdict.rule) {
    case 'ADDRESS':
      return callError('address_not_allowed', { rateLimits })
    case 'ENDPOINT':
      return callError('endpoint_not_allowed', {
        rateLimits,
        message: `This API key may not call ${printable(request.endpoint, 200)}. Ask an admin of this gateway to allow it.`,
      })
    case 'MODEL':
      return callError('model_not_allowed', {
        rateLimits,
        param: 'model',
        message: modelMessage(verdict, request),
      })
    case 'BUDGET':
      return budgetError(verdict, request, limits)
    case 'TOKENS':
    case 'REQUESTS':
      return rateError(verdict, limits, nowMs)
    case 'CONCURRENCY':
      return callError('concurrency_limit_reached', {
        rateLimits,
        retryAfterMs: PLACE_WAIT_MS,
        message: `Rate limit reached for ${subjectOf(verdict)} on calls at once: Limit ${verdict.limit}, Used ${verdict.used}. Please try again when one of them has ended.`,
      })
  }
}

function modelMessage({ refusal }: Verdict, { model }: AdmissionRequest): string {
  if (refusal === 'MODEL_NOT_NAMED' || model === null) {
    return 'This API key may use certain models only. Send `model` with the name of one of them.'
  }
  return `This API key does not have access to model \`${printable(model, 100)}\`. Ask an admin of this gateway to allow it.`
}

function budgetError(verdict: Verdict, { model }: AdmissionRequest, rateLimits: RateLimits): CallError {
  if (verdict.refusal === 'PRICE_UNKNOWN') {
    const named = model === null ? 'this call' : `model \`${printable(model, 100)}\``
    return callError('price_unknown', {
      rateLimits,
      // The part of the request whose price is missing; another one has no place of its own.
      ...(model === null ? {} : { param: 'model' }),
      message: `${capital(subjectOf(verdict))} has a budget, and the price of ${named} is not known, or that of a tool or service tier in the request. Ask an admin of this gateway to set it.`,
    })
  }
  const { window, resetsAtMs } = verdict
  const period = window === null || window === 'TOTAL' ? 'total' : `${window.toLowerCase()}'s`
  const reset = resetsAtMs === null ? '' : ` It begins anew at ${new Date(resetsAtMs).toISOString()}.`
  const amounts = `Limit $${usd(verdict.limit)}, Used $${usd(verdict.used)}, Requested up to $${usd(verdict.requested)}`
  const message =
    verdict.refusal === 'LARGER_THAN_LIMIT'
      ? `This call could cost more than the ${period} budget of ${subjectOf(verdict)}: ${amounts}. Send less, or a smaller \`max_tokens\`.`
      : `${capital(subjectOf(verdict))} has exceeded its ${period} budget${forModel(verdict)}: ${amounts}.${reset} A smaller \`max_tokens\` may fit; an admin of this gateway can raise the budget.`
  return callError('budget_exhausted', { rateLimits, message })
}

function rateError(verdict: Verdict, rateLimits: RateLimits, nowMs: number): CallError {
  const unit = verdict.rule === 'TOKENS' ? 'tokens' : 'requests'
  const per = `${unit} per ${(verdict.window ?? 'MINUTE').toLowerCase()}`
  if (verdict.refusal === 'LARGER_THAN_LIMIT') {
    return callError('request_over_limit', {
      rateLimits,
      message: `Request too large for ${subjectOf(verdict)} on ${per}${forModel(verdict)}: Limit ${verdict.limit}, Requested ${verdict.requested}. The input or output tokens must be reduced in order to run successfully.`,
    })
  }
  const waitMs = Math.max(1, (verdict.resetsAtMs ?? nowMs) - nowMs)
  return callError(verdict.rule === 'TOKENS' ? 'token_limit_reached' : 'request_limit_reached', {
    rateLimits,
    retryAfterMs: waitMs,
    retryable: waitMs <= WAIT_MAX_MS,
    message: `Rate limit reached for ${subjectOf(verdict)} on ${per}${forModel(verdict)}: Limit ${verdict.limit}, Used ${verdict.used}, Requested ${verdict.requested}. Please try again in ${waitMs / 1000}s.`,
  })
}

function forModel({ model }: Verdict): string {
  return model === null ? '' : ` for \`${model}\``
}

function usd(nanoUsd: number | null): string {
  return usdOf(BigInt(Math.round(nanoUsd ?? 0)))
}

/** Whose limit or budget it is. */
function subjectOf({ sharedBy }: Verdict): string {
  if (sharedBy === undefined) return 'this API key'
  return `the ${sharedBy.kind === 'OWNER' ? 'owner' : 'label'} "${sharedBy.name}" of this API key`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
