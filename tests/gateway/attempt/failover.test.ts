// A call whose first attempt fails goes to another candidate route (failover) as long as nothing was sent to the client, and is one call.
import { readAttempts } from '@latchkey/server/domain/logs/attempt.ts'
import OpenAI, { type APIError, toFile } from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startRawUpstream } from '../../support/clients/raw-http.ts'
import { UPSTREAM_CLIENTS } from '../../support/clients/upstream-clients.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logInTime, logOf, requestLogs } from '../../support/server/request-logs.ts'
import { makeModel, makeUpstream } from '../../support/server/routed-models.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION, chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import {
  CREDENTIAL,
  type MisbehavingUpstream,
  type MisbehaviorName,
  startMisbehavingUpstream,
} from '../../support/upstreams/misbehaving-upstream.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

const messages = [{ role: 'user' as const, content: 'Hello' }]

/** What leads to failover, under which class; of streams alone, and of other calls. */
const ELSEWHERE: Partial<Record<MisbehaviorName, string>> = {
  'silence before the head': 'TIMEOUT',
  'reset before the head': 'RESET',
  'half a head, then a reset': 'RESET',
  'no HTTP': 'RESET',
  'a redirect to elsewhere': 'INVALID_ANSWER',
  'a page instead of JSON': 'INVALID_ANSWER',
  'a 401': 'CREDENTIAL_REFUSED',
  'a 403 about the credential': 'CREDENTIAL_REFUSED',
  'a 429': 'RATE_LIMITED',
  'a 429 about money': 'QUOTA_EXHAUSTED',
  'a 404 of the model': 'NOT_FOUND',
  'a 500 of a page': 'SERVER_ERROR',
  'a truncated 503': 'SERVER_ERROR',
  'a 503 that never ends': 'SERVER_ERROR',
  'a stream that begins with an error': 'SERVER_ERROR',
}

/** What is the client's response although there is another candidate; its status, or null where it is aborted. */
const PASSED_ON: Partial<Record<MisbehaviorName, number | null>> = {
  'a 400 about the context': 400,
  'a 403 about something else': 403,
  'JSON, reset in its middle': 502,
  'a reset after the head': 502,
  'no JSON': 502,
  'a stream, reset before its first event': 502,
  'a stream, reset in its middle': null,
  'a stream that begins with an error of the client': null,
  'a stream with an error within': null,
}

const OF_STREAMS = (name: string) => name.startsWith('a stream')
const OF_JSON = (name: string) => name.includes('JSON') || name === 'a reset after the head'

function rows<Value>(table: Partial<Record<MisbehaviorName, Value>>): [MisbehaviorName, boolean, Value][] {
  return (Object.entries(table) as [MisbehaviorName, Value][]).flatMap(([name, value]) =>
    [false, true]
      .filter((stream) => (stream ? !OF_JSON(name) || name === 'a page instead of JSON' : !OF_STREAMS(name)))
      .map((stream): [MisbehaviorName, boolean, Value] => [name, stream, value]),
  )
}

let good: TestUpstream
let bad: MisbehavingUpstream

beforeAll(async () => {
  good = await startUpstream(() => undefined)
  bad = await startMisbehavingUpstream()
})
beforeEach(() => {
  good.received.length = 0
  good.respondWith(respondWell)
})
afterAll(async () => {
  await good.close()
  await bad.close()
})

/** As an admin can write it. */
const nameOf = (misbehavior: string) => misbehavior.replaceAll(' ', '_')

function respondWell(
  { json: body }: { json: unknown },
  response: Parameters<Parameters<TestUpstream['respondWith']>[0]>[1],
): void {
  if ((body as { stream?: boolean }).stream !== true)
    return json(response, 200, COMPLETION, { 'x-request-id': 'req_good' })
  startEvents(response, { 'x-request-id': 'req_good' })
  response.end([...chatChunks(true), '[DONE]'].map(event).join(''))
}

function sdk({ url }: TestLatchkey, apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0, organization: null, project: null })
}

/** The text that the model wrote, as an application sees it. */
async function said(client: OpenAI, model: string, stream: boolean): Promise<string> {
  if (!stream) {
    const { choices } = await client.chat.completions.create({ model, messages })
    return choices[0]?.message.content ?? ''
  }
  let text = ''
  for await (const { choices } of await client.chat.completions.create({ model, messages, stream: true })) {
    text += choices[0]?.delta.content ?? ''
  }
  return text
}

