import { describe, expect, test } from 'vitest'
import { denialError } from './denial.ts'
import { readDenial } from './read-denial.ts'
import type { AdmissionRequest, Verdict } from './verdict.ts'
import { BUDGET_WINDOWS, LIMIT_WINDOWS } from './windows.ts'

const NOW_MS = Date.parse('2026-11-22T12:00:00Z')
const LIMITS = { requests: { limit: 60, remaining: 0, resetsInMs: 20_000 }, tokens: null }
const request: AdmissionRequest = {
  address: '192.0.2.7',
  endpoint: '/v1/chat/completions',
  usesModel: true,
  model: 'gpt-4o',
  tokens: 5_086,
  costNanoUsd: 2_500_000_000,
}
const verdict: Verdict = {
  rule: 'REQUESTS',
  mode: 'ENFORCE',
  refusal: 'EXHAUSTED',
  window: 'MINUTE',
  model: null,
  limit: 60,
  used: 60,
  reserved: 0,
  remaining: 0,
  requested: 1,
  resetsAtMs: NOW_MS + 26_604,
}

function errorFor(particular: Partial<Verdict>, sent: Partial<AdmissionRequest> = {}) {
  return denialError({ ...verdict, ...particular }, { ...request, ...sent }, LIMITS, NOW_MS)
}

test('a rate limit has OpenAI’s error, with the wait', () => {
  expect(
    errorFor({ rule: 'TOKENS', limit: 10_000, used: 9_348, requested: 5_086, model: 'gpt-4*' }),
  ).toMatchObject({
    httpStatus: 429,
    type: 'tokens',
    wireCode: 'rate_limit_exceeded',
    retryable: true,
    retryAfterMs: 26_604,
    rateLimits: LIMITS,
    message:
      'Rate limit reached for this API key on tokens per minute for `gpt-4*`: Limit 10000, Used 9348, Requested 5086. Please try again in 26.604s.',
  })
  expect(errorFor({})).toMatchObject({ httpStatus: 429, type: 'requests', code: 'request_limit_reached' })
})

test('a wait of over a minute asks SDKs not to retry, since they would retry within seconds', () => {
  expect(errorFor({ window: 'HOUR', resetsAtMs: NOW_MS + 60_001 })).toMatchObject({
    retryable: false,
    retryAfterMs: 60_001,
  })
  expect(errorFor({ resetsAtMs: NOW_MS + 60_000 })).toMatchObject({ retryable: true })
  expect(errorFor({ resetsAtMs: NOW_MS - 5 })).toMatchObject({ retryAfterMs: 1 })
})

test('a call larger than its limit is not to be tried again', () => {
  expect(
    errorFor({ rule: 'TOKENS', refusal: 'LARGER_THAN_LIMIT', limit: 3_000, requested: 5_086 }),
  ).toMatchObject({
    httpStatus: 429,
    type: 'tokens',
    wireCode: 'rate_limit_exceeded',
    retryable: false,
    retryAfterMs: null,
    message: expect.stringContaining(
      'Request too large for this API key on tokens per minute: Limit 3000, Requested 5086.',
    ),
  })
})

describe('a budget', () => {
  const spent: Partial<Verdict> = {
    rule: 'BUDGET',
    window: 'MONTH',
    limit: 20_000_000_000,
    used: 19_500_000_000,
    requested: 2_500_000_000,
    resetsAtMs: Date.parse('2026-12-01T00:00:00Z'),
  }

  test('that is spent says so, until when, and that a short wait does not help', () => {
    expect(errorFor(spent)).toMatchObject({
      httpStatus: 429,
      type: 'insufficient_quota',
      wireCode: 'insufficient_quota',
      retryable: false,
      retryAfterMs: null,
      message:
        "This API key has exceeded its month's budget: Limit $20, Used $19.5, Requested up to $2.5. It begins anew at 2026-12-01T00:00:00.000Z. A smaller `max_tokens` may fit; an admin of this gateway can raise the budget.",
    })
  })

  test('in total never restarts', () => {
    const { message } = errorFor({ ...spent, window: 'TOTAL', resetsAtMs: null })
    expect(message).toContain('its total budget')
    expect(message).not.toContain('anew')
  })

  test('smaller than one call', () => {
    const { message, retryable } = errorFor({ ...spent, refusal: 'LARGER_THAN_LIMIT' })
    expect(message).toContain("could cost more than the month's budget")
    expect(retryable).toBe(false)
  })

  test('with a call whose price is not known', () => {
    expect(errorFor({ ...spent, refusal: 'PRICE_UNKNOWN', requested: null })).toMatchObject({
      httpStatus: 403,
      wireCode: 'price_unknown',
      param: 'model',
      message: expect.stringContaining('the price of model `gpt-4o` is not known'),
    })
    expect(errorFor({ ...spent, refusal: 'PRICE_UNKNOWN' }, { model: null })).toMatchObject({ param: null })
  })
})

