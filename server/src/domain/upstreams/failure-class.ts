// What can go wrong at an upstream before anything of its answer has gone out, and what is done about each.

/** The error that an upstream told of; `code` is never empty. */
export type ReportedFailure = { code: string; message: string | null }

/**
 * CONNECT: no byte of the request was sent. TIMEOUT, RESET: silence, or an end, before the head of an answer. INTERRUPTED:
 * after it. INVALID_ANSWER: a page, or a redirect. SERVER_ERROR: 5xx, or a stream that begins with an error. NOT_FOUND: a 404,
 * which says that this upstream lacks the model or the endpoint. REFUSED: everything else that is the call's own fault.
 */
export const FAILURE_CLASSES = [
  'CONNECT',
  'TIMEOUT',
  'RESET',
  'INTERRUPTED',
  'INVALID_ANSWER',
  'SERVER_ERROR',
  'RATE_LIMITED',
  'QUOTA_EXHAUSTED',
  'CREDENTIAL_REFUSED',
  'NOT_FOUND',
  'REFUSED',
] as const
export type FailureClass = (typeof FAILURE_CLASSES)[number]

/** What is done about a failure of one class. */
export type Remedy = {
  /**
   * Which of the further ways may help: one by another upstream; one that differs in its upstream or in its model there; any
   * other, such as one with another credential; none, so that the failure is the caller's answer.
   */
  next: 'other-upstream' | 'other-route' | 'any' | 'none'
  /** Where no other way is left, the same may be gone again after a pause: nothing can have come of the last try. */
  sameAgain: boolean
  /** What it says of the upstream as a whole: that nothing answers there, that what answers is in trouble, or nothing bad. */
  upstream: 'unreachable' | 'degraded' | 'alive'
  /** How long the credential rests where the upstream does not say; null: it does not, unless the upstream says so. */
  cooldownMs: number | null
  /** What rests: the credential, or the credential for this one model, which is how providers count calls. */
  cooldowns: 'credential' | 'model'
}

const PASSED_ON = {
  next: 'none',
  sameAgain: false,
  upstream: 'alive',
  cooldownMs: null,
  cooldowns: 'model',
} as const

/**
 * No class lets a call be made twice of which a byte was answered: from then on something has been generated, and costs. Up
 * to then a call that may have reached a model is made elsewhere, but never sent to the same place again.
 */
export const REMEDIES: Readonly<Record<FailureClass, Remedy>> = {
  CONNECT: { ...PASSED_ON, next: 'other-upstream', sameAgain: true, upstream: 'unreachable' },
  TIMEOUT: { ...PASSED_ON, next: 'other-route', upstream: 'unreachable' },
  RESET: { ...PASSED_ON, next: 'other-route', upstream: 'unreachable' },
  INTERRUPTED: PASSED_ON,
  INVALID_ANSWER: { ...PASSED_ON, next: 'other-upstream', upstream: 'degraded' },
  SERVER_ERROR: { ...PASSED_ON, next: 'other-route', upstream: 'degraded' },
  RATE_LIMITED: { ...PASSED_ON, next: 'any', cooldownMs: 5_000 },
  QUOTA_EXHAUSTED: { ...PASSED_ON, next: 'any', cooldownMs: 60_000, cooldowns: 'credential' },
  CREDENTIAL_REFUSED: { ...PASSED_ON, next: 'any', cooldownMs: 60_000, cooldowns: 'credential' },
  NOT_FOUND: { ...PASSED_ON, next: 'any' },
  REFUSED: PASSED_ON,
}

/** Whether a call that failed so, by its only way, has more to tell than its own record does. */
export function isIncident(failure: FailureClass): boolean {
  return failure !== 'REFUSED' && failure !== 'NOT_FOUND'
}

/** The class of an error answer: its status, and what it told, where that has been read. */
export function classifyResponse(status: number, reported: ReportedFailure | null): FailureClass {
  if (refusesCredential(status, reported)) return 'CREDENTIAL_REFUSED'
  // OpenRouter's and DeepSeek's "not enough credits".
  if (status === 402) return 'QUOTA_EXHAUSTED'
  if (status === 429) return reported !== null && isQuotaError(reported) ? 'QUOTA_EXHAUSTED' : 'RATE_LIMITED'
  if (status === 404 || status === 405 || status === 501) return 'NOT_FOUND'
  // OpenAI's, where the project of the credential may not use the model: another one's may.
  if (status === 403 && reported?.code === 'model_not_found') return 'NOT_FOUND'
  if (status === 408) return 'TIMEOUT'
  return status >= 500 ? 'SERVER_ERROR' : 'REFUSED'
}

/**
 * The class of an error that a stream begins with, under a status of success. Its code is a status where the upstream was
 * another gateway (OpenRouter: https://openrouter.ai/docs/api-reference/errors), else one of OpenAI's.
 */
export function classifyStreamError(reported: ReportedFailure): FailureClass {
  if (/^[45]\d\d$/.test(reported.code)) return classifyResponse(Number(reported.code), reported)
  if (isQuotaError(reported)) return 'QUOTA_EXHAUSTED'
  if (/rate.?limit|RESOURCE_EXHAUSTED/i.test(reported.code)) return 'RATE_LIMITED'
  if (/invalid_api_key|authentication|permission/i.test(reported.code)) return 'CREDENTIAL_REFUSED'
  if (/model_not_found/i.test(reported.code)) return 'NOT_FOUND'
  // https://platform.openai.com/docs/guides/error-codes; all of these are about what the caller wrote.
  if (/invalid|context_length|content_(policy|filter)|too_(long|large)|unsupported/i.test(reported.code))
    return 'REFUSED'
  return 'SERVER_ERROR'
}

/**
 * True where an upstream's refusal is of the gateway's credential, which is no business of the caller's: every 401, and
 * those 403 and 400 that say so: one that lacks a scope, too.
 */
export function refusesCredential(status: number, error: ReportedFailure | null): boolean {
  if (status === 401) return true
  if (error === null) return false
  const reported = `${error.code} ${error.message ?? ''}`
  // Gemini answers a wrong key with 400: https://ai.google.dev/gemini-api/docs/troubleshooting.
  if (status === 400) return /\binvalid_api_key\b|\bAPI_KEY_INVALID\b|\bAPI key not valid\b/i.test(reported)
  return (
    status === 403 &&
    /(\b|_)api[ _-]?key|\bcredential|\bauthenticat|\baccess token\b|\bmissing[_ ]scopes?\b/i.test(reported)
  )
}

/** An account that is out of money or credits, which no waiting of some seconds changes. */
function isQuotaError({ code, message }: ReportedFailure): boolean {
  return /insufficient_quota|billing|insufficient_(balance|credits|funds)/i.test(`${code} ${message ?? ''}`)
}
