// The error catalogue of /v1, in OpenAI's terms. http/wire/error-response.ts renders it.
// Shapes, types and codes: https://platform.openai.com/docs/guides/error-codes and the `Error` schema of OpenAI's OpenAPI file.
import type { RateLimits } from './policy/rate-limits.ts'
import type { RuleName, SharedBy } from './policy/verdict.ts'

/** Why the in-flight calls of a key are aborted. */
export type AbortReason = 'api_key_revoked' | 'api_key_disabled' | 'api_key_deleted' | 'owner_disabled'

/** Where a client should look for the cause: at the gateway (a rule, a limit, a wrong request) or at the upstream. */
export type ErrorSource = 'gateway' | 'upstream'

type Entry = {
  httpStatus: number
  /** OpenAI's `type`. */
  type:
    | 'invalid_request_error'
    | 'api_error'
    | 'server_error'
    | 'not_found_error'
    | 'requests'
    | 'tokens'
    | 'insufficient_quota'
  /** OpenAI's `code` on the wire; the log keeps the entry's own name. */
  wireCode: string | null
  source: ErrorSource
  /** False: sending the same call again cannot help, and `x-should-retry: false` says so to OpenAI's SDKs. */
  retryable: boolean
  message: string
}

const CATALOGUE = {
  api_key_missing: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: null,
    source: 'gateway',
    retryable: false,
    message:
      "You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY` or `X-API-Key: YOUR_KEY`; an admin can make one in the Latchkey console.",
  },
  // No part of what was sent is repeated: it may be a key of something else.
  invalid_api_key: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message:
      'Incorrect API key provided. Latchkey keys are UUIDs, with or without `sk-` before them; ask an admin of this gateway for one.',
  },
  // Retry-After says when.
  authentication_throttled: {
    httpStatus: 429,
    type: 'requests',
    wireCode: 'authentication_throttled',
    source: 'gateway',
    retryable: false,
    message:
      'Too many calls without a valid API key came from your network. Check the key that you send; after the time in `Retry-After` you may try another. Calls with a valid key are served.',
  },
  api_key_revoked: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message: 'This API key has been revoked. Ask an admin of this gateway for a new one.',
  },
  api_key_expired: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message: 'This API key has expired. Ask an admin of this gateway for a new one, or to extend it.',
  },
  // Of an aborted call alone: the next call with a deleted key is of no known key.
  api_key_deleted: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message: 'This API key has been deleted. Ask an admin of this gateway for a new one.',
  },
  api_key_replaced: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message:
      'The secret of this API key has been replaced, and this former one works no more. Ask an admin of this gateway for the new one.',
  },
  api_key_disabled: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message: 'This API key is disabled. Ask an admin of this gateway to enable it.',
  },
  owner_disabled: {
    httpStatus: 401,
    type: 'invalid_request_error',
    wireCode: 'invalid_api_key',
    source: 'gateway',
    retryable: false,
    message:
      'The owner of this API key is disabled, and all of its keys with it. Ask an admin of this gateway to enable the owner.',
  },
  address_not_allowed: {
    httpStatus: 403,
    type: 'invalid_request_error',
    wireCode: 'ip_not_authorized',
    source: 'gateway',
    retryable: false,
    message:
      'This API key may not be used from your IP address. Ask an admin of this gateway to add it to the list of the key.',
  },
  endpoint_not_allowed: {
    httpStatus: 403,
    type: 'invalid_request_error',
    wireCode: 'missing_scope',
    source: 'gateway',
    retryable: false,
    message: 'This API key may not call this endpoint. Ask an admin of this gateway to allow it.',
  },
  // OpenAI's own response where a project may not use a model.
  model_not_allowed: {
    httpStatus: 403,
    type: 'invalid_request_error',
    wireCode: 'model_not_found',
    source: 'gateway',
    retryable: false,
    message: 'This API key does not have access to the model. Ask an admin of this gateway to allow it.',
  },
  price_unknown: {
    httpStatus: 403,
    type: 'invalid_request_error',
    wireCode: 'price_unknown',
    source: 'gateway',
    retryable: false,
    message:
      'This API key has a budget, and the price of this call is not known. Ask an admin of this gateway to set it.',
  },
  budget_exhausted: {
    httpStatus: 429,
    type: 'insufficient_quota',
    wireCode: 'insufficient_quota',
    source: 'gateway',
    retryable: false,
    message: 'This API key has exceeded its budget. An admin of this gateway can raise it.',
  },
  request_limit_reached: {
    httpStatus: 429,
    type: 'requests',
    wireCode: 'rate_limit_exceeded',
    source: 'gateway',
    retryable: true,
    message: 'Rate limit reached for this API key on requests. Please try again later.',
  },
  token_limit_reached: {
    httpStatus: 429,
    type: 'tokens',
    wireCode: 'rate_limit_exceeded',
    source: 'gateway',
    retryable: true,
    message: 'Rate limit reached for this API key on tokens. Please try again later.',
  },
  request_over_limit: {
    httpStatus: 429,
    type: 'tokens',
    wireCode: 'rate_limit_exceeded',
    source: 'gateway',
    retryable: false,
    message:
      'Request too large for the token limit of this API key. The input or output tokens must be reduced.',
  },
  concurrency_limit_reached: {
    httpStatus: 429,
    type: 'requests',
    wireCode: 'rate_limit_exceeded',
    source: 'gateway',
    retryable: true,
    message: 'Too many calls of this API key at once. Please try again when one of them has ended.',
  },
  // Retry-After says when. Of the questions of a key about itself, which read the ledger.
  own_key_throttled: {
    httpStatus: 429,
    type: 'requests',
    wireCode: 'rate_limit_exceeded',
    source: 'gateway',
    retryable: true,
    message:
      'Too many questions of this API key about itself. Try again after the time in `Retry-After`. Other calls are served.',
  },
  self_rotation_not_allowed: {
    httpStatus: 403,
    type: 'invalid_request_error',
    wireCode: 'self_rotation_not_allowed',
    source: 'gateway',
    retryable: false,
    message:
      'This API key may not replace its own secret. Ask an admin of this gateway to rotate it, or to set `selfRotation` in its policy.',
  },
  // Retry-After says when, where the first request has not ended.
  idempotency_conflict: {
    httpStatus: 409,
    type: 'invalid_request_error',
    wireCode: 'idempotency_conflict',
    source: 'gateway',
    retryable: false,
    message: 'Another request was sent with this Idempotency-Key. Send a new key with each new request.',
  },
  unknown_url: {
    httpStatus: 404,
    type: 'invalid_request_error',
    wireCode: 'unknown_url',
    source: 'gateway',
    retryable: false,
    message: 'Unknown request URL. Check the path and the method against the OpenAI API reference.',
  },
  method_not_allowed: {
    httpStatus: 405,
    type: 'invalid_request_error',
    wireCode: 'method_not_allowed',
    source: 'gateway',
    retryable: false,
    message: 'Not allowed to use this method on this endpoint.',
  },
  // A session whose Upgrade header a proxy has dropped.
  upgrade_required: {
    httpStatus: 426,
    type: 'invalid_request_error',
    wireCode: 'upgrade_required',
    source: 'gateway',
    retryable: false,
    message:
      'This endpoint takes WebSocket connections alone, and this request came without `Connection: Upgrade` and `Upgrade: websocket`. A proxy between may have dropped them.',
  },
  // Clients that try a WebSocket first, such as Codex, send the call over HTTP after a 426, and after no other status.
  websocket_not_supported: {
    httpStatus: 426,
    type: 'invalid_request_error',
    wireCode: 'websocket_not_supported',
    source: 'gateway',
    retryable: false,
    message: 'There is no WebSocket here. Send the call over HTTP.',
  },
  // It ended because of its length, as at OpenAI: https://platform.openai.com/docs/guides/realtime-conversations.
  session_expired: {
    httpStatus: 403,
    type: 'invalid_request_error',
    wireCode: 'session_expired',
    source: 'gateway',
    retryable: false,
    message: 'This session has lasted as long as this gateway allows. Open another one.',
  },
  model_not_found: {
    httpStatus: 404,
    type: 'invalid_request_error',
    wireCode: 'model_not_found',
    source: 'gateway',
    retryable: false,
    message: 'The model does not exist or you do not have access to it.',
  },
  // Another key's object, or none: the same words, so that nobody learns which.
  object_not_found: {
    httpStatus: 404,
    type: 'invalid_request_error',
    wireCode: null,
    source: 'gateway',
    retryable: false,
    message: 'No such object.',
  },
  // Clients begin anew by this code of OpenAI's.
  previous_response_not_found: {
    httpStatus: 404,
    type: 'invalid_request_error',
    wireCode: 'previous_response_not_found',
    source: 'gateway',
    retryable: false,
    message: 'Previous response not found.',
  },
  model_required: {
    httpStatus: 400,
    type: 'invalid_request_error',
    wireCode: null,
    source: 'gateway',
    retryable: false,
    message: 'You must provide a `model` parameter: a string such as "auto".',
  },
  invalid_json: {
    httpStatus: 400,
    type: 'invalid_request_error',
    wireCode: null,
    source: 'gateway',
    retryable: false,
    message: 'We could not parse the JSON body of your request. The body must be one JSON object in UTF-8.',
  },
  invalid_request: {
    httpStatus: 400,
    type: 'invalid_request_error',
    wireCode: null,
    source: 'gateway',
    retryable: false,
    message: 'The request is not well-formed HTTP for this API.',
  },
  unsupported_media_type: {
    httpStatus: 415,
    type: 'invalid_request_error',
    wireCode: 'unsupported_media_type',
    source: 'gateway',
    retryable: false,
    message:
      'This endpoint takes a JSON body: send `Content-Type: application/json`, and no Content-Encoding but one of gzip, deflate, br and zstd.',
  },
  request_too_large: {
    httpStatus: 413,
    type: 'invalid_request_error',
    wireCode: 'request_too_large',
    source: 'gateway',
    retryable: false,
    message: 'The request body is larger than this gateway accepts.',
  },
  // Retry-After says when.
  request_memory_full: {
    httpStatus: 503,
    type: 'server_error',
    wireCode: 'request_memory_full',
    source: 'gateway',
    retryable: true,
    message: 'Too many bytes of request bodies are in flight. Try again when `Retry-After` says.',
  },
  // More forms at once than the gateway keeps until they are sent on.
  uploads_busy: {
    httpStatus: 503,
    type: 'server_error',
    wireCode: 'uploads_busy',
    source: 'gateway',
    retryable: true,
    message:
      'This gateway is reading as many uploads as it has room for. Try again after the time in `Retry-After`.',
  },
  upload_space_full: {
    httpStatus: 507,
    type: 'server_error',
    wireCode: 'upload_space_full',
    source: 'gateway',
    retryable: true,
    message:
      'The disk of this gateway has no room for the upload, and nothing was sent on. Ask an admin of this gateway to make room.',
  },
  key_store_unavailable: {
    httpStatus: 503,
    type: 'server_error',
    wireCode: 'key_store_unavailable',
    source: 'gateway',
    retryable: true,
    message: 'This API key cannot be checked at the moment. Try again shortly.',
  },
  object_store_unavailable: {
    httpStatus: 503,
    type: 'server_error',
    wireCode: 'object_store_unavailable',
    source: 'gateway',
    retryable: true,
    message:
      'This gateway cannot look up the objects that the request names right now. Try again in a moment.',
  },
  shutting_down: {
    httpStatus: 503,
    type: 'server_error',
    wireCode: 'shutting_down',
    source: 'gateway',
    retryable: true,
    message: 'This gateway is restarting. Try again shortly.',
  },
  internal_error: {
    httpStatus: 500,
    type: 'server_error',
    wireCode: 'internal_error',
    source: 'gateway',
    retryable: false,
    message: 'The gateway had an error while handling your request.',
  },
  // No upstream was tried: each has just failed, or has refused the gateway's credential or its rate of calls.
  upstreams_cooling_down: {
    httpStatus: 503,
    type: 'server_error',
    wireCode: 'upstreams_cooling_down',
    source: 'gateway',
    retryable: true,
    message:
      'Every upstream of this model is cooling down after an error. Try again after the time in `Retry-After`.',
  },
  upstream_unreachable: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_unreachable',
    source: 'upstream',
    retryable: true,
    message: 'The upstream could not be reached, or closed the connection before it responded.',
  },
  upstream_interrupted: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_interrupted',
    source: 'upstream',
    retryable: true,
    message:
      'The upstream closed the connection before the end of its response; what was received is incomplete.',
  },
  upstream_invalid_answer: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_invalid_answer',
    source: 'upstream',
    retryable: true,
    message:
      'The response of the upstream is not valid for this endpoint: it is incomplete, or of another format.',
  },
  // Rendered with the upstream's own status, which is an error's.
  upstream_error_page: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_error_page',
    source: 'upstream',
    retryable: true,
    message: 'The upstream responded with a page in place of an error in JSON.',
  },
  upstream_timeout: {
    httpStatus: 504,
    type: 'server_error',
    wireCode: 'upstream_timeout',
    source: 'upstream',
    retryable: true,
    message: 'The upstream did not respond in time.',
  },
  // Followed, it could send our credential to another host; passed on, the client's key.
  upstream_redirected: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_redirected',
    source: 'upstream',
    retryable: false,
    message: 'The upstream responded with a redirect, which this gateway does not follow.',
  },
  upstream_refused_upgrade: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_refused_upgrade',
    source: 'upstream',
    retryable: false,
    message: 'The upstream does not open WebSockets at this path.',
  },
  // The gateway's credential is at fault, so the error must not blame the client's key.
  upstream_refused_credential: {
    httpStatus: 502,
    type: 'server_error',
    wireCode: 'upstream_refused_credential',
    source: 'upstream',
    retryable: false,
    message:
      "The upstream refused this gateway's credential. Your API key is fine; an admin has to look at the upstream.",
  },
} as const satisfies Record<string, Entry>

