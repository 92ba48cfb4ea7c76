// Which model a call goes to, and what of its body is changed for that.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chat, errorOf, post } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

describe('with an upstream and a default model', () => {
  let upstream: TestUpstream
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    upstream = await startUpstream((request, response) =>
      request.path === '/v1/models'
        ? json(response, 200, {
            object: 'list',
            data: [{ id: 'org/m:1', object: 'model', created: 5, owned_by: 'org' }],
          })
        : json(response, 200, COMPLETION),
    )
    latchkey = await startLatchkey({
      env: {
        LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
        LATCHKEY_UPSTREAM_KEY: 'sk-upstream',
        LATCHKEY_DEFAULT_MODEL: 'gemini-flash',
      },
    })
    secret = (await latchkey.createKey()).secret
  })
  beforeEach(() => {
    upstream.received.length = 0
  })
  afterAll(async () => {
    await latchkey.close()
    await upstream.close()
  })

  test.for(['auto', 'local-gemini-auto'])('%s stands for the default', async (model) => {
    const reply = await chat(latchkey, secret, { model })
    expect(upstream.received.at(-1)?.json).toMatchObject({ model: 'gemini-flash' })
    expect(await logOf(latchkey, reply)).toMatchObject({
      requestedModel: model,
      resolvedModel: 'gemini-flash',
    })
  })

  test('a body that need not change arrives to the byte, with its length', async () => {
    const body =
      ' {"model" : "m1","temperature":1.0,\n"messages":[{"role":"user","content":"\\u00e9 \ud83d\ude00"}],"n":1e0}\n'
    await post(latchkey, secret, '/v1/chat/completions', body)
    const received = upstream.received.at(-1)
    expect(received?.body.toString()).toBe(body)
    expect(received?.headers['content-length']).toBe(String(Buffer.byteLength(body)))
    expect(received?.path).toBe('/v1/chat/completions')
  })

  test('a body whose model changes is the same beside it', async () => {
    const body = ' {"n":1.0, "model" : "auto"  ,"x":"\\u00e9"}\n'
    await post(latchkey, secret, '/v1/chat/completions', body)
    expect(upstream.received.at(-1)?.body.toString()).toBe(body.replace('auto', 'gemini-flash'))
  })

  test('a model named twice reaches the upstream as one', async () => {
    const reply = await post(
      latchkey,
      secret,
      '/v1/chat/completions',
      '{"model":"cheap","mod\\u0065l":"dear"}',
    )
    expect(upstream.received.at(-1)?.body.toString()).toBe('{"model":"dear","mod\\u0065l":"dear"}')
    expect(await logOf(latchkey, reply)).toMatchObject({ requestedModel: 'dear' })
  })

  test('the query goes on, and headers that are the upstream’s business', async () => {
    await post(latchkey, secret, '/v1/chat/completions?api-version=1', '{"model":"m1"}', {
      headers: { 'openai-beta': 'x=1', 'x-forwarded-for': '10.0.0.1', cookie: 'a=b', 'idempotency-key': 'k' },
    })
    const received = upstream.received.at(-1)
    expect(received?.path).toBe('/v1/chat/completions?api-version=1')
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer sk-upstream',
      'openai-beta': 'x=1',
      'idempotency-key': 'k',
      'accept-encoding': 'identity',
      host: new URL(upstream.baseUrl).host,
    })
    expect(Object.keys(received?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']))
    expect(JSON.stringify(received?.headers)).not.toContain('10.0.0.1')
  })

  test('an endpoint with a model of its own needs none named', async () => {
    const reply = await post(latchkey, secret, '/v1/moderations', '{"input":"x"}')
    expect(reply.status).toBe(200)
    expect(upstream.received.at(-1)?.body.toString()).toBe('{"input":"x"}')
    expect(await logOf(latchkey, reply)).toMatchObject({ requestedModel: null, resolvedModel: null })
  })

  test('the list has the upstream’s, without names of a default that it lacks, and one is found by its name, slash and all', async () => {
    const headers = { authorization: `Bearer ${secret}` }
    const list = await fetch(`${latchkey.url}/v1/models`, { headers })
    expect(await list.json()).toEqual({
      object: 'list',
      data: [{ id: 'org/m:1', object: 'model', created: 5, owned_by: 'org' }],
    })
    for (const id of ['org/m:1', 'org%2Fm%3A1']) {
      const one = await fetch(`${latchkey.url}/v1/models/${id}`, { headers })
      expect(await one.json()).toMatchObject({ id: 'org/m:1' })
    }
    const none = await fetch(`${latchkey.url}/v1/models/nothing`, { headers })
    expect(none.status).toBe(404)
    expect(await errorOf(none)).toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('`nothing`'),
    })
  })
})

