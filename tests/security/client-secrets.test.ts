// A client secret that an upstream has made is the key's that asked for it: it opens the sessions it is for, counts for that key
// by all its rules, and is nothing anywhere else.
import { Latchkey } from '@latchkey/sdk'
import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseRaw, sendRaw } from '../support/clients/raw-http.ts'
import { handshake, openRealtime } from '../support/clients/realtime-client.ts'
import { contentOf } from '../support/server/call-contents.ts'
import { post } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { logInTime } from '../support/server/request-logs.ts'
import { ask, makeUpstream } from '../support/server/routed-models.ts'
import { makeRuledKey, setPolicy } from '../support/server/ruled-keys.ts'
import { type SecretUpstream, startSecretUpstream } from '../support/upstreams/secret-upstream.ts'

const CREDENTIAL = 'sk-secrets-canary'
const MODEL = 'gpt-realtime'

let upstream: SecretUpstream
let latchkey: TestLatchkey
let keys: Latchkey['keys']
/** What the clock of the server is ahead by. */
let aheadMs = 0
beforeAll(async () => {
  upstream = await startSecretUpstream([CREDENTIAL])
  latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    env: {
      LATCHKEY_UPSTREAM_URL: upstream.baseUrl,
      LATCHKEY_UPSTREAM_KEY: CREDENTIAL,
      LATCHKEY_CONTENT_CAPTURE: 'full',
    },
  })
  keys = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken }).keys
})
beforeEach(() => {
  aheadMs = 0
  upstream.lifetime(600)
  upstream.seen.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const SECRETS = '/v1/realtime/client_secrets'
const MAKERS = [
  [SECRETS, { session: { type: 'realtime', model: MODEL } }],
  ['/v1/realtime/sessions', { model: MODEL }],
  ['/v1/realtime/transcription_sessions', { input_audio_transcription: { model: MODEL } }],
] as const
const TRANSLATIONS = ['/v1/realtime/translations/client_secrets', { session: { model: MODEL } }] as const

async function make(
  secret: string,
  [path, body]: readonly [string, object] = MAKERS[0],
  init: RequestInit = {},
) {
  const response = await post(latchkey, secret, path, JSON.stringify(body), init)
  const made = (await response.json()) as { value?: string; client_secret?: { value: string } }
  const value = made.value ?? made.client_secret?.value ?? ''
  expect({ status: response.status, value }).toEqual({ status: 200, value: expect.stringMatching(/^ek_/) })
  return { value, made, id: response.headers.get('x-request-id') }
}

const offer = (secret: string, query = '', type = 'application/sdp', body = 'v=0\r\noffer') =>
  post(latchkey, secret, `/v1/realtime/calls${query}`, body, { headers: { 'content-type': type } })

/** The status and the error of a handshake that is refused. */
async function refused(target: string, headers: string[]) {
  const { status, head, body } = parseRaw(await sendRaw(latchkey.url, handshake(target, headers)))
  const log = () => logInTime(latchkey, /x-request-id: (\S+)/.exec(head)?.[1] ?? '')
  return { status, error: JSON.parse(body).error as { code: string; param: string; message: string }, log }
}
const bearer = (secret: string) => [`Authorization: Bearer ${secret}`]

const ruled = (policy: Record<string, unknown> | null) => makeRuledKey(latchkey, policy)

test.for(MAKERS)(
  'one that %s has made opens a session, and is sent to the upstream as it is',
  async (maker) => {
    const key = await ruled(null)
    const { value } = await make(key.secret, maker)
    for (const client of [
      await openRealtime(latchkey, value, { query: `?model=${MODEL}` }),
      await openRealtime(latchkey, value, { query: '' }),
      await openRealtime(latchkey, null, {
        query: `?model=${MODEL}`,
        protocols: ['realtime', `openai-insecure-api-key.${value}`],
      }),
    ]) {
      expect(upstream.seen.at(-1)).toMatchObject({ method: 'UPGRADE', authorization: `Bearer ${value}` })
      client.socket.send('{"type":"response.create"}')
      await client.message()
      client.socket.close(1000)
      await client.closed
      expect(await logInTime(latchkey, String(client.headers['x-request-id']))).toMatchObject({
        apiKeyId: key.number,
        requestedModel: MODEL,
        affinity: 'OBJECT',
        outcome: 'SUCCESS',
        inputTokens: 4_000,
        outputTokens: 6_000,
      })
    }
    expect(upstream.seen.map(({ path }) => path).slice(1)).toEqual([
      `/v1/realtime?model=${MODEL}`,
      '/v1/realtime',
      `/v1/realtime?model=${MODEL}`,
    ])
    const response = await offer(value)
    expect(response.status).toBe(201)
    expect(await response.text()).toBe('v=0\r\nanswer')
    expect(response.headers.get('location')).toMatch('/v1/realtime/calls/rtc_')
    expect(upstream.seen.at(-1)).toMatchObject({ authorization: `Bearer ${value}`, body: 'v=0\r\noffer' })
    expect(await logInTime(latchkey, response.headers.get('x-request-id') ?? '')).toMatchObject({
      apiKeyId: key.number,
      httpStatus: 201,
      requestedModel: MODEL,
    })
  },
)

test('one for translations opens translations, and one for realtime does not', async () => {
  const { secret } = await ruled(null)
  const { value } = await make(secret, TRANSLATIONS)
  const client = await openRealtime(latchkey, value, { path: '/v1/realtime/translations', query: '' })
  client.socket.close(1000)
  expect((await refused('/v1/realtime?model=gpt-realtime', bearer(value))).status).toBe(401)
  expect((await offer(value)).status).toBe(401)
  const other = await make(secret)
  expect((await refused('/v1/realtime/translations?model=gpt-realtime', bearer(other.value))).status).toBe(
    401,
  )
})

test('it is a credential at no other endpoint of the table', async () => {
  upstream.lifetime(7_200)
  const { value } = await make((await ruled(null)).secret)
  upstream.seen.length = 0
  const opens = new Set(ENDPOINTS.flatMap(({ secretOpens }) => secretOpens))
  const others = ENDPOINTS.flatMap(({ path, methods, served }) =>
    methods.map((method) => ({
      path: path.replaceAll('{id}', 'rtc_1').replace('/**', '/x'),
      method,
      served,
    })),
  ).filter(({ path }) => !opens.has(path))
  expect(others.length).toBeGreaterThan(200)
  for (const [at, { path, method, served }] of others.entries()) {
    // So that what fails to authenticate is not throttled.
    if (at % 50 === 0) aheadMs += 60_000
    const target = `/v1/${path}`
    const status =
      served === 'WEBSOCKET'
        ? (await refused(target, bearer(value))).status
        : (
            await fetch(`${latchkey.url}${target}`, {
              method,
              headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' },
              ...(method === 'POST' ? { body: '{"model":"gpt-realtime"}' } : {}),
            })
          ).status
    expect({ target, method, status }).toEqual({ target, method, status: 401 })
  }
  expect(upstream.seen).toEqual([])
})

test('it is no admin token', async () => {
  const { value } = await make((await ruled(null)).secret)
  const headers = { authorization: `Bearer ${value}`, 'content-type': 'application/json' }
  expect((await fetch(`${latchkey.url}/api/api-keys`, { headers })).status).toBe(401)
})

test.for([
  ['one that nobody made', () => `ek_${'0'.repeat(32)}`],
  ['one in other letters', (value: string) => value.toUpperCase()],
  ['a part of one', (value: string) => value.slice(0, -1)],
  ['one with more', (value: string) => `${value}x`],
  ['a short one', () => 'ek_'],
  ['a long one', () => `ek_${'x'.repeat(4_000)}`],
] as const)('%s opens nothing', async ([, spelled]) => {
  const { value } = await make((await ruled(null)).secret)
  upstream.seen.length = 0
  const { status, error } = await refused('/v1/realtime?model=gpt-realtime', bearer(spelled(value)))
  expect({ status, code: error.code }).toEqual({ status: 401, code: 'invalid_api_key' })
  expect((await offer(spelled(value))).status).toBe(401)
  expect(upstream.seen).toEqual([])
})

test.for([
  ['as its upstream says', 60, 30_000, 61_000],
  ['after ten minutes where its upstream does not say', null, 500_000, 601_000],
  ['after two hours at the latest', 1_000_000_000, 7_000_000, 7_201_000],
  ['at once where it has expired already', -1, null, 0],
] as const)('it expires %s', async ([, lifetime, worksAtMs, endsAtMs]) => {
  upstream.lifetime(lifetime)
  const { value } = await make((await ruled(null)).secret)
  if (worksAtMs !== null) {
    aheadMs = worksAtMs
    expect((await offer(value)).status).toBe(201)
  }
  aheadMs = endsAtMs
  expect((await refused('/v1/realtime?model=gpt-realtime', bearer(value))).status).toBe(401)
  expect((await offer(value)).status).toBe(401)
})

async function expire(): Promise<void> {
  aheadMs = 500_000
}

test.for([
  ['revoked', 'api_key_revoked', (id: string) => keys.revoke(id)],
  ['disabled', 'api_key_disabled', (id: string) => keys.disable(id)],
  ['deleted', 'invalid_api_key', (id: string) => keys.delete(id)],
  ['rotated without grace', 'api_key_replaced', (id: string) => keys.rotate(id, { graceSeconds: 0 })],
  ['expired', 'api_key_expired', expire],
] as const)('it ends with its key: %s', async ([, code, stop]) => {
  const { apiKey, secret } = await keys.create({
    name: 'ends',
    expiresAt: new Date(Date.now() + 400_000).toISOString(),
  })
  const { value } = await make(secret)
  const client = await openRealtime(latchkey, value, { query: '' })
  upstream.seen.length = 0
  await stop(apiKey.id)
  const { status, log } = await refused('/v1/realtime?model=gpt-realtime', bearer(value))
  expect(status).toBe(401)
  if (code !== 'invalid_api_key') expect((await log()).errorCode).toBe(code)
  expect((await offer(value)).status).toBe(401)
  // What it had opened is closed as well.
  client.socket.send('{"type":"response.create"}')
  expect(await client.closed).toMatchObject({ code: 1008 })
  expect(upstream.seen).toEqual([])
})

test.for([
  [{ models: { deny: [MODEL] } }, 403],
  [{ models: { allow: ['gpt-5'] } }, 403],
  [{ addresses: { allow: ['10.0.0.0/8'] } }, 403],
  [{ endpoints: { allow: ['/v1/chat/completions'] } }, 403],
  [{ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1 }] }, 429],
] as const)('the rules of its key hold as they are then: %j', async ([policy, status]) => {
  const key = await ruled(null)
  const { value } = await make(key.secret)
  await setPolicy(latchkey, key, policy)
  // One request is what the limit has left.
  if (status === 429)
    await refused('/v1/realtime?model=gpt-realtime', bearer(key.secret)).catch(() => undefined)
  upstream.seen.length = 0
  expect((await refused('/v1/realtime?model=gpt-realtime', bearer(value))).status).toBe(status)
  expect((await refused('/v1/realtime', bearer(value))).status).toBe(status)
  expect((await offer(value)).status).toBe(status)
  expect(upstream.seen).toEqual([])
})