describe.each(UPSTREAM_CLIENTS)('with %s', (_name, upstreamClient) => {
  let latchkey: TestLatchkey
  let client: OpenAI
  let goodOne: { id: string; name: string }

  beforeAll(async () => {
    latchkey = await startLatchkey({
      // A failure must not keep the next call from its upstream.
      env: { LATCHKEY_ROUTING_BREAKER_FAILURES: '0' },
      timeouts: { connectMs: 5_000, headMs: 1_000, idleMs: 5_000 },
      upstreamClient,
    })
    client = sdk(latchkey, (await latchkey.createKey()).secret)
    goodOne = await makeUpstream(latchkey, good.baseUrl)
  })
  afterAll(() => latchkey.close())

  /** A model whose first route goes to an upstream of its own, which misbehaves. */
  async function modelOver(baseUrl: string, misbehavior: string) {
    const badOne = await makeUpstream(latchkey, baseUrl, { credentials: [{ secret: CREDENTIAL }] })
    const model = await makeModel(latchkey, [
      { upstream: badOne.id, upstreamModel: nameOf(misbehavior) },
      { upstream: goodOne.id, upstreamModel: 'its-name-there' },
    ])
    return { model, badOne }
  }

  test.each(rows(ELSEWHERE))(
    '%s (stream: %s) fails over to another route',
    async (misbehavior, stream, failure) => {
      const { model, badOne } = await modelOver(bad.baseUrl, misbehavior)
      const before = [bad.asked.get(misbehavior) ?? 0, (await requestLogs(latchkey)).length]
      expect(await said(client, model, stream)).toBe('Hi 日本')
      expect(bad.asked.get(misbehavior)).toBe((before[0] ?? 0) + 1)
      expect(good.received.map(({ json: body }) => (body as { model: string }).model)).toEqual([
        'its-name-there',
      ])
      const logs = await requestLogs(latchkey)
      expect(logs).toHaveLength((before[1] ?? 0) + 1)
      const [log] = logs
      expect(log).toMatchObject({
        outcome: 'SUCCESS',
        httpStatus: 200,
        errorCode: null,
        upstream: goodOne.name,
        upstreamRequestId: 'req_good',
        requestedModel: model,
        resolvedModel: 'its-name-there',
        streamed: stream,
        usageSource: 'PROVIDER',
        inputTokens: 9,
        outputTokens: 12,
      })
      expect(readAttempts(log?.attempts ?? null)).toMatchObject([
        {
          upstream: badOne.name,
          upstreamModel: nameOf(misbehavior),
          failure,
          credentialId: expect.any(Number),
        },
        { upstream: goodOne.name, upstreamModel: 'its-name-there', failure: null, httpStatus: 200 },
      ])
      expect(JSON.stringify(log)).not.toContain(CREDENTIAL)
    },
  )

  test.each(rows(PASSED_ON))(
    '%s (stream: %s) is the client’s response',
    async (misbehavior, stream, status) => {
      const { model } = await modelOver(bad.baseUrl, misbehavior)
      const error = await said(client, model, stream).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(Error)
      if (status !== null) expect((error as APIError).status).toBe(status)
      expect(good.received).toEqual([])
      // A stream may be read on for a while after its client has disconnected.
      await expect
        .poll(
          async () => (await requestLogs(latchkey)).find((log) => log.requestedModel === model)?.outcome,
          {
            timeout: 20_000,
          },
        )
        .toBe('ERROR')
    },
  )

  test.each([false, true])('an upstream that is not there (stream: %s) is passed by', async (stream) => {
    const raw = await startRawUpstream(() => undefined)
    await raw.close()
    const { model } = await modelOver(raw.baseUrl, 'well')
    expect(await said(client, model, stream)).toBe('Hi 日本')
    const [log] = await requestLogs(latchkey)
    expect(readAttempts(log?.attempts ?? null)).toMatchObject([
      { failure: 'CONNECT', httpStatus: null },
      { failure: null },
    ])
  })

  test('a form goes whole to the next', async () => {
    const first = await startUpstream((_request, response) => void response.socket?.resetAndDestroy())
    const model = await makeModel(
      latchkey,
      [
        { upstream: (await makeUpstream(latchkey, first.baseUrl)).id, upstreamModel: '*' },
        { upstream: goodOne.id, upstreamModel: '*' },
      ],
      { name: '*' },
    )
    good.respondWith((_request, response) => json(response, 200, { text: 'Hi' }))
    const file = await toFile(Buffer.from('sound'), 'a.wav')
    await client.audio.transcriptions.create({ file, model })
    await first.close()
    const [sent] = first.received
    expect(good.received.map(({ body }) => body)).toEqual([sent?.body])
  })
})

