// The gateway, explain and the back-test judge by domain/policy/judge-call.ts: each says the same of the same call.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let latchkey: TestLatchkey
let upstream: TestUpstream
let sdk: Latchkey

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, { ...COMPLETION, data: [] }))
  latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DEFAULT_MODEL: 'm-default' },
  })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

type Case = {
  method: 'GET' | 'POST'
  endpoint: string
  /** Undefined: the call names none. */
  model?: string
}

const chat = (model: string): Case => ({ method: 'POST', endpoint: '/v1/chat/completions', model })
const form = (model?: string): Case => ({
  method: 'POST',
  endpoint: '/v1/audio/transcriptions',
  ...(model === undefined ? {} : { model }),
})
const unnamed = (method: 'GET' | 'POST', endpoint: string): Case => ({ method, endpoint })

const ALLOWED = { models: { allow: ['m*'] } }
const UNPRICED = { budgets: [{ window: 'DAY' as const, limitUsd: '1' }] }
const FEW_TOKENS = { limits: [{ unit: 'TOKENS' as const, window: 'DAY' as const, max: 5 }] }
const ONE_MODEL = { limits: [{ unit: 'TOKENS' as const, window: 'DAY' as const, max: 5, model: 'm*' }] }

test.for([
  ['models', ALLOWED, chat('m1'), null],
  ['models', ALLOWED, chat('gpt-x'), 'model_not_allowed'],
  ['models', ALLOWED, form('m1'), null],
  ['models', ALLOWED, form('gpt-x'), 'model_not_allowed'],
  ['models', ALLOWED, form(), 'model_not_allowed'],
  ['models', ALLOWED, unnamed('POST', '/v1/batches'), 'model_not_allowed'],
  ['models', ALLOWED, unnamed('POST', '/v1/responses'), 'model_not_allowed'],
  ['models', ALLOWED, unnamed('GET', '/v1/batches'), null],
  ['models', ALLOWED, unnamed('POST', '/v1/files'), null],
  ['what a name stands for', { models: { deny: ['m-default'] } }, chat('auto'), 'model_not_allowed'],
  ['endpoints', { endpoints: { allow: ['/v1/chat/*'] } }, chat('m1'), null],
  ['endpoints', { endpoints: { allow: ['/v1/chat/*'] } }, form('m1'), 'endpoint_not_allowed'],
  ['addresses', { addresses: { allow: ['10.0.0.0/8'] } }, chat('m1'), 'address_not_allowed'],
  ['a budget', UNPRICED, chat('m1'), 'price_unknown'],
  ['a budget', UNPRICED, form('m1'), 'price_unknown'],
  ['a budget', UNPRICED, form(), 'price_unknown'],
  ['a budget', UNPRICED, unnamed('POST', '/v1/batches'), 'price_unknown'],
  ['a budget', UNPRICED, unnamed('GET', '/v1/batches'), null],
  ['a budget', UNPRICED, { ...chat('m1'), endpoint: '/v1/responses/input_tokens' }, null],
  ['tokens', FEW_TOKENS, chat('m1'), 'request_over_limit'],
  ['tokens of one model', ONE_MODEL, chat('m1'), 'request_over_limit'],
  ['tokens of one model', ONE_MODEL, chat('other'), null],
  ['tokens of one model', ONE_MODEL, form('m1'), 'request_over_limit'],
  ['tokens of one model', ONE_MODEL, form('other'), null],
  ['models', ALLOWED, { ...unnamed('POST', '/v1/batches'), model: 'm1' }, 'model_not_allowed'],
  ['a budget', UNPRICED, { ...chat('m1'), endpoint: '/v1/videos' }, 'price_unknown'],
  ['a rule in shadow', { models: { allow: ['m*'], mode: 'SHADOW' as const } }, chat('gpt-x'), null],
] as const)('%s: %j', async ([, policy, asked, code]) => {
  const ruled = await makeRuledKey(latchkey, policy)
  const explained = await sdk.keys.explain(ruled.id, { ...asked, clientIp: '127.0.0.1', tokens: 21 })
  const log = await logOf(latchkey, await send(ruled.secret, asked))
  expect([explained.refusal?.code ?? null, log.errorCode]).toEqual([code, code])

  // The same call as it was made with a key without rules, as its request log has it.
  const free = await makeRuledKey(latchkey, null)
  expect((await logOf(latchkey, await send(free.secret, asked))).outcome).toBe('SUCCESS')
  const tested = await sdk.keys.backTest(free.id, { policy, days: 1 })
  const denying = explained.verdicts.filter(({ refusal }) => refusal !== null).map(({ rule }) => rule)
  expect(tested.calls).toBe(1)
  // A rule in shadow denies in a back-test, and says so in explain.
  expect(tested.rules.filter(({ denials }) => denials > 0).map(({ rule }) => rule)).toEqual(denying)
})

test('what the gateway serves itself is in no limit, so a key without anything left may still call it', async () => {
  const limits = [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max: 1 }]
  const { id, secret } = await makeRuledKey(latchkey, { limits, concurrency: { maxCalls: 1 } })
  expect((await logOf(latchkey, await send(secret, chat('m1')))).outcome).toBe('SUCCESS')
  for (const [asked, code] of [
    [chat('m1'), 'request_limit_reached'],
    [unnamed('GET', '/v1/models'), null],
    [unnamed('GET', '/v1/key'), null],
  ] as const) {
    const { refusal } = await sdk.keys.explain(id, { ...asked, clientIp: '127.0.0.1' })
    const log = await logOf(latchkey, await send(secret, asked))
    expect([asked.endpoint, refusal?.code ?? null, log.errorCode]).toEqual([asked.endpoint, code, code])
  }
})

async function send(secret: string, { method, endpoint, model }: Case): Promise<Response> {
  const reply = await fetch(`${latchkey.url}${endpoint}`, {
    method,
    ...bodyOf(method, endpoint, model),
    headers: {
      authorization: `Bearer ${secret}`,
      ...(method === 'POST' && !endpoint.startsWith('/v1/audio')
        ? { 'content-type': 'application/json' }
        : {}),
    },
  })
  await reply.arrayBuffer()
  return reply
}

function bodyOf(method: string, endpoint: string, model: string | undefined): RequestInit {
  if (method === 'GET') return {}
  if (!endpoint.startsWith('/v1/audio'))
    return { body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], max_tokens: 12 }) }
  const body = new FormData()
  body.set('file', new Blob(['x'.repeat(1_000)]), 'speech.mp3')
  body.set('prompt', 'x'.repeat(100))
  if (model !== undefined) body.set('model', model)
  return { body }
}