test('what a session uses counts for its key, and ends it when a limit is spent', async () => {
  const key = await ruled({ limits: [{ unit: 'TOKENS', window: 'DAY', max: 15_000 }] })
  const { value } = await make(key.secret)
  const client = await openRealtime(latchkey, value, { query: '' })
  client.socket.on('message', () => client.socket.send('{"type":"response.create"}'))
  client.socket.send('{"type":"response.create"}')
  expect(await client.closed).toMatchObject({ code: 1008 })
  expect((await refused('/v1/realtime', bearer(value))).status).toBe(429)
  expect((await refused('/v1/realtime?model=gpt-realtime', bearer(key.secret))).status).toBe(429)
})

test('the URL may name the model of its session, by either name, and no other', async () => {
  const { secret } = await ruled(null)
  const { value } = await make(secret)
  expect((await offer(value, `?model=${MODEL}`)).status).toBe(201)
  expect((await offer(value, `?model=${MODEL}-2026-01-01`)).status).toBe(201)
  upstream.seen.length = 0
  expect((await offer(value, '?model=gpt-5')).status).toBe(400)
  const { status, error } = await refused('/v1/realtime?model=gpt-5', bearer(value))
  expect({ status, param: error.param }).toEqual({ status: 400, param: 'model' })
  const governed = await ruled({ models: { allow: [MODEL] } })
  const theirs = await make(governed.secret)
  upstream.seen.length = 0
  for (const query of ['?model=gpt-realtime&model=gpt-5', '?model=gpt-realtime&Model=gpt-5', '?MODEL=gpt-5'])
    expect((await refused(`/v1/realtime${query}`, bearer(theirs.value))).status, query).toBe(400)
  // A form could name another model, and what is neither form nor offer, too.
  const form = (session: object) =>
    `--x\r\nContent-Disposition: form-data; name="session"\r\n\r\n${JSON.stringify(session)}\r\n--x--\r\n`
  const asForm = (body: string) => offer(theirs.value, '', 'multipart/form-data; boundary=x', body)
  expect((await asForm('--x')).status).toBe(400)
  expect((await asForm(form({ model: 'gpt-5' }))).status).toBe(400)
  expect((await asForm(form({ Model: 'gpt-5', model: MODEL }))).status).toBe(400)
  expect((await offer(theirs.value, '', 'text/plain')).status).toBe(415)
  expect(upstream.seen).toEqual([])
  expect((await offer(theirs.value)).status).toBe(201)
  expect((await asForm(form({ model: MODEL }))).status).toBe(201)
})