test.for(['OWNER', 'LABEL'] as const)(
  'of the limits of an %s the message names it, and no member of the request is at fault',
  (kind) => {
    const sharedBy = {
      kind,
      id: kind === 'OWNER' ? 'own_3' : 'lim_3',
      name: kind === 'OWNER' ? 'Billing' : 'env=prod',
    }
    const named = `the ${kind.toLowerCase()} "${sharedBy.name}" of this API key`
    for (const particular of [
      {},
      { rule: 'TOKENS', refusal: 'LARGER_THAN_LIMIT', model: 'gpt-4*' },
      { rule: 'BUDGET', window: 'MONTH' },
      { rule: 'BUDGET', window: 'MONTH', refusal: 'LARGER_THAN_LIMIT' },
      { rule: 'CONCURRENCY', window: null },
    ] as const) {
      const { message, param, sharedBy: by } = errorFor({ ...particular, sharedBy })
      expect([message.toLowerCase(), param, by]).toEqual([
        expect.stringContaining(named.toLowerCase()),
        null,
        sharedBy,
      ])
    }
    const unpriced = errorFor({ rule: 'BUDGET', refusal: 'PRICE_UNKNOWN', sharedBy })
    expect([unpriced.message.toLowerCase(), unpriced.param]).toEqual([
      expect.stringContaining(named.toLowerCase()),
      'model',
    ])
  },
)

test('a model, an endpoint or an address that is not allowed is 403', () => {
  expect(errorFor({ rule: 'MODEL', refusal: 'NOT_ALLOWED' })).toMatchObject({
    httpStatus: 403,
    wireCode: 'model_not_found',
    param: 'model',
    retryable: false,
    message: expect.stringContaining('does not have access to model `gpt-4o`'),
  })
  expect(errorFor({ rule: 'MODEL', refusal: 'MODEL_NOT_NAMED' }, { model: null }).message).toContain(
    'Send `model`',
  )
  expect(errorFor({ rule: 'ENDPOINT' })).toMatchObject({
    httpStatus: 403,
    wireCode: 'missing_scope',
    message: expect.stringContaining('/v1/chat/completions'),
  })
  expect(errorFor({ rule: 'ADDRESS' })).toMatchObject({ httpStatus: 403, wireCode: 'ip_not_authorized' })
})

test('a concurrency denial may be retried shortly', () => {
  expect(errorFor({ rule: 'CONCURRENCY', window: null, limit: 5, used: 5, resetsAtMs: null })).toMatchObject({
    httpStatus: 429,
    type: 'requests',
    wireCode: 'rate_limit_exceeded',
    retryable: true,
    retryAfterMs: 1_000,
    message: expect.stringContaining('Limit 5, Used 5'),
  })
})

test('what a client sent cannot add a header line', () => {
  const { message } = errorFor({ rule: 'MODEL' }, { model: `a\nb\u0000${'x'.repeat(500)}` })
  expect(message).not.toMatch(/\p{Cc}/u)
  expect(message.length).toBeLessThan(250)
})

