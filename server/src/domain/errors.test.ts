import { describe, expect, test } from 'vitest'
import type { CallErrorCode } from './error-catalogue.ts'
import { callError } from './errors.ts'

/** code → what SDKs see: status, type, wire code, and whether a second try can help. */
const WIRE: Record<CallErrorCode, [number, string, string | null, boolean]> = {
  api_key_missing: [401, 'invalid_request_error', null, false],
  invalid_api_key: [401, 'invalid_request_error', 'invalid_api_key', false],
  api_key_revoked: [401, 'invalid_request_error', 'invalid_api_key', false],
  api_key_expired: [401, 'invalid_request_error', 'invalid_api_key', false],
  api_key_deleted: [401, 'invalid_request_error', 'invalid_api_key', false],
  api_key_replaced: [401, 'invalid_request_error', 'invalid_api_key', false],
  api_key_disabled: [401, 'invalid_request_error', 'invalid_api_key', false],
  owner_disabled: [401, 'invalid_request_error', 'invalid_api_key', false],
  address_not_allowed: [403, 'invalid_request_error', 'ip_not_authorized', false],
  endpoint_not_allowed: [403, 'invalid_request_error', 'missing_scope', false],
  model_not_allowed: [403, 'invalid_request_error', 'model_not_found', false],
  price_unknown: [403, 'invalid_request_error', 'price_unknown', false],
  budget_exhausted: [429, 'insufficient_quota', 'insufficient_quota', false],
  request_limit_reached: [429, 'requests', 'rate_limit_exceeded', true],
  token_limit_reached: [429, 'tokens', 'rate_limit_exceeded', true],
  request_over_limit: [429, 'tokens', 'rate_limit_exceeded', false],
  concurrency_limit_reached: [429, 'requests', 'rate_limit_exceeded', true],
  own_key_throttled: [429, 'requests', 'rate_limit_exceeded', true],
  self_rotation_not_allowed: [403, 'invalid_request_error', 'self_rotation_not_allowed', false],
  idempotency_conflict: [409, 'invalid_request_error', 'idempotency_conflict', false],
  unknown_url: [404, 'invalid_request_error', 'unknown_url', false],
  method_not_allowed: [405, 'invalid_request_error', 'method_not_allowed', false],
  upgrade_required: [426, 'invalid_request_error', 'upgrade_required', false],
  websocket_not_supported: [426, 'invalid_request_error', 'websocket_not_supported', false],
  session_expired: [403, 'invalid_request_error', 'session_expired', false],
  object_not_found: [404, 'invalid_request_error', null, false],
  previous_response_not_found: [404, 'invalid_request_error', 'previous_response_not_found', false],
  model_not_found: [404, 'invalid_request_error', 'model_not_found', false],
  authentication_throttled: [429, 'requests', 'authentication_throttled', false],
  model_required: [400, 'invalid_request_error', null, false],
  invalid_json: [400, 'invalid_request_error', null, false],
  invalid_request: [400, 'invalid_request_error', null, false],
  request_memory_full: [503, 'server_error', 'request_memory_full', true],
  unsupported_media_type: [415, 'invalid_request_error', 'unsupported_media_type', false],
  request_too_large: [413, 'invalid_request_error', 'request_too_large', false],
  object_store_unavailable: [503, 'server_error', 'object_store_unavailable', true],
  uploads_busy: [503, 'server_error', 'uploads_busy', true],
  upload_space_full: [507, 'server_error', 'upload_space_full', true],
  key_store_unavailable: [503, 'server_error', 'key_store_unavailable', true],
  shutting_down: [503, 'server_error', 'shutting_down', true],
  internal_error: [500, 'server_error', 'internal_error', false],
  upstreams_cooling_down: [503, 'server_error', 'upstreams_cooling_down', true],
  upstream_unreachable: [502, 'server_error', 'upstream_unreachable', true],
  upstream_interrupted: [502, 'server_error', 'upstream_interrupted', true],
  upstream_invalid_answer: [502, 'server_error', 'upstream_invalid_answer', true],
  upstream_error_page: [502, 'server_error', 'upstream_error_page', true],
  upstream_timeout: [504, 'server_error', 'upstream_timeout', true],
  upstream_refused_credential: [502, 'server_error', 'upstream_refused_credential', false],
  upstream_redirected: [502, 'server_error', 'upstream_redirected', false],
  upstream_refused_upgrade: [502, 'server_error', 'upstream_refused_upgrade', false],
}

describe('the catalogue', () => {
  test.for(Object.entries(WIRE) as [CallErrorCode, (typeof WIRE)[CallErrorCode]][])(
    '%s',
    ([code, expected]) => {
      const { httpStatus, type, wireCode, retryable, param, message } = callError(code)
      expect([httpStatus, type, wireCode, retryable]).toEqual(expected)
      expect(param).toBeNull()
      expect(message).toMatch(/^[A-Z].*[.]$|^You must provide.*$/)
    },
  )
})

test('what is particular to a call replaces the message and names the parameter', () => {
  expect(callError('invalid_request', { message: 'Invalid `stream`.', param: 'stream' })).toMatchObject({
    code: 'invalid_request',
    message: 'Invalid `stream`.',
    param: 'stream',
  })
  expect(callError('invalid_request').message).not.toBe('Invalid `stream`.')
})