describe('one call', () => {
  let latchkey: TestLatchkey
  let secret = ''

  beforeAll(async () => {
    latchkey = await startLatchkey({
      env: {
        LATCHKEY_ROUTING_EXTRA_ATTEMPTS: '2',
        LATCHKEY_ROUTING_BREAKER_FAILURES: '0',
        LATCHKEY_ROUTING_DEADLINE_SECONDS: '2',
      },
    })
    secret = (await latchkey.createKey()).secret
  })
  afterAll(() => latchkey.close())

  const candidates = async (...misbehaviors: MisbehaviorName[]) => {
    const upstreams = await Promise.all(misbehaviors.map(() => makeUpstream(latchkey, bad.baseUrl)))
    return upstreams.map(({ id }, index) => ({
      upstream: id,
      upstreamModel: nameOf(misbehaviors[index] ?? ''),
    }))
  }

  test('makes no more attempts than the setting allows, and the failure of the last is its response', async () => {
    const last = await makeUpstream(latchkey, good.baseUrl)
    const model = await makeModel(latchkey, [
      ...(await candidates('a 500 of a page', 'reset before the head', 'a 429')),
      { upstream: last.id, upstreamModel: 'never-asked' },
    ])
    const reply = await chat(latchkey, secret, { model })
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '7'])
    const log = await logOf(latchkey, reply)
    expect(log).toMatchObject({ outcome: 'ERROR', httpStatus: 429, errorCode: 'rate_limit_exceeded' })
    expect(readAttempts(log.attempts).map(({ failure }) => failure)).toEqual([
      'SERVER_ERROR',
      'RESET',
      'RATE_LIMITED',
    ])
    expect(good.received).toEqual([])
  })

  test('waits for no head past the deadline of all its attempts, and begins none', async () => {
    const last = await makeUpstream(latchkey, good.baseUrl)
    const model = await makeModel(latchkey, [
      ...(await candidates('silence before the head')),
      { upstream: last.id, upstreamModel: 'never-asked' },
    ])
    const reply = await chat(latchkey, secret, { model })
    expect(reply.status).toBe(504)
    expect(good.received).toEqual([])
    expect(await logOf(latchkey, reply)).toMatchObject({ errorCode: 'upstream_timeout' })
  })

  test('is not retried once its client has disconnected', async () => {
    const sender = new AbortController()
    const first = await startUpstream((_request, response) => {
      sender.abort()
      // What would be tried elsewhere, if anybody waited.
      response.on('close', () => response.destroy())
      setTimeout(() => response.socket?.resetAndDestroy(), 200)
    })
    const model = await makeModel(latchkey, [
      { upstream: (await makeUpstream(latchkey, first.baseUrl)).id, upstreamModel: 'm' },
      { upstream: (await makeUpstream(latchkey, good.baseUrl)).id, upstreamModel: 'never-asked' },
    ])
    await expect(chat(latchkey, secret, { model }, { signal: sender.signal })).rejects.toThrow()
    await expect
      .poll(async () => (await requestLogs(latchkey))[0])
      .toMatchObject({
        requestedModel: model,
        outcome: 'CANCELLED',
      })
    await first.close()
    expect(good.received).toEqual([])
  })

  test('counts once for the limits of its key', async () => {
    const key = await makeRuledKey(latchkey, { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 10 }] })
    const model = await makeModel(latchkey, [
      ...(await candidates('a 500 of a page', 'reset before the head')),
      { upstream: (await makeUpstream(latchkey, good.baseUrl)).id, upstreamModel: 'm' },
    ])
    for (const remaining of ['9', '8']) {
      const reply = await chat(latchkey, key.secret, { model })
      expect([reply.status, reply.headers.get('x-ratelimit-remaining-requests')]).toEqual([200, remaining])
      await reply.arrayBuffer()
    }
  })

  test('takes no route to a model that its key may not use by that name', async () => {
    const key = await makeRuledKey(latchkey, { models: { allow: [], deny: ['costly'] } })
    const model = await makeModel(latchkey, [
      ...(await candidates('a 500 of a page')),
      { upstream: (await makeUpstream(latchkey, good.baseUrl)).id, upstreamModel: 'costly' },
    ])
    expect((await chat(latchkey, key.secret, { model })).status).toBe(500)
    expect(good.received).toEqual([])
    // Nor first, where another is open; and what explains says so, too.
    const upstream = (await makeUpstream(latchkey, good.baseUrl)).id
    const other = await makeModel(latchkey, [
      { upstream, upstreamModel: 'costly' },
      { upstream, upstreamModel: 'cheap' },
    ])
    expect((await chat(latchkey, key.secret, { model: other })).status).toBe(200)
    expect(good.received).toMatchObject([{ json: { model: 'cheap' } }])
    const explained = async (model: string) => {
      const { data } = await latchkey.graphql(
        'query ($input: ExplainCallInput!) { explainCall(input: $input) { explanation { refusal { code } } } }',
        { input: { apiKeyId: key.id, model } },
      )
      return data.explainCall.explanation.refusal
    }
    expect(await explained(other)).toBeNull()
    const costly = await makeModel(latchkey, [{ upstream, upstreamModel: 'costly' }])
    expect((await explained(costly)).code).toBe('model_not_allowed')
    expect((await chat(latchkey, key.secret, { model: costly })).status).toBe(403)
  })

  test('finds an upstream that comes back while it waits, since nothing was sent', async () => {
    const raw = await startRawUpstream(() => undefined)
    await raw.close()
    const model = await makeModel(latchkey, [
      { upstream: (await makeUpstream(latchkey, raw.baseUrl)).id, upstreamModel: 'm' },
    ])
    const reply = await chat(latchkey, secret, { model })
    expect(reply.status).toBe(502)
    const log = await logInTime(latchkey, reply.headers.get('x-request-id') ?? '')
    expect(readAttempts(log.attempts).map(({ failure }) => failure)).toEqual([
      'CONNECT',
      'CONNECT',
      'CONNECT',
    ])
  })
})
