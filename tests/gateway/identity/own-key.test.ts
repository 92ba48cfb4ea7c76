// What whoever has an API key may ask of it with the key alone: its history, its own logs, and a new secret. One server for all.
import { Latchkey, LatchkeyKey } from '@latchkey/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makeRuledKey, setPolicy } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const CONSOLE = 'https://console.example'

let upstream: TestUpstream
let latchkey: TestLatchkey
// Request ids have the machine's time, so that the server's is the same, and goes ahead of it in one test.
let aheadMs = 0

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (request.body.includes('fail'))
      json(response, 400, {
        error: { message: 'canary-upstream-words', type: 'x', code: 'bad_thing', param: null },
      })
    else json(response, 200, COMPLETION)
  })
  latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_PUBLIC_URL: `${CONSOLE}/` },
  })
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const requests = (max: number) => ({ limits: [{ unit: 'REQUESTS', window: 'DAY', max }] })

function get(secret: string, path: string): Promise<Response> {
  return fetch(`${latchkey.url}${path}`, { headers: { authorization: `Bearer ${secret}` } })
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
async function read(secret: string, path: string): Promise<any> {
  const response = await get(secret, path)
  expect(response.status).toBe(200)
  return response.json()
}

describe('the history of a key', () => {
  test('has its calls by day, what denied it and its latest errors, and nothing of another key', async () => {
    const { secret } = await makeRuledKey(latchkey, requests(2))
    const other = await makeRuledKey(latchkey, requests(2))
    await chat(latchkey, other.secret, { model: 'of-the-other' })
    expect((await chat(latchkey, secret)).status).toBe(200)
    const failed = await chat(latchkey, secret, { metadata: { a: 'fail' } })
    expect(failed.status).toBe(400)
    const denied = await chat(latchkey, secret)
    expect(denied.status).toBe(429)
    expect(await read(secret, '/v1/key')).not.toHaveProperty('history')
    const { history } = await read(secret, '/v1/key?history_days=3')
    expect(history.by_day.map(({ date }: { date: string }) => date)).toHaveLength(3)
    const own = { successful_calls: 2, denied_calls: 1, error_calls: 1, input_tokens: 9, output_tokens: 12 }
    expect(history.totals).toMatchObject({ calls: 4, ...own })
    expect(history.denials).toEqual([{ rule: 'requests', error_code: 'request_limit_reached', calls: 1 }])
    expect(history.denials_partial).toBe(false)
    expect(history.recent_errors).toMatchObject([
      { id: denied.headers.get('x-request-id'), outcome: 'denied', status: 429, rule: 'requests' },
      {
        id: failed.headers.get('x-request-id'),
        outcome: 'error',
        status: 400,
        error_code: 'bad_thing',
        rule: null,
      },
    ])
    const text = JSON.stringify(history)
    for (const canary of ['canary-upstream-words', upstream.baseUrl, 'of-the-other', '"upstream"'])
      expect(text).not.toContain(canary)
  })

  test.for<[string, string]>([
    ['/v1/key?history_days=0', 'history_days'],
    ['/v1/key?history_days=31', 'history_days'],
    ['/v1/key?history_days=1e1', 'history_days'],
    ['/v1/key?history_days=1&history_days=2', 'history_days'],
    ['/v1/key?days=3', 'days'],
    ['/v1/key/logs?limit=0', 'limit'],
    ['/v1/key/logs?limit=101', 'limit'],
    ['/v1/key/logs?after=req_1', 'after'],
    ['/v1/key/logs?outcome=DENIED', 'outcome'],
    ['/v1/key/logs?key_id=1', 'key_id'],
  ])('%s names the parameter at fault', async ([path, param]) => {
    const { secret } = await latchkey.createKey()
    const response = await get(secret, path)
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ param, type: 'invalid_request_error' })
  })
})

