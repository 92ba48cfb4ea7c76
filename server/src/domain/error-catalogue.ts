// The error catalogue of /v1, in OpenAI's terms: what each error says, and how SDKs see it. errors.ts makes the error of a call of it.
// Shapes, types and codes: https://platform.openai.com/docs/guides/error-codes and the `Error` schema of OpenAI's OpenAPI file.

/** Where a client should look for the cause: at the gateway (a rule, a limit, a wrong request) or at the upstream. */
export type ErrorSource = 'gateway' | 'upstream'

export type CatalogueEntry = {
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
  /** OpenAI's `code` on the wire, where it differs from the entry's own name, which the log keeps. */
  wireCode?: string | null
  source: ErrorSource
  /** False: sending the same call again cannot help, and `x-should-retry: false` says so to OpenAI's SDKs. */
  retryable: boolean
  message: string
}

/** By the code that the log keeps. */
export const ERROR_CATALOGUE = {
  api_key_missing: refusal(
    401,
    "You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY` or `X-API-Key: YOUR_KEY`; an admin can make one in the Latchkey console.",
    { wireCode: null },
  ),
  // No part of what was sent is repeated: it may be a key of something else.
  invalid_api_key: keyRefusal(
    'Incorrect API key provided. Latchkey keys are UUIDs, with or without `sk-` before them, and admin tokens (`lka_...`) are none; ask an admin of this gateway for one.',
  ),
  // Retry-After says when.
  authentication_throttled: refusal(
    429,
    'Too many calls without a valid API key came from your network. Check the key that you send; after the time in `Retry-After` you may try another. Calls with a valid key are served.',
    { type: 'requests' },
  ),
  api_key_revoked: keyRefusal('This API key has been revoked. Ask an admin of this gateway for a new one.'),
  api_key_expired: keyRefusal(
    'This API key has expired. Ask an admin of this gateway for a new one, or to extend it.',
  ),
  // Of an aborted call alone: the next call with a deleted key is of no known key.
  api_key_deleted: keyRefusal('This API key has been deleted. Ask an admin of this gateway for a new one.'),
  api_key_replaced: keyRefusal(
    'The secret of this API key has been replaced, and this former one works no more. Ask an admin of this gateway for the new one.',
  ),
  api_key_disabled: keyRefusal('This API key is disabled. Ask an admin of this gateway to enable it.'),
  owner_disabled: keyRefusal(
    'The owner of this API key is disabled, and all of its keys with it. Ask an admin of this gateway to enable the owner.',
  ),
  address_not_allowed: refusal(
    403,
    'This API key may not be used from your IP address. Ask an admin of this gateway to add it to the list of the key.',
    { wireCode: 'ip_not_authorized' },
  ),
  endpoint_not_allowed: refusal(
    403,
    'This API key may not call this endpoint. Ask an admin of this gateway to allow it.',
    { wireCode: 'missing_scope' },
  ),
  // OpenAI's own response where a project may not use a model.
  model_not_allowed: refusal(
    403,
    'This API key does not have access to the model. Ask an admin of this gateway to allow it.',
    { wireCode: 'model_not_found' },
  ),
  price_unknown: refusal(
    403,
    'This API key has a budget, and the price of this call is not known. Ask an admin of this gateway to set it.',
  ),
  budget_exhausted: refusal(
    429,
    'This API key has exceeded its budget. An admin of this gateway can raise it.',
    { type: 'insufficient_quota', wireCode: 'insufficient_quota' },
  ),
  request_limit_reached: rateLimit(
    'requests',
    'Rate limit reached for this API key on requests. Please try again later.',
  ),
  token_limit_reached: rateLimit(
    'tokens',
    'Rate limit reached for this API key on tokens. Please try again later.',
  ),
  request_over_limit: refusal(
    429,
    'Request too large for the token limit of this API key. The input or output tokens must be reduced.',
    { type: 'tokens', wireCode: 'rate_limit_exceeded' },
  ),
  concurrency_limit_reached: rateLimit(
    'requests',
    'Too many calls of this API key at once. Please try again when one of them has ended.',
  ),
  // Retry-After says when. Of the questions of a key about itself, which read the ledger.
  own_key_throttled: rateLimit(
    'requests',
    'Too many questions of this API key about itself. Try again after the time in `Retry-After`. Other calls are served.',
  ),
  self_rotation_not_allowed: refusal(
    403,
    'This API key may not replace its own secret. Ask an admin of this gateway to rotate it, or to set `selfRotation` in its policy.',
  ),
  // Retry-After says when, where the first request has not ended.
  idempotency_conflict: refusal(
    409,
    'Another request was sent with this Idempotency-Key. Send a new key with each new request.',
  ),
  unknown_url: refusal(
    404,
    'Unknown request URL. Check the path and the method against the OpenAI API reference.',
  ),
  method_not_allowed: refusal(405, 'Not allowed to use this method on this endpoint.'),
  // A session whose Upgrade header a proxy has dropped.
  upgrade_required: refusal(
    426,
    'This endpoint takes WebSocket connections alone, and this request came without `Connection: Upgrade` and `Upgrade: websocket`. A proxy between may have dropped them.',
  ),
  // Clients that try a WebSocket first, such as Codex, send the call over HTTP after a 426, and after no other status.
  websocket_not_supported: refusal(426, 'There is no WebSocket here. Send the call over HTTP.'),
  // It ended because of its length, as at OpenAI: https://platform.openai.com/docs/guides/realtime-conversations.
  session_expired: refusal(403, 'This session has lasted as long as this gateway allows. Open another one.'),
  model_not_found: refusal(404, 'The model does not exist or you do not have access to it.'),
  // Another key's object, or none: the same words, so that nobody learns which.
  object_not_found: refusal(404, 'No such object.', { wireCode: null }),
  // Clients recognise this code of OpenAI's, and start a new conversation.
  previous_response_not_found: refusal(404, 'Previous response not found.'),
  model_required: refusal(400, 'You must provide a `model` parameter: a string such as "auto".', {
    wireCode: null,
  }),
  invalid_json: refusal(
    400,
    'We could not parse the JSON body of your request. The body must be one JSON object in UTF-8.',
    { wireCode: null },
  ),
  invalid_request: refusal(400, 'The request is not well-formed HTTP for this API.', { wireCode: null }),
  unsupported_media_type: refusal(
    415,
    'This endpoint takes a JSON body: send `Content-Type: application/json`, and no Content-Encoding but one of gzip, deflate, br and zstd.',
  ),
  request_too_large: refusal(413, 'The request body is larger than this gateway accepts.'),
  // Retry-After says when.
  request_memory_full: serverError(
    503,
    'Too many bytes of request bodies are in flight. Try again when `Retry-After` says.',
  ),
  // More forms at once than the gateway keeps until they are sent on.
  uploads_busy: serverError(
    503,
    'This gateway is reading as many uploads as it has room for. Try again after the time in `Retry-After`.',
  ),
  upload_space_full: serverError(
    507,
    'The disk of this gateway has no room for the upload, and nothing was sent on. Ask an admin of this gateway to make room.',
  ),
  key_store_unavailable: serverError(503, 'This API key cannot be checked at the moment. Try again shortly.'),
  object_store_unavailable: serverError(
    503,
    'This gateway cannot look up the objects that the request names right now. Try again in a moment.',
  ),
  shutting_down: serverError(503, 'This gateway is restarting. Try again shortly.'),
  internal_error: serverError(500, 'The gateway had an error while handling your request.', {
    retryable: false,
  }),
  // No upstream was tried: each has just failed, or has refused the gateway's credential or its rate of calls.
  upstreams_cooling_down: serverError(
    503,
    'Every upstream of this model is cooling down after an error. Try again after the time in `Retry-After`.',
  ),
  upstream_unreachable: upstreamError(
    502,
    'The upstream could not be reached, or closed the connection before it responded.',
  ),
  upstream_interrupted: upstreamError(
    502,
    'The upstream closed the connection before the end of its response; what was received is incomplete.',
  ),
  upstream_invalid_answer: upstreamError(
    502,
    'The response of the upstream is not valid for this endpoint: it is incomplete, or of another format.',
  ),
  // Rendered with the upstream's own status, which is an error's.
  upstream_error_page: upstreamError(502, 'The upstream responded with a page in place of an error in JSON.'),
  upstream_timeout: upstreamError(504, 'The upstream did not respond in time.'),
  // Followed, it could send our credential to another host; passed on, the client's key.
  upstream_redirected: upstreamError(
    502,
    'The upstream responded with a redirect, which this gateway does not follow.',
    { retryable: false },
  ),
  upstream_refused_upgrade: upstreamError(502, 'The upstream does not open WebSockets at this path.', {
    retryable: false,
  }),
  // The gateway's credential is at fault, so the error must not blame the client's key.
  upstream_refused_credential: upstreamError(
    502,
    "The upstream refused this gateway's credential. Your API key is fine; an admin has to look at the upstream.",
    { retryable: false },
  ),
} satisfies Record<string, CatalogueEntry>