test('it stays at the upstream and the credential that made it', async () => {
  const first = await startSecretUpstream(['sk-one', 'sk-two', 'sk-three'])
  const second = await startSecretUpstream(['sk-four'])
  const server = await startLatchkey()
  const one = await makeUpstream(server, first.baseUrl, {
    credentials: ['sk-one', 'sk-two', 'sk-three'].map((secret) => ({ secret })),
  })
  const other = await makeUpstream(server, second.baseUrl, { credentials: [{ secret: 'sk-four' }] })
  await ask(
    server,
    'mutation ($input: CreateModelInput!) { createModel(input: $input) { userErrors { message } } }',
    {
      name: '*',
      routes: [one, other].map(({ id }) => ({ upstreamId: id, upstreamModel: '*', priority: 0 })),
    },
  )
  const { secret } = await server.createKey()
  for (let n = 0; n < 12; n++) {
    const response = await post(server, secret, SECRETS, JSON.stringify({ session: { model: MODEL } }))
    const { value } = (await response.json()) as { value: string }
    const client = await openRealtime(server, value, { query: '' })
    client.socket.close(1000)
    await client.closed
  }
  const opened = [first, second].map(({ seen }) => seen.filter(({ method }) => method === 'UPGRADE').length)
  const made = [first, second].map(({ seen }) => seen.filter(({ method }) => method === 'POST').length)
  expect(opened).toEqual(made)
  // What an upstream refuses to a client secret says nothing against its credential.
  const response = await post(server, secret, SECRETS, JSON.stringify({ session: { model: MODEL } }))
  const { value } = (await response.json()) as { value: string }
  first.forget()
  second.forget()
  for (let n = 0; n < 8; n++) await expect(openRealtime(server, value, { query: '' })).rejects.toThrow('401')
  const { data } = await server.graphql(
    '{ upstreams { nodes { health { breaker lastFailure coolingDownCredentials { reason } } } } }',
  )
  for (const { health } of data.upstreams.nodes)
    expect(health).toEqual({ breaker: 'CLOSED', lastFailure: null, coolingDownCredentials: [] })
  await server.close()
  await first.close()
  await second.close()
})