export type CallErrorCode = keyof typeof CATALOGUE

/** Whether a code is one of the catalogue; a log may also have an upstream's. */
export function isCallErrorCode(code: string): code is CallErrorCode {
  return Object.hasOwn(CATALOGUE, code)
}

/** The error of one call, ready to be rendered and logged. */
export type CallError = Entry & {
  code: CallErrorCode
  /** The request parameter at fault, in OpenAI's terms; null where none is. */
  param: string | null
  /** The methods that there are, for a 405 (RFC 9110 §15.5.6). */
  allow: string[] | null
  /** How long to wait before another call can succeed; null where that is not known. */
  retryAfterMs: number | null
  /** Where whoever has the key finds out more about a denial; null: nowhere. */
  moreInfo: MoreInfo | null
  /** Of a denial by a rule that the key shares: with whom. Null: any other error. */
  sharedBy: SharedBy | null
  /** What remains of the key's limits; null where it is not known, or the key has none. */
  rateLimits: RateLimits | null
}

/** A denial by a rule, for whoever has the key. */
export type MoreInfo = {
  /** The console's page of the key that is pasted there. */
  url: string
  /** Whom to ask: of the owner of the key; null: nobody has said. */
  contact: string | null
  rule: RuleName
  /** Null: the rule has none. */
  window: string | null
  /** When the window ends, in milliseconds since the epoch; null: never, or there is none. */
  resetsAtMs: number | null
}

/** What an entry leaves open. `message` and `retryable` replace the entry's; a message must hold no secret. */
export type ErrorParticulars = {
  message?: string
  retryable?: boolean
  param?: string
  allow?: string[]
  retryAfterMs?: number
  rateLimits?: RateLimits
}

/** An entry of the catalogue, with what is particular to this call. */
export function callError(code: CallErrorCode, particular: ErrorParticulars = {}): CallError {
  const entry = CATALOGUE[code]
  return {
    ...entry,
    code,
    param: particular.param ?? null,
    allow: particular.allow ?? null,
    retryAfterMs: particular.retryAfterMs ?? null,
    moreInfo: null,
    sharedBy: null,
    rateLimits: particular.rateLimits ?? null,
    retryable: particular.retryable ?? entry.retryable,
    message: particular.message ?? entry.message,
  }
}
