// The classes of failure of an attempt before anything of a response was sent to the client, and what each leads to: a retry,
// failover, a cooldown, a step of the circuit breaker.

/** The error that an upstream reported; `code` is never empty. */
export type ReportedFailure = { code: string; message: string | null }

/**
 * CONNECT: no byte of the request was sent. TIMEOUT, RESET: silence, or the end of the connection, before a response head.
 * INTERRUPTED: the same after it. INVALID_ANSWER: an HTML page, or a redirect. SERVER_ERROR: 5xx, or a stream that begins with
 * an error. NOT_FOUND: a 404: this upstream lacks the model, the endpoint or an object that the request names. REFUSED: everything else; the request's own fault.
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

/** What a failure of one class leads to. */
export type FailurePolicy = {
  /**
   * The candidate routes that failover may go to: those of another upstream; those that differ in the upstream or in the model
   * there; any, such as one with another credential; none, so that the failure is the client's response.
   */
  failover: 'other-upstream' | 'other-route' | 'any' | 'none'
  /** Without another candidate the same route is tried again after a delay: the failed attempt cannot have had an effect. */
  retry: boolean
  /** What it says of the upstream: it does not respond; it responds, with failures of its own; nothing against it. */
  upstream: 'unreachable' | 'degraded' | 'alive'
  /** The cooldown where the upstream advises none, in milliseconds; null: none, but that a SERVER_ERROR sets what the upstream advises. */
  cooldownMs: number | null
  /** What cools down: the credential, or the credential for this one model, which is how providers count calls. */
  cooldownScope: 'credential' | 'model'
}

const NO_FAILOVER = {
  failover: 'none',
  retry: false,
  upstream: 'alive',
  cooldownMs: null,
  cooldownScope: 'model',
} as const

/**
 * No class lets a call be repeated once a byte of a response has come: from then on something was generated, and is charged.
 * Before that, a call that may have reached a model may fail over, but is never retried on the same route.
 */
export const FAILURE_POLICIES: Readonly<Record<FailureClass, FailurePolicy>> = {
  CONNECT: { ...NO_FAILOVER, failover: 'other-upstream', retry: true, upstream: 'unreachable' },
  TIMEOUT: { ...NO_FAILOVER, failover: 'other-route', upstream: 'unreachable' },
  RESET: { ...NO_FAILOVER, failover: 'other-route', upstream: 'unreachable' },
  INTERRUPTED: NO_FAILOVER,
  INVALID_ANSWER: { ...NO_FAILOVER, failover: 'other-upstream', upstream: 'degraded' },
  SERVER_ERROR: { ...NO_FAILOVER, failover: 'other-route', upstream: 'degraded' },
  RATE_LIMITED: { ...NO_FAILOVER, failover: 'any', cooldownMs: 5_000 },
  QUOTA_EXHAUSTED: { ...NO_FAILOVER, failover: 'any', cooldownMs: 60_000, cooldownScope: 'credential' },
  CREDENTIAL_REFUSED: { ...NO_FAILOVER, failover: 'any', cooldownMs: 60_000, cooldownScope: 'credential' },
  NOT_FOUND: { ...NO_FAILOVER, failover: 'any' },
  REFUSED: NO_FAILOVER,
}

/** Whether a call whose only attempt failed so needs an attempt log beside its record. */
export function isIncident(failure: FailureClass): boolean {
  return failure !== 'REFUSED' && failure !== 'NOT_FOUND'
}

/** The class of an error response, by its status and the error that it reports, where that was read. */
export function classifyResponse(status: number, reported: ReportedFailure | null): FailureClass {
  if (refusesCredential(status, reported)) return 'CREDENTIAL_REFUSED'
  // OpenRouter and DeepSeek: not enough credits.
  if (status === 402) return 'QUOTA_EXHAUSTED'
  if (status === 429) return reported !== null && isQuotaError(reported) ? 'QUOTA_EXHAUSTED' : 'RATE_LIMITED'
  if (status === 404 || status === 405 || status === 501) return 'NOT_FOUND'
  // OpenAI's, where the project of the credential may not use the model; another credential may.
  if (status === 403 && reported?.code === 'model_not_found') return 'NOT_FOUND'
  if (status === 400 && reported !== null && isMissingObject(reported)) return 'NOT_FOUND'
  if (status === 408) return 'TIMEOUT'
  return status >= 500 ? 'SERVER_ERROR' : 'REFUSED'
}

/**
 * The class of an error that a stream begins with, under a status of success. Its code is a status where the upstream is
 * another gateway (OpenRouter: https://openrouter.ai/docs/api-reference/errors), else one of OpenAI's.
 */
export function classifyStreamError(reported: ReportedFailure): FailureClass {
  if (/^[45]\d\d$/.test(reported.code)) return classifyResponse(Number(reported.code), reported)
  if (isQuotaError(reported)) return 'QUOTA_EXHAUSTED'
  if (/rate.?limit|RESOURCE_EXHAUSTED/i.test(reported.code)) return 'RATE_LIMITED'
  if (/invalid_api_key|authentication|permission/i.test(reported.code)) return 'CREDENTIAL_REFUSED'
  if (/model_not_found/i.test(reported.code)) return 'NOT_FOUND'
  // https://platform.openai.com/docs/guides/error-codes; all of these are about the client's request.
  if (/invalid|context_length|content_(policy|filter)|too_(long|large)|unsupported/i.test(reported.code))
    return 'REFUSED'
  return 'SERVER_ERROR'
}

/** What takes the place of the gateway's secrets in what an upstream sends. */
export const REMOVED_SECRET = '[credential]'

/**
 * True where an upstream refuses the gateway's credential, which the client must not learn of: every 401, and a 403 or 400
 * whose error says so, also of a credential that lacks a scope.
 */
export function refusesCredential(status: number, error: ReportedFailure | null): boolean {
  if (status === 401) return true
  if (error === null) return false
  const reported = `${error.code} ${error.message ?? ''}`.replaceAll(REMOVED_SECRET, '')
  // Gemini responds to a wrong key with 400: https://ai.google.dev/gemini-api/docs/troubleshooting.
  if (status === 400) return /\binvalid_api_key\b|\bAPI_KEY_INVALID\b|\bAPI key not valid\b/i.test(reported)
  return (
    status === 403 &&
    /(\b|_)(api[ _-]?key|credential|authenticat|access[ _-]token\b|missing[ _]scopes?\b)/i.test(reported)
  )
}

// OpenAI's for what another account has stored, or sealed: https://platform.openai.com/docs/guides/conversation-state.
const MISSING_CODES: ReadonlySet<string> = new Set([
  'previous_response_not_found',
  'conversation_not_found',
  'invalid_encrypted_content',
])

/** An object that the request names is not at this upstream, or not of this credential. */
function isMissingObject({ code, message }: ReportedFailure): boolean {
  return (
    MISSING_CODES.has(code) ||
    /^(previous response|response|item|conversation|container|file|vector store)s? with id .{1,300} (is |was )?not found/i.test(
      message ?? '',
    )
  )
}

/** An account without money or credits: a retry some seconds later fails as well. */
function isQuotaError({ code, message }: ReportedFailure): boolean {
  return /insufficient_quota|billing|insufficient_(balance|credits|funds)/i.test(`${code} ${message ?? ''}`)
}
