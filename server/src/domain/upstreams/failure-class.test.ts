import { expect, test } from 'vitest'
import {
  classifyResponse,
  classifyStreamError,
  FAILURE_CLASSES,
  FAILURE_POLICIES,
  type FailureClass,
  REMOVED_SECRET,
  refusesCredential,
} from './failure-class.ts'

const reported = (code: string, message: string | null = null) => ({ code, message })

test.each([
  [401, null, 'CREDENTIAL_REFUSED'],
  [403, reported('forbidden', 'This API key is blocked'), 'CREDENTIAL_REFUSED'],
  [
    400,
    reported('INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
    'CREDENTIAL_REFUSED',
  ],
  [403, reported('missing_scope', 'Missing scopes: model.request.'), 'CREDENTIAL_REFUSED'],
  [403, reported('invalid_authentication', 'No.'), 'CREDENTIAL_REFUSED'],
  [403, reported('expired_access_token', 'No.'), 'CREDENTIAL_REFUSED'],
  [
    403,
    reported('403', 'You have insufficient permissions. Missing scopes: api.files.read'),
    'CREDENTIAL_REFUSED',
  ],
  [403, reported('model_not_found', 'Project `p` does not have access to model `m`'), 'NOT_FOUND'],
  [403, reported('unsupported_country_region_territory'), 'REFUSED'],
  [402, null, 'QUOTA_EXHAUSTED'],
  [429, null, 'RATE_LIMITED'],
  [429, reported('rate_limit_exceeded'), 'RATE_LIMITED'],
  [429, reported('insufficient_quota'), 'QUOTA_EXHAUSTED'],
  [429, reported('429', 'Please check your plan and billing details'), 'QUOTA_EXHAUSTED'],
  [404, reported('model_not_found'), 'NOT_FOUND'],
  [405, null, 'NOT_FOUND'],
  [501, null, 'NOT_FOUND'],
  [408, null, 'TIMEOUT'],
  [500, null, 'SERVER_ERROR'],
  [529, reported('overloaded_error'), 'SERVER_ERROR'],
  [400, reported('context_length_exceeded'), 'REFUSED'],
  [409, null, 'REFUSED'],
  [413, null, 'REFUSED'],
  [422, null, 'REFUSED'],
] as const)('a response of %d that reports %j is %s', (status, error, expected) => {
  expect(classifyResponse(status, error)).toBe(expected)
})

test.each([
  ['overloaded', 'SERVER_ERROR'],
  ['server_error', 'SERVER_ERROR'],
  ['502', 'SERVER_ERROR'],
  ['429', 'RATE_LIMITED'],
  ['402', 'QUOTA_EXHAUSTED'],
  ['rate_limit_exceeded', 'RATE_LIMITED'],
  ['insufficient_quota', 'QUOTA_EXHAUSTED'],
  ['invalid_api_key', 'CREDENTIAL_REFUSED'],
  ['model_not_found', 'NOT_FOUND'],
  ['context_length_exceeded', 'REFUSED'],
  ['content_policy_violation', 'REFUSED'],
  ['invalid_request_error', 'REFUSED'],
] as const)('a stream that begins with %s is %s', (code, expected) => {
  expect(classifyStreamError(reported(code))).toBe(expected)
})

test('a refused credential is recognized under every status that reports one', () => {
  expect(refusesCredential(401, null)).toBe(true)
  expect(refusesCredential(403, null)).toBe(false)
  expect(refusesCredential(500, reported('invalid_api_key'))).toBe(false)
  // What stands where a secret was says nothing of the reason.
  expect(refusesCredential(403, reported('403', `No calls from ${REMOVED_SECRET} here.`))).toBe(false)
  expect(refusesCredential(403, reported('403', `The API key ${REMOVED_SECRET} is blocked.`))).toBe(true)
})

test('only where nothing was sent is there a retry; after a response has begun there is no failover', () => {
  const again = FAILURE_CLASSES.filter((name) => FAILURE_POLICIES[name].retry)
  expect(again).toEqual(['CONNECT'])
  const final: FailureClass[] = FAILURE_CLASSES.filter((name) => FAILURE_POLICIES[name].failover === 'none')
  expect(final).toEqual(['INTERRUPTED', 'REFUSED'])
})
