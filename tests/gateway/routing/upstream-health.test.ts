// What the gateway learns against credentials and upstreams from the calls that it carries, and what it does about it.
import OpenAI, { APIError } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startRawUpstream } from '../../support/clients/raw-http.ts'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'
import { ask, makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const FAILURES_TO_OPEN = 3

let upstream: TestUpstream
let latchkey: TestLatchkey
let secret = ''
// The cooldown of a credential uses the gateway's clock.
let offsetMs = 0
/** The response to each credential, by its secret; all others succeed. */
let refusals: Record<string, { status: number; code: string; headers?: Record<string, string> }> = {}

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    const refusal = refusals[request.headers.authorization?.slice('Bearer '.length) ?? '']
    if (refusal === undefined) return json(response, 200, COMPLETION)
    const { status, code, headers = {} } = refusal
    json(response, status, { error: { message: 'No.', type: 'x', param: null, code } }, headers)
  })
  latchkey = await startLatchkey({
    clock: () => Date.now() + offsetMs,
    env: {
      LATCHKEY_ROUTING_BREAKER_FAILURES: String(FAILURES_TO_OPEN),
      LATCHKEY_ROUTING_EXTRA_ATTEMPTS: '3',
    },
  })
  secret = (await latchkey.createKey()).secret
})
beforeEach(() => {
  upstream.received.length = 0
  refusals = {}
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const sent = () => upstream.received.map(({ headers }) => headers.authorization?.slice('Bearer '.length))

async function pool(...secrets: string[]): Promise<{ model: string; id: string; name: string }> {
  const credentials = secrets.map((text) => ({ secret: text }))
  const made = await makeUpstream(latchkey, upstream.baseUrl, { credentials })
  // The calls of these tests are alike, and would be one conversation.
  const alike = { sessionAffinity: false }
  return { ...made, model: await makeModel(latchkey, [{ upstream: made.id, upstreamModel: 'm' }], alike) }
}

async function healthOf(id: string) {
  const { data, errors } = await latchkey.graphql(
    'query ($id: ID!) { upstream(id: $id) { health { breaker retryAt lastFailure coolingDownCredentials { credentialId upstreamModel until reason } restingCredentials { credentialId upstreamModel until reason } } } }',
    { id },
  )
  expect(errors).toBeUndefined()
  const { restingCredentials, ...health } = data.upstream.health
  // The former name, which says the same for one version.
  expect(restingCredentials).toEqual(health.coolingDownCredentials)
  return health
}

describe('a pool of credentials', () => {
  test('skips one in cooldown, until the time that its upstream advised', async () => {
    const { model, id } = await pool('sk-slow', 'sk-well')
    refusals = { 'sk-slow': { status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after': '90' } } }
    // By chance, the one that is well may be taken first.
    while (!sent().includes('sk-slow')) expect((await chat(latchkey, secret, { model })).status).toBe(200)
    upstream.received.length = 0
    for (let call = 0; call < 10; call++) expect((await chat(latchkey, secret, { model })).status).toBe(200)
    expect(new Set(sent())).toEqual(new Set(['sk-well']))
    const { coolingDownCredentials, breaker } = await healthOf(id)
    expect([breaker, coolingDownCredentials]).toEqual([
      'CLOSED',
      [
        expect.objectContaining({
          credentialId: expect.stringMatching(/^cred_/),
          upstreamModel: 'm',
          reason: 'RATE_LIMITED',
        }),
      ],
    ])
    const waitMs = Date.parse(coolingDownCredentials[0].until) - Date.now() - offsetMs
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(90_000)

    offsetMs += 90_000
    refusals = {}
    upstream.received.length = 0
    while (!sent().includes('sk-slow')) expect((await chat(latchkey, secret, { model })).status).toBe(200)
    expect((await healthOf(id)).coolingDownCredentials).toEqual([])
  })

  test('gets no calls where all are cooling down, and its clients get the wait', async () => {
    const { model } = await pool('sk-a', 'sk-b')
    const refusal = (seconds: string) => ({
      status: 429,
      code: 'rate_limit_exceeded',
      headers: { 'retry-after': seconds },
    })
    refusals = { 'sk-a': refusal('90'), 'sk-b': refusal('60') }
    const last = await chat(latchkey, secret, { model })
    expect([last.status, sent().sort()]).toEqual([429, ['sk-a', 'sk-b']])

    const client = new OpenAI({ baseURL: `${latchkey.url}/v1`, apiKey: secret, maxRetries: 0 })
    const error = await client.chat.completions
      .create({ model, messages: [{ role: 'user', content: 'Hello' }] })
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ status: 503, code: 'upstreams_cooling_down', type: 'server_error' })
    const reply = await chat(latchkey, secret, { model })
    expect((await errorOf(reply)).code).toBe('upstreams_cooling_down')
    expect(reply.headers.get('x-latchkey-error-source')).toBe('gateway')
    expect(reply.headers.get('x-should-retry')).toBe('true')
    const waitMs = Number(reply.headers.get('retry-after-ms'))
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(60_000)
    expect(Number(reply.headers.get('retry-after'))).toBe(Math.ceil(waitMs / 1_000))
    expect(upstream.received).toHaveLength(2)
    expect(await logOf(latchkey, reply)).toMatchObject({
      outcome: 'ERROR',
      httpStatus: 503,
      errorCode: 'upstreams_cooling_down',
      upstream: null,
      attempts: null,
    })
    offsetMs += 60_000
    refusals = { 'sk-a': refusal('90') }
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
  })

  test('takes a new secret at once, and knows the others through a change of the routes', async () => {
    const { model, id } = await pool('sk-blocked', 'sk-broke')
    refusals = {
      'sk-blocked': { status: 401, code: 'invalid_api_key' },
      'sk-broke': { status: 429, code: 'insufficient_quota' },
    }
    await chat(latchkey, secret, { model })
    expect(sent().sort()).toEqual(['sk-blocked', 'sk-broke'])
    const rename =
      'mutation ($input: UpdateUpstreamInput!) { updateUpstream(input: $input) { upstream { credentials { id } } userErrors { message } } }'
    const { updateUpstream } = await ask(latchkey, rename, { id, firstByteTimeoutMs: 5_000 })
    expect((await chat(latchkey, secret, { model })).status).toBe(503)
    const [first, second] = updateUpstream.upstream.credentials as { id: string }[]
    await ask(latchkey, rename, {
      id,
      credentials: [{ id: first?.id, secret: 'sk-fresh' }, { id: second?.id }],
    })
    upstream.received.length = 0
    expect((await chat(latchkey, secret, { model })).status).toBe(200)
    expect(sent()).toEqual(['sk-fresh'])
  })

  test('one credential alone is not spared: its upstream says best what is wrong', async () => {
    const { model } = await pool('sk-alone')
    refusals = { 'sk-alone': { status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after': '7' } } }
    for (let call = 0; call < 3; call++) {
      const reply = await chat(latchkey, secret, { model })
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '7'])
    }
    expect(upstream.received).toHaveLength(3)
  })
})

describe('the circuit of an upstream', () => {
  test('opens where it fails time after time, so that calls go elsewhere at once; and closes again', async () => {
    let isDown = true
    const shaky = await startUpstream((_request, response) => {
      if (isDown) response.socket?.resetAndDestroy()
      else json(response, 200, COMPLETION)
    })
    const first = await makeUpstream(latchkey, shaky.baseUrl)
    const model = await makeModel(latchkey, [
      { upstream: first.id, upstreamModel: 'm' },
      { upstream: (await makeUpstream(latchkey, upstream.baseUrl)).id, upstreamModel: 'm' },
    ])
    // The library is loaded with the first failure, so that the one or other call more is sent there.
    await expect
      .poll(
        async () => {
          expect((await chat(latchkey, secret, { model })).status).toBe(200)
          return (await healthOf(first.id)).breaker
        },
        { timeout: 20_000 },
      )
      .toBe('OPEN')
    expect(shaky.received.length).toBeGreaterThanOrEqual(FAILURES_TO_OPEN)
    const health = await healthOf(first.id)
    expect(health).toMatchObject({ lastFailure: 'RESET', coolingDownCredentials: [] })
    isDown = false
    await expect
      .poll(
        async () => {
          expect((await chat(latchkey, secret, { model })).status).toBe(200)
          return (await healthOf(first.id)).breaker
        },
        { timeout: 20_000 },
      )
      .toBe('CLOSED')
    expect(await healthOf(first.id)).toEqual({
      breaker: 'CLOSED',
      retryAt: null,
      lastFailure: null,
      coolingDownCredentials: [],
    })
    await shaky.close()
  })

  test('of a model’s only upstream gives clients an error at once, and the time to retry', async () => {
    const disconnected = await startRawUpstream(() => undefined)
    await disconnected.close()
    const { id } = await makeUpstream(latchkey, disconnected.baseUrl)
    const model = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'm' }])
    await expect
      .poll(
        async () => {
          const reply = await chat(latchkey, secret, { model })
          const { code } = await errorOf(reply)
          expect(['upstream_unreachable', 'upstreams_cooling_down']).toContain(code)
          return [code, reply.status, Number(reply.headers.get('retry-after')) >= 1]
        },
        { timeout: 20_000 },
      )
      .toEqual(['upstreams_cooling_down', 503, true])
  })

  test('of a model’s only upstream that responds with errors passes them on', async () => {
    const { model } = await pool('sk-failing')
    refusals = { 'sk-failing': { status: 500, code: 'server_error' } }
    for (let call = 0; call < FAILURES_TO_OPEN + 3; call++)
      expect((await chat(latchkey, secret, { model })).status).toBe(500)
    expect(upstream.received).toHaveLength(FAILURES_TO_OPEN + 3)
  })
})