describe('the logs of a key', () => {
  test('come by page, newest first, and are its own alone', async () => {
    const { secret } = await latchkey.createKey()
    const stranger = await latchkey.createKey()
    const ids: (string | null)[] = []
    for (let n = 0; n < 5; n++) {
      ids.unshift((await chat(latchkey, secret)).headers.get('x-request-id'))
      await chat(latchkey, stranger.secret)
    }
    const seen: string[] = []
    let after = ''
    for (;;) {
      const page = await read(secret, `/v1/key/logs?limit=2&outcome=success${after}`)
      seen.push(
        ...page.data
          .filter(({ model }: { model: string }) => model === 'm1')
          .map(({ id }: { id: string }) => id),
      )
      if (!page.has_more) break
      after = `&after=${page.last_id}`
    }
    expect(seen).toEqual(ids)
    const [log] = (await read(secret, '/v1/key/logs?limit=100')).data.filter(
      ({ model }: { model: string }) => model === 'm1',
    )
    expect(log).toEqual({
      object: 'key.log',
      id: ids[0],
      created_at: expect.stringMatching(/Z$/),
      method: 'POST',
      endpoint: '/v1/chat/completions',
      model: 'm1',
      outcome: 'success',
      status: 200,
      error_code: null,
      rule: null,
      input_tokens: 9,
      output_tokens: 12,
      cached_input_tokens: 4,
      reasoning_tokens: 5,
      cost_usd: null,
      duration_ms: expect.any(Number),
      time_to_first_token_ms: null,
      streamed: false,
      client_ip: '127.0.0.1',
    })
  })

  test('are not for strangers, nor for an address or a path that the rules of the key deny', async () => {
    expect((await get(crypto.randomUUID(), '/v1/key/logs')).status).toBe(401)
    const away = await makeRuledKey(latchkey, { addresses: { allow: ['192.0.2.1'] }, selfRotation: true })
    const narrow = await makeRuledKey(latchkey, {
      endpoints: { allow: ['/v1/embeddings'] },
      selfRotation: true,
    })
    for (const { secret } of [away, narrow]) {
      expect((await get(secret, '/v1/key/logs')).status).toBe(403)
      expect((await get(secret, '/v1/key?history_days=1')).status).toBe(403)
      expect((await post(latchkey, secret, '/v1/key/rotate', '{}')).status).toBe(403)
    }
  })

  test('are asked for so often a minute, while calls are served', async () => {
    const { secret } = await latchkey.createKey()
    let throttled: Response | null = null
    for (let n = 0; n < 61 && throttled === null; n++) {
      const response = await get(secret, '/v1/key/logs?limit=1')
      if (response.status === 429) throttled = response
      else await response.arrayBuffer()
    }
    expect(Number(throttled?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await get(secret, '/v1/key')).status).toBe(200)
    expect((await chat(latchkey, secret)).status).toBe(200)
    aheadMs += 60_000
    expect((await get(secret, '/v1/key/logs?limit=1')).status).toBe(200)
  })
})

test('why a key may make no calls is a code in a header, which the SDK reads', async () => {
  const key = await makeRuledKey(latchkey, {})
  await new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken }).keys.revoke(key.id)
  const response = await get(key.secret, '/v1/key')
  expect(response.headers.get('x-latchkey-error-code')).toBe('api_key_revoked')
  expect(await errorOf(response)).toMatchObject({ code: 'invalid_api_key' })
  await expect(new LatchkeyKey({ url: latchkey.url, secret: key.secret }).info()).rejects.toMatchObject({
    name: 'AuthenticationError',
    code: 'api_key_revoked',
  })
})