export type CallErrorCode = keyof typeof ERROR_CATALOGUE

/** Whether a code is one of the catalogue; a log may also have an upstream's. */
export function isCallErrorCode(code: string): code is CallErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code)
}

/** The request cannot be served as it is: only another request, or an admin, can help. */
function refusal(httpStatus: number, message: string, columns: Partial<CatalogueEntry> = {}): CatalogueEntry {
  return {
    httpStatus,
    type: 'invalid_request_error',
    source: 'gateway',
    retryable: false,
    message,
    ...columns,
  }
}

/** The key may make no calls. SDKs see one code for all of these. */
function keyRefusal(message: string): CatalogueEntry {
  return refusal(401, message, { wireCode: 'invalid_api_key' })
}

/** The same call can succeed later. */
function rateLimit(type: 'requests' | 'tokens', message: string): CatalogueEntry {
  return refusal(429, message, { type, wireCode: 'rate_limit_exceeded', retryable: true })
}

/** The gateway cannot serve the call now, whatever it is. */
function serverError(
  httpStatus: number,
  message: string,
  columns: Partial<CatalogueEntry> = {},
): CatalogueEntry {
  return { httpStatus, type: 'server_error', source: 'gateway', retryable: true, message, ...columns }
}

/** The upstream failed; another attempt may succeed. */
function upstreamError(
  httpStatus: number,
  message: string,
  columns: Partial<CatalogueEntry> = {},
): CatalogueEntry {
  return serverError(httpStatus, message, { source: 'upstream', ...columns })
}
