import { describe, expect, test } from 'vitest'
import { callError } from '../../domain/errors.ts'
import { errorBody, errorEvent, errorHeaders } from './error-response.ts'

test('the body has the four members that SDKs read, and no other', () => {
  expect(JSON.parse(errorBody(callError('model_required', { param: 'model' })).toString())).toEqual({
    error: {
      message: 'You must provide a `model` parameter: a string such as "auto".',
      type: 'invalid_request_error',
      param: 'model',
      code: null,
    },
  })
})

describe('headers', () => {
  test('of a refusal that a second try cannot help', () => {
    expect(errorHeaders(callError('api_key_revoked'))).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-latchkey-error-source': 'gateway',
      'x-latchkey-error-code': 'api_key_revoked',
      'x-should-retry': 'false',
      'www-authenticate': 'Bearer',
    })
  })

  test('of a failure that it may', () => {
    expect(errorHeaders(callError('key_store_unavailable'))).toMatchObject({
      'x-should-retry': 'true',
      'retry-after': '1',
    })
    expect(errorHeaders(callError('upstream_timeout'))).toMatchObject({
      'x-should-retry': 'true',
      'x-latchkey-error-source': 'upstream',
    })
  })

  test('only a 401 says how to authenticate', () => {
    expect(errorHeaders(callError('upstream_refused_credential'))).not.toHaveProperty('www-authenticate')
  })
})

describe('in the middle of a stream', () => {
  test('chat clients get an event with an error, after an unfinished line', () => {
    const text = errorEvent(callError('upstream_interrupted'), null).toString()
    expect(text).toMatch(/^\ndata: \{.*\}\n\n$/)
    expect(JSON.parse(text.slice(7))).toEqual({
      error: expect.objectContaining({ type: 'server_error', code: 'upstream_interrupted', param: null }),
    })
  })

  test('Responses clients get their own kind', () => {
    const text = errorEvent(callError('upstream_timeout'), 7).toString()
    expect(text).toMatch(/^\nevent: error\ndata: \{.*\}\n\n$/)
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual({
      type: 'error',
      code: 'upstream_timeout',
      message: 'The upstream did not respond in time.',
      param: null,
      sequence_number: 7,
    })
  })

  test('a message with line breaks stays one line', () => {
    const text = errorEvent(
      callError('internal_error', { message: 'a\nb\r\n\ndata: [DONE]' }),
      null,
    ).toString()
    expect(text.trim().split(/[\r\n]/)).toHaveLength(1)
  })
})

describe('a wait', () => {
  test('is given in whole seconds, rounded up, and exactly', () => {
    const error = callError('token_limit_reached', {
      retryAfterMs: 26_604,
      rateLimits: { requests: null, tokens: { limit: 10_000, remaining: 652, resetsInMs: 26_604 } },
    })
    expect(errorHeaders(error)).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-latchkey-error-source': 'gateway',
      'x-latchkey-error-code': 'token_limit_reached',
      'x-should-retry': 'true',
      'retry-after': '27',
      'retry-after-ms': '26604',
      'x-ratelimit-limit-tokens': '10000',
      'x-ratelimit-remaining-tokens': '652',
      'x-ratelimit-reset-tokens': '26.604s',
    })
  })

  test('is at least a second for clients that know no fractions', () => {
    expect(errorHeaders(callError('request_limit_reached', { retryAfterMs: 0.4 }))).toMatchObject({
      'retry-after': '1',
      'retry-after-ms': '1',
    })
  })

  test('is not given where waiting does not help', () => {
    const headers = errorHeaders(callError('budget_exhausted'))
    expect(headers).toMatchObject({ 'x-should-retry': 'false' })
    expect(Object.keys(headers)).not.toContain('retry-after')
    expect(Object.keys(headers)).not.toContain('retry-after-ms')
  })
})