test('one that its upstream refuses is the client’s matter: its 401, and nothing against the upstream', async () => {
  const { secret } = await ruled(null)
  const { value } = await make(secret)
  upstream.forget()
  for (let n = 0; n < 3; n++) {
    const { status, error, log } = await refused('/v1/realtime?model=gpt-realtime', bearer(value))
    expect({ status, code: error.code }).toEqual({ status: 401, code: 'invalid_api_key' })
    expect((await log()).errorMessage).toContain('Incorrect API key provided: [credential]')
    const response = await offer(value)
    expect(response.status).toBe(401)
  }
  expect((await make(secret)).value).toMatch(/^ek_/)
})

test('it is in no log and no captured content', async () => {
  const { secret } = await ruled({ capture: 'FULL' })
  const { value, id } = await make(secret)
  const { content } = await contentOf(latchkey, id)
  expect(content?.request).toContain(MODEL)
  expect(JSON.stringify(content)).not.toContain(value)
  expect(JSON.stringify(await logInTime(latchkey, id ?? ''))).not.toContain(value)
})

test.for(['gzip', 'br', 'gzip, deflate, br, zstd'])(
  'a client that takes %s gets a secret that is known here',
  async (encoding) => {
    const { value } = await make((await ruled(null)).secret, MAKERS[0], {
      headers: { 'accept-encoding': encoding },
    })
    expect((await offer(value)).status).toBe(201)
  },
)

test('it is known after a restart, with the models, the route and the expiry that it had, and not when it has expired', async () => {
  const server = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl, LATCHKEY_UPSTREAM_KEY: CREDENTIAL },
  })
  const { secret } = await makeRuledKey(server, { models: { allow: [MODEL] } })
  const body = JSON.stringify({ session: { model: MODEL } })
  const { value } = (await (await post(server, secret, SECRETS, body)).json()) as { value: string }
  const stored = JSON.stringify(await server.app.store.prisma.clientSecret.findMany())
  expect(stored).toContain(MODEL)
  expect(stored).not.toContain(value)
  await server.restart()
  const client = await openRealtime(server, value, { query: '' })
  expect(upstream.seen.at(-1)).toMatchObject({ method: 'UPGRADE', authorization: `Bearer ${value}` })
  client.socket.close(1000)
  await client.closed
  await expect(openRealtime(server, value, { query: '?model=gpt-5' })).rejects.toThrow('400')
  await server.restart()
  aheadMs = 601_000
  await expect(openRealtime(server, value, { query: '' })).rejects.toThrow('401')
  await server.restart()
  await expect
    .poll(() => server.app.store.prisma.clientSecret.count(), {
      message: 'those that have expired are removed',
    })
    .toBe(0)
  await server.close()
})