test('the message says again which rule it was, whose, its amounts, and when its window ends', () => {
  const read = (particular: Partial<Verdict>) => {
    const { code, message } = errorFor(particular)
    return readDenial({ outcome: 'DENIED', errorCode: code, errorMessage: message }, NOW_MS)
  }
  const { rule, window, model, resetsAtMs } = verdict
  const own = { rule, window, model, limit: '60', used: '60', requested: '1', sharedBy: null, resetsAtMs }
  expect(read({})).toEqual(own)
  const owner = {
    kind: 'OWNER',
    id: 'own_1',
    name: 'Acme "per day" Ltd: Limit $1, Used $2, Requested up to $3. ',
  } as const
  const monthly = {
    rule: 'BUDGET',
    window: 'MONTH',
    sharedBy: owner,
    model: 'gpt-4*',
    limit: 50_000_000,
    used: 49_500_000,
    requested: 2_000_000,
  } as const
  expect(read(monthly)).toEqual({
    ...own,
    rule: 'BUDGET',
    window: 'MONTH',
    model: 'gpt-4*',
    limit: '0.05',
    used: '0.0495',
    requested: '0.002',
    sharedBy: { kind: 'OWNER', name: owner.name },
  })
  const label = { kind: 'LABEL', id: 'lim_1', name: 'env=prod' } as const
  expect(read({ rule: 'TOKENS', window: 'HOUR', sharedBy: label })).toEqual({
    ...own,
    rule: 'TOKENS',
    window: 'HOUR',
    sharedBy: { kind: 'LABEL', name: 'env=prod' },
  })
  const total = { rule: 'BUDGET', window: 'TOTAL', resetsAtMs: null } as const
  expect(read({ ...total, limit: 5e9, used: 5e9, requested: 1e9 })).toEqual({
    ...own,
    ...total,
    limit: '5',
    used: '5',
  })
  const larger = { refusal: 'LARGER_THAN_LIMIT', requested: 61 } as const
  expect(read({ rule: 'TOKENS', ...larger })).toEqual({
    ...own,
    rule: 'TOKENS',
    used: null,
    requested: '61',
    resetsAtMs: null,
  })
  expect(read({ ...monthly, ...larger, requested: 51_000_000 })).toMatchObject({
    limit: '0.05',
    used: '0.0495',
    requested: '0.051',
    resetsAtMs: null,
  })
  expect(read({ rule: 'CONCURRENCY', window: null, resetsAtMs: null })).toEqual({
    ...own,
    rule: 'CONCURRENCY',
    window: null,
    requested: null,
    resetsAtMs: null,
  })
  for (const each of LIMIT_WINDOWS) expect(read({ window: each })).toMatchObject({ window: each })
  for (const each of BUDGET_WINDOWS)
    expect(read({ rule: 'BUDGET', window: each })).toMatchObject({ rule: 'BUDGET', window: each })
  expect(readDenial({ outcome: 'ERROR', errorCode: 'upstream_timeout', errorMessage: '' }, NOW_MS)).toBeNull()
})

test('names of models, owners and patterns that look like the rest of a message are no part of the rule', () => {
  const read = (particular: Partial<Verdict>, model = 'gpt-4o') => {
    const { code, message } = errorFor(particular, { model, endpoint: `/v1/${model}` })
    return readDenial({ outcome: 'DENIED', errorCode: code, errorMessage: message }, NOW_MS)
  }
  const nothing = {
    window: null,
    model: null,
    limit: null,
    used: null,
    requested: null,
    sharedBy: null,
    resetsAtMs: null,
  }
  const hostile = 'the owner "A" of this API key per day for `x`: Limit 1, Used 2, Requested 3. '
  expect(read({ rule: 'MODEL', refusal: 'NOT_ALLOWED' }, hostile)).toEqual({ ...nothing, rule: 'MODEL' })
  expect(read({ rule: 'ENDPOINT' }, hostile)).toEqual({ ...nothing, rule: 'ENDPOINT' })
  const unpriced = { rule: 'BUDGET', refusal: 'PRICE_UNKNOWN' } as const
  expect(read(unpriced, hostile)).toEqual({ ...nothing, rule: 'BUDGET' })
  const sharedBy = {
    kind: 'LABEL',
    id: 'lim_1',
    name: "x=total budget for `y`: Limit 9, day's budget",
  } as const
  const named = { kind: 'LABEL', name: sharedBy.name }
  expect(read({ ...unpriced, sharedBy }, hostile)).toEqual({ ...nothing, rule: 'BUDGET', sharedBy: named })
  expect(read({ sharedBy, model: 'per hour "z"' })).toMatchObject({
    window: 'MINUTE',
    model: 'per hour "z"',
    limit: '60',
    sharedBy: named,
  })
  const monthly = { rule: 'BUDGET', window: 'MONTH', limit: 1e9, used: 1e9, requested: 1e9 } as const
  expect(read({ ...monthly, sharedBy })).toMatchObject({
    window: 'MONTH',
    model: null,
    limit: '1',
    sharedBy: named,
  })
})