test('an admin reads the attempts of a call, and the response to each', async () => {
  refusals = { 'sk-down': { status: 503, code: 'overloaded', headers: { 'x-request-id': 'req_theirs' } } }
  const down = await pool('sk-down')
  const well = await pool('sk-fine')
  const model = await makeModel(latchkey, [
    { upstream: down.id, upstreamModel: 'm-down' },
    { upstream: well.id, upstreamModel: 'm-well' },
  ])
  const reply = await chat(latchkey, secret, { model })
  expect(reply.status).toBe(200)
  await latchkey.app.ledger.settled()
  const { data, errors } = await latchkey.graphql(
    'query ($id: ID!) { requestLog(id: $id) { upstream resolvedModel attempts { upstream credentialId upstreamModel startedMs durationMs httpStatus failure errorCode upstreamRequestId } } }',
    { id: reply.headers.get('x-request-id') },
  )
  expect(errors).toBeUndefined()
  const times = { startedMs: expect.any(Number), durationMs: expect.any(Number) }
  expect(data.requestLog).toEqual({
    upstream: well.name,
    resolvedModel: 'm-well',
    attempts: [
      {
        ...times,
        upstream: down.name,
        credentialId: expect.stringMatching(/^cred_\d+$/),
        upstreamModel: 'm-down',
        httpStatus: 503,
        failure: 'SERVER_ERROR',
        errorCode: 'overloaded',
        upstreamRequestId: 'req_theirs',
      },
      {
        ...times,
        upstream: well.name,
        credentialId: expect.stringMatching(/^cred_\d+$/),
        upstreamModel: 'm-well',
        httpStatus: 200,
        failure: null,
        errorCode: null,
        upstreamRequestId: null,
      },
    ],
  })
})
