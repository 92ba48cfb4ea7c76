// A spelling of a path never changes what governs it: it is judged as the path that the upstream is sent, or it is refused.
import { Agent, request } from 'node:http'
import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { endpointOf } from '@latchkey/server/domain/endpoints/find-endpoint.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sameByEncoding, takenForTheSame } from '../support/clients/path-spellings.ts'
import { chatBody, errorOf } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeModel, makeUpstream } from '../support/server/routed-models.ts'
import { makeRuledKey, type RuledKey } from '../support/server/ruled-keys.ts'
import { COMPLETION } from '../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

const CHAT = '/v1/chat/completions'
const BODY = JSON.stringify({ model: 'gpt-5', messages: [], input: 'x', max_tokens: 9 })
// Of each, a call of any endpoint that uses a model is refused.
const POLICIES = {
  'another model': { models: { allow: ['m1'] } },
  'a denied model': { models: { deny: ['gpt-5', 'whisper*'] }, endpoints: { allow: ['/v1/files*'] } },
  'another endpoint': { endpoints: { allow: ['/v1/embeddingsx', '/v1/files/*'] } },
  'a budget without a price': { budgets: [{ window: 'TOTAL', limitUsd: '0.000001' }] },
}
type Kind = keyof typeof POLICIES
const KINDS = Object.keys(POLICIES) as Kind[]

// What sets a model to work, with an identifier where the table has one.
const PATHS = [
  ...new Set(
    ENDPOINTS.filter(({ methods, served, modelIn }) => {
      if (!methods.includes('POST') || served === 'WEBSOCKET') return false
      return modelIn === 'BODY' || modelIn === 'FORM' || modelIn === 'UPSTREAM' || modelIn === 'SESSION'
    })
      .filter(({ path, bills, served }) => !path.includes('*') && (served !== 'MODEL_CALL' || bills !== null))
      .map(({ path }) => `/v1/${path.replaceAll('{id}', 'x1')}`),
  ),
]

let upstream: TestUpstream
let latchkey: TestLatchkey
let unrestricted: string
let sharing: string
const agent = new Agent({ keepAlive: true, maxSockets: 8 })
const keys = new Map<Kind, RuledKey>()

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  for (const kind of KINDS) keys.set(kind, await makeRuledKey(latchkey, POLICIES[kind], kind))
  unrestricted = (await latchkey.createKey()).secret
  sharing = (await makeRuledKey(latchkey, { sharedObjects: true })).secret
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  agent.destroy()
  await latchkey.close()
  await upstream.close()
})

/** A header that the fast lane leaves to node:http. */
const FRONTS = { 'the fast lane': {}, 'node:http': { te: 'trailers' } }

/** Posts to a target as it is written; the status of the response. */
function post(secret: string, target: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(latchkey.url),
      {
        path: target,
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${secret}`,
          'content-type': 'application/json',
          'content-length': String(BODY.length),
          ...headers,
        },
      },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      },
    )
    sent.on('error', reject)
    sent.end(BODY)
  })
}

function secretOf(kind: Kind): string {
  return keys.get(kind)?.secret ?? ''
}

describe.each(Object.entries(FRONTS))('over %s', (_front, headers) => {
  test.for(KINDS)('no spelling of a path gets past a key with %s', async (kind) => {
    expect(PATHS.length).toBeGreaterThan(30)
    for (const path of PATHS) {
      expect(await post(secretOf(kind), path, headers), path).toBeGreaterThanOrEqual(400)
      const targets = [...sameByEncoding(path), ...takenForTheSame(path)]
      const passed = await Promise.all(
        targets.map(async (target) => [target, await post(secretOf(kind), target, headers)] as const),
      )
      const succeeded = passed.filter(([, status]) => status < 400).map(([target]) => target)
      expect(succeeded, path).toEqual([])
    }
    expect(upstream.received.map(({ path }) => path)).toEqual([])
  })

  test('the upstream is sent the path that was judged, to the byte', async () => {
    for (const path of PATHS) {
      for (const target of sameByEncoding(path)) {
        upstream.received.length = 0
        await post(sharing, target, headers)
        expect(
          upstream.received.map((one) => one.path),
          target,
        ).toEqual([path])
      }
    }
  })

  test('what the table does not know under a folder that holds model calls is not passed on', async () => {
    for (const path of PATHS) {
      for (const target of [
        ...takenForTheSame(path),
        `${path}/cancel`,
        `${path}/x1/cancel`,
        `${path}:cancel`,
      ]) {
        upstream.received.length = 0
        await post(unrestricted, target, headers)
        for (const { path: sent } of upstream.received) {
          expect(endpointOf('POST', sent), target).toMatchObject({ served: 'PASS_THROUGH' })
        }
      }
    }
  })
})

test('a call that is spelled otherwise is logged, limited and metered as the call that it is', async () => {
  const { secret, number } = await makeRuledKey(latchkey, {
    limits: [{ unit: 'REQUESTS', window: 'DAY', max: 2 }],
  })
  expect(await post(secret, '/v1/chat/%63ompletions')).toBe(200)
  expect(await post(secret, '/v1/%63hat/completions')).toBe(200)
  expect(await post(secret, '/v1/chat/completions')).toBe(429)
  const logs = () =>
    latchkey.app.store.prisma.requestLog.findMany({
      where: { apiKeyId: number },
      select: { endpoint: true, requestedModel: true, inputTokens: true },
      orderBy: { id: 'asc' },
    })
  await expect.poll(async () => (await logs()).length).toBe(3)
  const call = { endpoint: '/v1/chat/completions', requestedModel: 'gpt-5', inputTokens: 9 }
  expect(await logs()).toEqual([call, call, { ...call, inputTokens: null }])
})

test('explain says the same of every spelling as the gateway', async () => {
  const ruled = keys.get('another model')
  const explain = async (endpoint: string) => {
    const { data } = await latchkey.graphql(
      'query ($input: ExplainCallInput!) { explainCall(input: $input) { explanation { admitted refusal { httpStatus } } } }',
      { input: { apiKeyId: ruled?.id, method: 'POST', endpoint, model: 'gpt-5' } },
    )
    return data.explainCall.explanation
  }
  const path = '/v1/chat/completions'
  for (const target of [path, ...sameByEncoding(path), ...takenForTheSame(path)]) {
    // Not under the root, so that no call of it is the gateway's; a query is no part of what is explained.
    if (!target.startsWith('/v1/') || target.includes('?') || /[^\x21-\x7e]/.test(target)) continue
    const { admitted, refusal } = await explain(target)
    expect({ target, admitted }).toEqual({ target, admitted: false })
    expect({ target, status: refusal.httpStatus }).toEqual({
      target,
      status: await post(secretOf('another model'), target),
    })
  }
})

test.for([CHAT, ...sameByEncoding(CHAT)])('a disabled model is a 404 at %s', async (path) => {
  const { id } = await makeUpstream(latchkey, upstream.baseUrl)
  const model = await makeModel(latchkey, [{ upstream: id, upstreamModel: 'a' }], { enabled: false })
  const reply = await fetch(latchkey.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${unrestricted}`, 'content-type': 'application/json' },
    body: chatBody({ model }),
  })
  expect([reply.status, (await errorOf(reply)).code]).toEqual([404, 'model_not_found'])
  expect(upstream.received).toEqual([])
})