describe('the models of an upstream', () => {
  let upstream: TestUpstream
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    upstream = await startUpstream(() => undefined)
    latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
    secret = (await latchkey.createKey()).secret
  })
  afterAll(async () => {
    await latchkey.close()
    await upstream.close()
  })

  const ask = (id = '') =>
    fetch(`${latchkey.url}/v1/models${id}`, { headers: { authorization: `Bearer ${secret}` } })

  test('are a 502 while it is down and nothing is known of them', async () => {
    upstream.respondWith((_request, response) => void response.socket?.destroy())
    const list = await ask()
    expect(list.status).toBe(502)
    expect(await errorOf(list)).toMatchObject({ code: 'upstream_unreachable' })
    expect((await ask('/m1')).status).toBe(502)
  })

  test('are asked for one by one where it serves one that it does not list', async () => {
    upstream.respondWith((request, response) =>
      decodeURIComponent(request.path) === '/v1/models/org/hidden:1'
        ? json(response, 200, { id: 'org/hidden:1', created: 3, owned_by: 'org', max_model_len: 4_096 })
        : json(response, 404, { error: { message: 'no' } }),
    )
    for (const id of ['/org/hidden:1', '/org%2Fhidden%3A1']) {
      const one = await ask(id)
      expect([one.status, await one.json()]).toEqual([
        200,
        { id: 'org/hidden:1', object: 'model', created: 3, owned_by: 'org', max_model_len: 4_096 },
      ])
    }
    const none = await ask('/nothing')
    expect(none.status).toBe(404)
    expect(await errorOf(none)).toMatchObject({ code: 'model_not_found' })
  })

  test('are not asked for by a key that may not call them', async () => {
    const { id, secret: ruled } = await latchkey.createKey()
    const { data } = await latchkey.graphql(
      'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { message } } }',
      { input: { id: `key_${id}`, policy: { models: { allow: ['other'] } } } },
    )
    expect(data?.updateApiKey.userErrors).toEqual([])
    upstream.received.length = 0
    const one = await fetch(`${latchkey.url}/v1/models/org/hidden:1`, {
      headers: { authorization: `Bearer ${ruled}` },
    })
    expect(one.status).toBe(404)
    expect(upstream.received.map(({ path }) => path)).not.toContain('/v1/models/org%2Fhidden%3A1')
  })
})

test.for([
  [
    'the upstream lists its model',
    ['m1', 'gemini-flash'],
    ['auto', 'local-gemini-auto', 'm1', 'gemini-flash'],
  ],
  [
    'it is listed with a prefix',
    ['models/gemini-flash'],
    ['auto', 'local-gemini-auto', 'models/gemini-flash'],
  ],
  ['the upstream lists others alone', ['m1', 'not-gemini-flash'], ['m1', 'not-gemini-flash']],
] as const)('names of the default where %s: %s is listed as %s', async ([, ids, expected]) => {
  const upstream = await startUpstream((_request, response) =>
    json(response, 200, { data: ids.map((id) => ({ id, max_model_len: 4_096, context_length: 8_192 })) }),
  )
  const latchkey = await startLatchkey({
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_DEFAULT_MODEL: 'gemini-flash' },
  })
  const { secret } = await latchkey.createKey()
  const list = await fetch(`${latchkey.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  const { data } = (await list.json()) as { data: { id: string }[] }
  expect(data.map(({ id }) => id)).toEqual(expected)
  expect(data.at(-1)).toMatchObject({ max_model_len: 4_096, context_length: 8_192 })
  await latchkey.close()
  await upstream.close()
})

test('the last known models of an upstream are listed while it is down, and a header names it', async () => {
  let aheadMs = 0
  const upstream = await startUpstream((_request, response) => json(response, 200, { data: [{ id: 'm1' }] }))
  const latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl },
  })
  const { secret } = await latchkey.createKey()
  const list = async () => {
    const reply = await fetch(`${latchkey.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
    const { data } = (await reply.json()) as { data: { id: string }[] }
    return [reply.headers.get('x-latchkey-stale-upstreams'), data.map(({ id }) => id)]
  }
  expect(await list()).toEqual([null, ['m1']])
  await upstream.close()
  aheadMs = 61_000
  expect(await list()).toEqual(['default', ['m1']])
  await latchkey.close()
})

describe('with nothing configured', () => {
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    latchkey = await startLatchkey()
    secret = (await latchkey.createKey()).secret
  })
  afterAll(() => latchkey.close())

  test.for(['echo', 'auto', 'local-gemini-auto'])('the echo takes %s', async (model) => {
    const reply = await chat(latchkey, secret, { model })
    expect(await reply.json()).toMatchObject({ choices: [{ message: { content: 'hello' } }] })
    expect(await logOf(latchkey, reply)).toMatchObject({
      upstream: 'echo',
      requestedModel: model,
      resolvedModel: 'echo',
    })
  })

  test('a model that no upstream takes is a 404 that names it', async () => {
    const reply = await chat(latchkey, secret, { model: 'gpt-9' })
    expect(reply.status).toBe(404)
    expect(await errorOf(reply)).toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('`gpt-9`'),
    })
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'DENIED',
      requestedModel: 'gpt-9',
      upstream: null,
    })
  })

  test('a large body that it cannot read is a 400, and the next call succeeds', async () => {
    const body = `{"model":"echo","messages":[nonsense],"pad":"${'x'.repeat(200_000)}"}`
    expect((await post(latchkey, secret, '/v1/chat/completions', body)).status).toBe(400)
    expect((await chat(latchkey, secret, { model: 'echo' })).status).toBe(200)
  })

  test('an upload, which it does not take, says how to have it taken', async () => {
    const form = new FormData()
    form.append('purpose', 'assistants')
    form.append('file', new Blob(['x'.repeat(100_000)]), 'a.txt')
    const reply = await fetch(`${latchkey.url}/v1/files`, {
      method: 'POST',
      body: form,
      headers: { authorization: `Bearer ${secret}` },
    })
    expect(reply.status).toBe(404)
    expect(await errorOf(reply)).toMatchObject({ code: 'unsupported_endpoint' })
  })
})
