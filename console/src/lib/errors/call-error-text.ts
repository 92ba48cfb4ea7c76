// Why a call failed or was denied, in the reader's language, by the error code of its log.
import { m } from '#lib/paraglide/messages.js'

const texts: Readonly<Record<string, () => string>> = {
  api_key_missing: m.call_error_api_key_missing,
  invalid_api_key: m.call_error_invalid_api_key,
  authentication_throttled: m.call_error_authentication_throttled,
  api_key_revoked: m.call_error_api_key_revoked,
  api_key_expired: m.call_error_api_key_expired,
  api_key_deleted: m.call_error_api_key_deleted,
  api_key_replaced: m.call_error_api_key_replaced,
  api_key_disabled: m.call_error_api_key_disabled,
  owner_disabled: m.call_error_owner_disabled,
  address_not_allowed: m.call_error_address_not_allowed,
  endpoint_not_allowed: m.call_error_endpoint_not_allowed,
  model_not_allowed: m.call_error_model_not_allowed,
  price_unknown: m.call_error_price_unknown,
  budget_exhausted: m.call_error_budget_exhausted,
  request_limit_reached: m.call_error_request_limit_reached,
  token_limit_reached: m.call_error_token_limit_reached,
  request_over_limit: m.call_error_request_over_limit,
  concurrency_limit_reached: m.call_error_concurrency_limit_reached,
  own_key_throttled: m.call_error_own_key_throttled,
  self_rotation_not_allowed: m.call_error_self_rotation_not_allowed,
  unknown_url: m.call_error_unknown_url,
  method_not_allowed: m.call_error_method_not_allowed,
  upgrade_required: m.call_error_upgrade_required,
  websocket_not_supported: m.call_error_websocket_not_supported,
  session_expired: m.call_error_session_expired,
  model_not_found: m.call_error_model_not_found,
  object_not_found: m.call_error_object_not_found,
  previous_response_not_found: m.call_error_previous_response_not_found,
  model_required: m.call_error_model_required,
  invalid_json: m.call_error_invalid_json,
  invalid_request: m.call_error_invalid_request,
  unsupported_media_type: m.call_error_unsupported_media_type,
  request_too_large: m.call_error_request_too_large,
  request_memory_full: m.call_error_request_memory_full,
  uploads_busy: m.call_error_uploads_busy,
  upload_space_full: m.call_error_upload_space_full,
  key_store_unavailable: m.call_error_key_store_unavailable,
  object_store_unavailable: m.call_error_object_store_unavailable,
  shutting_down: m.call_error_shutting_down,
  internal_error: m.call_error_internal_error,
  idempotency_conflict: m.call_error_idempotency_conflict,
  upstreams_cooling_down: m.call_error_upstreams_cooling_down,
  upstream_unreachable: m.call_error_upstream_unreachable,
  upstream_interrupted: m.call_error_upstream_interrupted,
  upstream_invalid_answer: m.call_error_upstream_invalid_response,
  upstream_error_page: m.call_error_upstream_error_page,
  upstream_timeout: m.call_error_upstream_timeout,
  upstream_redirected: m.call_error_upstream_redirected,
  upstream_refused_upgrade: m.call_error_upstream_refused_upgrade,
  upstream_refused_credential: m.call_error_upstream_refused_credential,
}

// Codes of request logs that no client is sent.
const logTexts: ReadonlyMap<string, () => string> = new Map([
  ['interrupted', m.meaning_interrupted],
  ['caller_too_slow', m.call_error_client_too_slow],
  ['upstream_not_json', m.call_error_upstream_not_json],
  ['upstream_stream_error', m.call_error_upstream_stream_error],
])

// By what stands before their number.
const numberedTexts: Readonly<Record<string, (inputs: { number: string }) => string>> = {
  upstream: m.call_error_upstream_status,
  upstream_closed: m.call_error_upstream_closed,
  closed: m.call_error_session_closed,
}

// Codes of OpenAI and of those who speak its dialect, as far as many send them.
const upstreamTexts: Readonly<Record<string, () => string>> = {
  rate_limit_exceeded: m.call_error_from_upstream_rate_limit,
  rate_limit_error: m.call_error_from_upstream_rate_limit,
  tokens_exceeded_error: m.call_error_from_upstream_rate_limit,
  insufficient_quota: m.call_error_from_upstream_quota,
  billing_hard_limit_reached: m.call_error_from_upstream_quota,
  billing_not_active: m.call_error_from_upstream_quota,
  context_length_exceeded: m.call_error_from_upstream_context_length,
  string_above_max_length: m.call_error_from_upstream_context_length,
  content_filter: m.call_error_from_upstream_content_filter,
  content_policy_violation: m.call_error_from_upstream_content_filter,
  moderation_blocked: m.call_error_from_upstream_content_filter,
  overloaded: m.call_error_from_upstream_overloaded,
  overloaded_error: m.call_error_from_upstream_overloaded,
  engine_overloaded: m.call_error_from_upstream_overloaded,
  server_error: m.call_error_from_upstream_server_error,
  api_error: m.call_error_from_upstream_server_error,
  internal_server_error: m.call_error_from_upstream_server_error,
  invalid_request_error: m.call_error_from_upstream_invalid,
  invalid_value: m.call_error_from_upstream_invalid,
  invalid_type: m.call_error_from_upstream_invalid,
  missing_required_parameter: m.call_error_from_upstream_invalid,
  unknown_parameter: m.call_error_from_upstream_parameter,
  unsupported_parameter: m.call_error_from_upstream_parameter,
  unsupported_value: m.call_error_from_upstream_parameter,
  authentication_error: m.call_error_upstream_refused_credential,
  permission_error: m.call_error_from_upstream_permission,
  permission_denied: m.call_error_from_upstream_permission,
  unsupported_country_region_territory: m.call_error_from_upstream_region,
  not_found_error: m.call_error_from_upstream_not_found,
  DeploymentNotFound: m.call_error_from_upstream_not_found,
  invalid_image_url: m.call_error_from_upstream_image,
  invalid_image_format: m.call_error_from_upstream_image,
  image_parse_error: m.call_error_from_upstream_image,
}

/** Of an error response of the gateway: its own code, where `error.code` is the one of OpenAI that several errors share. */
export const errorCodeHeader = 'x-latchkey-error-code'

/** True for an error that the gateway sends to clients. */
export function isGatewayError(code: string): boolean {
  return Object.hasOwn(texts, code)
}

/** True for what only logs have, where the message is the same for every call: the text says all of it. */
export function isLogCode(code: string): boolean {
  return logTexts.has(code) && code !== 'upstream_stream_error'
}

/**
 * The cause of a call's error as one sentence.
 *
 * @param code `errorCode` of a request log: one of the gateway's, or one that an upstream sent.
 * @param fromUpstream whether the error came from an upstream, which has codes of its own.
 * @returns for a code without a text a sentence that says so and names the code; never a guess.
 */
export function callErrorText(code: string, fromUpstream = false): string {
  const text = Object.hasOwn(texts, code) ? texts[code] : undefined
  if (text) return text()
  const ofLog = logTexts.get(code)
  if (ofLog) return ofLog()
  const known = Object.hasOwn(upstreamTexts, code) ? upstreamTexts[code] : undefined
  if (known) return known()
  const [, before = '', number = ''] = /^([a-z_]+)_(\d{3,4})$/.exec(code) ?? []
  const numbered = Object.hasOwn(numberedTexts, before) ? numberedTexts[before] : undefined
  if (numbered) return numbered({ number })
  return fromUpstream ? m.call_error_upstream_code({ code }) : m.call_error_unknown({ code })
}
