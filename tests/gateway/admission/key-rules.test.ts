// What a key may do, at the wire: which calls are admitted, the error of a denied client, and what the log keeps of it.
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chat, chatBody, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { makeRuledKey, setPolicy } from '../../support/server/ruled-keys.ts'
import { COMPLETION, chatStream, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

// Of COMPLETION: 9 in, 12 out.
const COMPLETION_TOKENS = 21

let upstream: TestUpstream
let latchkey: TestLatchkey

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
})
beforeEach(() => {
  upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const keyWith = (policy: Record<string, unknown> | null) => makeRuledKey(latchkey, policy)
// A day, since a test may run across the end of a minute.
const requests = (max: number, more: object = {}) => ({ unit: 'REQUESTS', window: 'DAY', max, ...more })
const tokens = (max: number, more: object = {}) => ({ unit: 'TOKENS', window: 'DAY', max, ...more })
const small = { max_tokens: 10 }
const IN_TIME = { timeout: 20_000 }

async function denied(reply: Response, status: number) {
  expect(reply.status).toBe(status)
  expect(reply.headers.get('x-latchkey-error-source')).toBe('gateway')
  const error = await errorOf(reply)
  const log = await logOf(latchkey, reply)
  expect(log).toMatchObject({ outcome: 'DENIED', httpStatus: status, upstream: null })
  return { ...error, errorCode: log.errorCode }
}

describe('of 400 calls at once', () => {
  test.for([
    ['all models', {}],
    ['one model', { model: 'm*' }],
  ] as const)('a limit of requests of %s lets in exactly its number', async ([, more]) => {
    const { secret } = await keyWith({ limits: [requests(60, more)] })
    const statuses = await Promise.all(
      Array.from({ length: 400 }, async () => {
        const reply = await chat(latchkey, secret)
        await reply.arrayBuffer()
        return reply.status
      }),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(60)
    expect(statuses.filter((status) => status === 429)).toHaveLength(340)
    expect(upstream.received).toHaveLength(60)
  })

  test('a concurrency limit admits no more in-flight calls than it allows', async () => {
    const waiting: ServerResponse[] = []
    upstream.respondWith((_request, response) => {
      waiting.push(response)
    })
    const { secret } = await keyWith({ concurrency: { maxCalls: 7 } })
    const responses = Array.from({ length: 400 }, () => chat(latchkey, secret))
    const early = responses.map((reply) => reply.then(({ status }) => status))
    await expect.poll(() => waiting.length, IN_TIME).toBe(7)
    const refused: number[] = []
    for (const status of early) void status.then((known) => refused.push(known))
    await expect.poll(() => refused.length, IN_TIME).toBe(393)
    expect(new Set(refused)).toEqual(new Set([429]))
    for (const response of waiting.splice(0)) json(response, 200, COMPLETION)
    expect((await Promise.all(early)).filter((status) => status === 200)).toHaveLength(7)
    // Their places are free again.
    const next = chat(latchkey, secret)
    await expect.poll(() => waiting.length).toBe(1)
    for (const response of waiting.splice(0)) json(response, 200, COMPLETION)
    expect((await next).status).toBe(200)
  })

  test('a limit of tokens lets in what all may use at most, and then counts what they did', async () => {
    const max = 20_000
    const alone = await chat(latchkey, (await keyWith({ limits: [tokens(max)] })).secret, { max_tokens: 400 })
    const atMost = max - Number(alone.headers.get('x-ratelimit-remaining-tokens'))
    expect(atMost).toBeGreaterThan(400)
    const admitted = Math.floor(max / atMost)
    const waiting: ServerResponse[] = []
    upstream.respondWith((_request, response) => {
      waiting.push(response)
    })
    const { secret } = await keyWith({ limits: [tokens(max)] })
    const refused: number[] = []
    const statuses = Array.from({ length: 400 }, async () => {
      const { status } = await chat(latchkey, secret, { max_tokens: 400 })
      if (status !== 200) refused.push(status)
      return status
    })
    await expect.poll(() => refused.length, IN_TIME).toBe(400 - admitted)
    expect(new Set(refused)).toEqual(new Set([429]))
    await expect.poll(() => waiting.length, IN_TIME).toBe(admitted)
    for (const response of waiting) json(response, 200, COMPLETION)
    await Promise.all(statuses)
    expect((await connection(secret)).limits).toMatchObject([
      { remaining: max - admitted * COMPLETION_TOKENS },
    ])
  })
})

describe('a limit', () => {
  test('reports what remains with every response, and when to retry', async () => {
    const { secret } = await keyWith({ limits: [requests(2), tokens(5_000)] })
    const first = await chat(latchkey, secret, small)
    expect(first.headers.get('x-ratelimit-limit-requests')).toBe('2')
    expect(first.headers.get('x-ratelimit-remaining-requests')).toBe('1')
    expect(first.headers.get('x-ratelimit-reset-requests')).toMatch(/^\d/)
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('5000')
    upstream.respondWith((_request, response) => json(response, 500, { error: { message: 'no' } }))
    const failed = await chat(latchkey, secret, small)
    expect([failed.status, failed.headers.get('x-ratelimit-remaining-requests')]).toEqual([500, '0'])
    expect(failed.headers.get('x-latchkey-error-source')).toBe('upstream')
    const reply = await chat(latchkey, secret, small)
    const { 'retry-after': after, ...headers } = Object.fromEntries(reply.headers)
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '0',
      'retry-after-ms': expect.stringMatching(/^\d+$/),
    })
    expect(Number(after)).toBeGreaterThan(0)
    expect(Number(after)).toBeLessThanOrEqual(86_400)
    expect(await denied(reply, 429)).toMatchObject({
      type: 'requests',
      code: 'rate_limit_exceeded',
      errorCode: 'request_limit_reached',
    })
  })

  test('of tokens counts what calls used, not what they might have', async () => {
    const { secret } = await keyWith({ limits: [tokens(5_000)] })
    for (let n = 1; n <= 3; n++) {
      const reply = await chat(latchkey, secret, { max_tokens: 4_000 })
      expect(reply.status).toBe(200)
      await reply.arrayBuffer()
    }
    upstream.respondWith((_request, response) => {
      startEvents(response)
      response.end(chatStream(true))
    })
    await (await chat(latchkey, secret, { max_tokens: 4_000, stream: true })).text()
    const view = await connection(secret)
    expect(view.limits).toMatchObject([
      { unit: 'tokens', window: 'day', limit: 5_000, remaining: 5_000 - 4 * COMPLETION_TOKENS },
    ])
    const large = await chat(latchkey, secret, { max_tokens: 5_000 })
    expect(large.headers.get('x-should-retry')).toBe('false')
    expect(await denied(large, 429)).toMatchObject({ type: 'tokens', errorCode: 'request_over_limit' })
    expect(await denied(await chat(latchkey, secret, { max_tokens: 4_950 }), 429)).toMatchObject({
      errorCode: 'token_limit_reached',
    })
  })

  test('for a model leaves others alone', async () => {
    const { secret } = await keyWith({ limits: [requests(1, { model: 'big-*' })] })
    const statuses = []
    for (const model of ['big-1', 'BIG-2', 'small', 'small'])
      statuses.push((await chat(latchkey, secret, { model })).status)
    expect(statuses).toEqual([200, 429, 200, 200])
  })

  test('is not touched by a call that goes nowhere', async () => {
    const { secret } = await keyWith({ limits: [requests(1)], models: { deny: ['bad'] } })
    expect((await chat(latchkey, secret, { model: 'bad' })).status).toBe(403)
    expect((await post(latchkey, secret, '/v1/chat/completions', '{')).status).toBe(400)
    expect((await get(secret, '/v1/models')).status).toBe(200)
    expect((await chat(latchkey, secret)).status).toBe(200)
    expect((await chat(latchkey, secret)).status).toBe(429)
  })

  test('is released when the client disconnects', async () => {
    upstream.respondWith(() => undefined)
    const { secret } = await keyWith({ concurrency: { maxCalls: 1 } })
    const leaving = new AbortController()
    const unused = chat(latchkey, secret, {}, { signal: leaving.signal }).catch(() => 'left')
    await expect.poll(() => upstream.received.length).toBe(1)
    expect((await chat(latchkey, secret)).status).toBe(429)
    leaving.abort()
    expect(await unused).toBe('left')
    upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
    await expect.poll(async () => (await chat(latchkey, secret)).status).toBe(200)
  })
})

describe('a list of', () => {
  test('models denies the others, and shows its own', async () => {
    const { secret } = await keyWith({ models: { allow: ['m*', 'echo'], deny: ['m2'] } })
    expect((await chat(latchkey, secret, { model: 'M1' })).status).toBe(200)
    for (const model of ['m2', 'gpt-4o']) {
      expect(await denied(await chat(latchkey, secret, { model }), 403)).toMatchObject({
        type: 'invalid_request_error',
        code: 'model_not_found',
        param: 'model',
        errorCode: 'model_not_allowed',
      })
    }
    expect(upstream.received).toHaveLength(1)
    upstream.respondWith((_request, response) =>
      json(response, 200, { data: ['m1', 'm2', 'other'].map((id) => ({ id, object: 'model' })) }),
    )
    const listed = (await (await get(secret, '/v1/models')).json()) as { data: { id: string }[] }
    for (const { id } of listed.data) expect(['m1', 'echo']).toContain(id)
    expect((await get(secret, '/v1/models/gpt-4o')).status).toBe(404)
  })

  test('models denies calls whose model cannot be known', async () => {
    const { secret } = await keyWith({ models: { allow: ['m*'] } })
    const post = (path: string, body: unknown) =>
      fetch(`${latchkey.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    for (const path of ['/v1/batches', '/v1/threads/t/runs', '/v1/moderations'])
      expect(await denied(await post(path, { input: 'x' }), 403)).toMatchObject({ param: 'model' })
    expect((await post('/v1/vector_stores', {})).status).toBe(200)
  })

  test.for([
    ['allowed', { model: 'm1' }, 200],
    ['not allowed', { model: 'gpt-4o' }, 403],
    [
      'allowed, and what looks like one in a value',
      { model: 'm1', other: '; name=model\r\n\r\ngpt-4o\r\n' },
      200,
    ],
    ['none', {}, 403],
  ] as const)('models looks into forms: %s', async ([, fields, status]) => {
    const { secret } = await keyWith({ models: { allow: ['m*'] } })
    const form = new FormData()
    form.set('file', new Blob(['x'.repeat(100_000)]), 'speech.mp3')
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    const reply = await fetch(`${latchkey.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: form,
    })
    expect(reply.status).toBe(status)
    if (status !== 200) expect((await logOf(latchkey, reply)).errorCode).toBe('model_not_allowed')
    expect(upstream.received).toHaveLength(status === 200 ? 1 : 0)
  })

  test('endpoints denies the others, before their body is read', async () => {
    const { secret } = await keyWith({ endpoints: { allow: ['/v1/embeddings', '/v1/models'] } })
    expect(await denied(await chat(latchkey, secret), 403)).toMatchObject({
      code: 'missing_scope',
      errorCode: 'endpoint_not_allowed',
    })
    expect((await post(latchkey, secret, '/v1/embeddings', chatBody())).status).toBe(200)
    expect((await get(secret, '/v1/models')).status).toBe(200)
    expect((await get(secret, '/v1/files')).status).toBe(403)
  })

  test.for([
    [['127.0.0.1'], 200],
    [['127.0.0.0/8', '::1'], 200],
    [['10.0.0.0/8'], 403],
  ] as const)('addresses %j respond with %i', async ([allow, status]) => {
    const { secret } = await keyWith({ addresses: { allow } })
    const reply = await chat(latchkey, secret)
    if (status === 200) expect(reply.status).toBe(200)
    else
      expect(await denied(reply, 403)).toMatchObject({
        code: 'ip_not_authorized',
        errorCode: 'address_not_allowed',
      })
    expect((await get(secret, '/v1/key')).status).toBe(status)
  })
})

test('rules in shadow let calls in, and the log says what they would have denied', async () => {
  const mode = 'SHADOW'
  const { secret } = await keyWith({
    models: { allow: ['other'], mode },
    limits: [requests(1, { mode })],
    concurrency: { maxCalls: 100 },
  })
  const responses = [await chat(latchkey, secret), await chat(latchkey, secret)]
  expect(responses.map(({ status }) => status)).toEqual([200, 200])
  // What is not enforced is not in the headers.
  expect(responses[1]?.headers.get('x-ratelimit-limit-requests')).toBeNull()
  const logs = await Promise.all(responses.map((reply) => logOf(latchkey, reply)))
  expect(logs.map(({ shadowDenials }) => shadowDenials)).toEqual([
    'model_not_allowed',
    'model_not_allowed request_limit_reached',
  ])
  const { data } = await latchkey.graphql('query ($id: ID!) { requestLog(id: $id) { shadowDenials } }', {
    id: logs[1]?.id,
  })
  expect(data.requestLog.shadowDenials).toEqual(['model_not_allowed', 'request_limit_reached'])
})

describe('a change of the policy', () => {
  test('holds from the next call on, and keeps what was counted', async () => {
    const key = await keyWith({ limits: [requests(5)] })
    for (let n = 1; n <= 3; n++) expect((await chat(latchkey, key.secret)).status).toBe(200)
    await setPolicy(latchkey, key, { limits: [requests(3)] })
    expect((await chat(latchkey, key.secret)).status).toBe(429)
    await setPolicy(latchkey, key, null)
    expect((await chat(latchkey, key.secret)).status).toBe(200)
    // The call that nothing counted is in the ledger.
    await setPolicy(latchkey, key, { limits: [requests(5)] })
    expect((await connection(key.secret)).limits).toMatchObject([{ remaining: 1 }])
    await setPolicy(latchkey, key, { models: { deny: ['m1'] } })
    expect((await chat(latchkey, key.secret)).status).toBe(403)
  })
})

describe('key info', () => {
  test('sees what it may do and what is left, also where nothing is', async () => {
    const { secret, number } = await keyWith({
      models: { allow: ['m*'] },
      endpoints: { allow: ['/v1/chat/completions'], mode: 'SHADOW' },
      limits: [requests(1), requests(7, { model: 'm2*' }), tokens(900, { mode: 'SHADOW' })],
      concurrency: { maxCalls: 4 },
    })
    expect((await chat(latchkey, secret)).status).toBe(200)
    expect((await chat(latchkey, secret)).status).toBe(429)
    const reply = await get(secret, '/v1/key')
    expect(reply.headers.get('x-ratelimit-remaining-requests')).toBe('0')
    expect(await reply.json()).toEqual({
      object: 'key',
      id: `key_${number}`,
      name: 'ruled',
      expires_at: null,
      secret_expires_at: null,
      models: { allow: ['m*'], deny: [] },
      endpoints: null,
      contact: null,
      self_rotation: false,
      limits: [
        {
          unit: 'requests',
          window: 'day',
          model: null,
          limit: 1,
          remaining: 0,
          resets_at: expect.stringMatching(/T00:00:00\.000Z$/),
        },
        {
          unit: 'requests',
          window: 'day',
          model: 'm2*',
          limit: 7,
          remaining: 7,
          resets_at: expect.stringMatching(/T00:00:00\.000Z$/),
        },
        { unit: 'concurrency', window: null, model: null, limit: 4, remaining: 4, resets_at: null },
      ],
      budgets: [],
    })
  })

  test('of an unrestricted key sees that, and a stranger nothing', async () => {
    const { secret, id } = await latchkey.createKey()
    expect(await connection(secret)).toEqual({
      object: 'key',
      id: `key_${id}`,
      name: 'test',
      expires_at: null,
      secret_expires_at: null,
      models: null,
      endpoints: null,
      contact: null,
      self_rotation: false,
      limits: [],
      budgets: [],
    })
    expect((await get(crypto.randomUUID(), '/v1/key')).status).toBe(401)
    expect((await post(latchkey, secret, '/v1/key', '{}')).status).toBe(405)
  })
})

function get(secret: string, path: string): Promise<Response> {
  return fetch(`${latchkey.url}${path}`, { headers: { authorization: `Bearer ${secret}` } })
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
async function connection(secret: string): Promise<any> {
  return (await get(secret, '/v1/key')).json()
}