describe('a key that rotates itself', () => {
  const rotate = (secret: string, body: object = {}) =>
    post(latchkey, secret, '/v1/key/rotate', JSON.stringify(body))

  test('gets a new secret, which is audited by its name; the former one works for its grace and rotates nothing', async () => {
    const key = await makeRuledKey(latchkey, { selfRotation: true }, 'robot')
    expect(await read(key.secret, '/v1/key')).toMatchObject({ self_rotation: true })
    const response = await rotate(key.secret, { grace_seconds: 60 })
    expect(response.status).toBe(200)
    const made = (await response.json()) as { secret: string }
    expect(made).toEqual({
      object: 'key.rotated',
      id: key.id,
      secret: expect.stringMatching(/^[0-9a-f-]{36}$/),
      expires_at: null,
      former_secret_expires_at: expect.stringMatching(/Z$/),
    })
    for (const secret of [made.secret, key.secret]) expect((await chat(latchkey, secret)).status).toBe(200)
    const again = await rotate(key.secret)
    expect(again.status).toBe(403)
    expect(await errorOf(again)).toMatchObject({ code: 'self_rotation_not_allowed' })
    const [event] = await latchkey.app.store.prisma.auditEvent.findMany({
      where: { targetId: key.id, action: 'api_key.rotate' },
    })
    expect(event).toMatchObject({
      actorType: 'API_KEY',
      actorId: key.number,
      actorName: 'robot',
      ip: '127.0.0.1',
      requestId: response.headers.get('x-request-id'),
    })
    expect(JSON.stringify(event?.changes)).not.toContain(made.secret)
  })

  test('is sent its reply again under an Idempotency-Key, without the secret', async () => {
    const key = await makeRuledKey(latchkey, { selfRotation: true })
    const send = (secret: string, body: object, idempotencyKey = 'rotation-1') =>
      fetch(`${latchkey.url}/v1/key/rotate`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret}`,
          'content-type': 'application/json',
          'idempotency-key': idempotencyKey,
        },
        body: JSON.stringify(body),
      })
    const body = { grace_seconds: 600 }
    const first = await send(key.secret, body)
    const made = (await first.json()) as { secret: string }
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([200, null])
    const again = await send(key.secret, body)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true'])
    expect(await again.json()).toEqual({
      ...made,
      secret: null,
      error: {
        message: expect.any(String),
        type: 'invalid_request_error',
        param: 'secret',
        code: 'already_revealed',
      },
    })
    expect((await chat(latchkey, made.secret)).status).toBe(200)
    for (const other of [await send(key.secret, {}), await send(made.secret, body)]) {
      expect([other.status, other.headers.get('x-should-retry')]).toEqual([409, 'false'])
      expect(await errorOf(other)).toMatchObject({ code: 'idempotency_conflict', param: 'idempotency-key' })
    }
    const wrong = await send(made.secret, body, 'a b')
    expect([wrong.status, await errorOf(wrong)]).toMatchObject([400, { param: 'idempotency-key' }])
    // What was refused may be sent again.
    expect((await send(key.secret, body, 'rotation-2')).status).toBe(403)
    expect((await send(made.secret, body, 'rotation-2')).status).toBe(200)
    const rows = await latchkey.app.store.prisma.idempotentRequest.findMany()
    expect(JSON.stringify(rows)).not.toContain(made.secret)
  })

  test('of requests at once with one secret, one alone gets a new one', async () => {
    const key = await makeRuledKey(latchkey, { selfRotation: true })
    const statuses = await Promise.all(
      Array.from({ length: 8 }, async () => (await rotate(key.secret)).status),
    )
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  })

  test('does so only where its policy says so, with a grace that admins have too', async () => {
    const key = await makeRuledKey(latchkey, requests(5))
    const refused = await rotate(key.secret)
    expect(refused.status).toBe(403)
    expect(await errorOf(refused)).toMatchObject({ code: 'self_rotation_not_allowed' })
    await setPolicy(latchkey, key, { selfRotation: true })
    for (const grace_seconds of [-1, 0.5, 2_592_001, '1', null])
      expect((await rotate(key.secret, { grace_seconds })).status).toBe(400)
    expect((await rotate(key.secret, { grace: 1 })).status).toBe(400)
    expect((await post(latchkey, key.secret, '/v1/key/rotate', '[')).status).toBe(400)
    expect((await post(latchkey, key.secret, '/v1/key/rotate', 'x'.repeat(5_000))).status).toBe(413)
    expect((await get(key.secret, '/v1/key/rotate')).status).toBe(405)
    // Without a body, no grace: the former secret stops at once.
    const bare = await fetch(`${latchkey.url}/v1/key/rotate`, {
      method: 'POST',
      headers: { 'x-api-key': key.secret },
    })
    expect(bare.status).toBe(200)
    expect((await chat(latchkey, key.secret)).status).toBe(401)
  })
})

test('a denial says where to find out more, by which rule and until when, to OpenAI’s SDK too', async () => {
  const { secret } = await makeRuledKey(latchkey, requests(1))
  expect((await chat(latchkey, secret)).status).toBe(200)
  const { error } = (await (await chat(latchkey, secret)).json()) as { error: Record<string, unknown> }
  const moreInfo = {
    contact: null,
    url: `${CONSOLE}/key`,
    rule: 'requests',
    window: 'day',
    resets_at: expect.stringMatching(/T00:00:00\.000Z$/),
  }
  expect(error).toMatchObject({ code: 'rate_limit_exceeded', type: 'requests', more_info: moreInfo })
  const client = new OpenAI({ apiKey: secret, baseURL: `${latchkey.url}/v1`, maxRetries: 0 })
  const thrown = await client.chat.completions
    .create({ model: 'm1', messages: [{ role: 'user', content: 'hello' }] })
    .catch((caught: unknown) => caught)
  expect(thrown).toBeInstanceOf(OpenAI.RateLimitError)
  expect(thrown).toMatchObject({ code: 'rate_limit_exceeded', error: { more_info: moreInfo } })
  // What is no denial by a rule has none.
  expect(await errorOf(await chat(latchkey, crypto.randomUUID()))).not.toHaveProperty('more_info')
})

test('a key of an owner says whom to ask, from the next call after a change of the owner', async () => {
  const key = await makeRuledKey(latchkey, requests(1))
  const { data } = await latchkey.graphql(
    'mutation ($input: CreateOwnerInput!) { createOwner(input: $input) { owner { id } userErrors { message } } }',
    { input: { name: 'docs', kind: 'TEAM', contact: 'docs@example.com' } },
  )
  const ownerId = data.createOwner.owner.id
  await latchkey.graphql(
    'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { message } } }',
    { input: { id: key.id, ownerId } },
  )
  expect(await read(key.secret, '/v1/key')).toMatchObject({ contact: 'docs@example.com' })
  await chat(latchkey, key.secret)
  const contactOf = async () => {
    const { error } = (await (await chat(latchkey, key.secret)).json()) as {
      error: { more_info: { contact: unknown } }
    }
    return error.more_info.contact
  }
  expect(await contactOf()).toBe('docs@example.com')
  await latchkey.graphql(
    'mutation ($input: UpdateOwnerInput!) { updateOwner(input: $input) { userErrors { message } } }',
    { input: { id: ownerId, contact: 'new@example.com' } },
  )
  expect(await contactOf()).toBe('new@example.com')
})
