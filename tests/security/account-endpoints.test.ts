// Endpoints of the account that all keys share at an upstream are refused, unless a rule about endpoints names them.
import { ENDPOINTS } from '@latchkey/server/domain/endpoints/endpoints.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { errorOf } from '../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { makeRuledKey } from '../support/server/ruled-keys.ts'
import { json, startUpstream, type TestUpstream } from '../support/upstreams/upstream.ts'

let upstream: TestUpstream
let latchkey: TestLatchkey
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, {}))
  latchkey = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
})
beforeEach(() => {
  upstream.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
})

const ACCOUNT = ENDPOINTS.filter(({ openTo }) => openTo === 'NAMED').flatMap(({ path, methods }) =>
  methods.map((method) => {
    const below = path === 'models/**' ? 'models/ft:gpt-4o:org::1' : path.replace('/**', '/x1')
    return [method, `/v1/${below.replaceAll('{id}', 'x1')}`] as const
  }),
)
const NEVER = [
  ['GET', '/v1/organization/usage/completions'],
  ['POST', '/v1/organization/admin_api_keys'],
  ['GET', '/v1/projects/p1/api_keys'],
] as const

const send = (secret: string, method: string, path: string) =>
  fetch(`${latchkey.url}${path}`, { method, headers: { authorization: `Bearer ${secret}` } })

test.for([
  ['without a policy', null],
  ['with other rules', { models: { deny: ['x'] } }],
  ['that may call every endpoint', { endpoints: { allow: ['*'] } }],
  ['that may call all of /v1', { endpoints: { allow: ['/v1/*'] } }],
  ['whose rule is in shadow mode', { endpoints: { allow: ACCOUNT.map(([, path]) => path), mode: 'SHADOW' } }],
] as const)('a key %s may call none', async ([, policy]) => {
  const { secret, id } = await makeRuledKey(latchkey, policy)
  expect(ACCOUNT.length).toBeGreaterThan(8)
  for (const [method, path] of ACCOUNT) {
    const response = await send(secret, method, path)
    expect([response.status, path]).toEqual([403, path])
    expect(await errorOf(response)).toMatchObject({ code: 'missing_scope' })
    expect(await explained(id, method, path)).toEqual({ admitted: false, refusal: { httpStatus: 403 } })
  }
  for (const [method, path] of NEVER) expect((await send(secret, method, path)).status, path).toBe(404)
  expect(upstream.received).toEqual([])
})

test('a key whose rule names one may call it', async () => {
  const allow = ['/v1/webhook_endpoints*', '/v1/webhook_event_types', '/v1/models/ft:*', '/v1/safety/*']
  const { secret, id } = await makeRuledKey(latchkey, {
    endpoints: { allow: [...allow, '/v1/fine_tuning/checkpoints/*'] },
  })
  for (const [method, path] of ACCOUNT) {
    expect((await send(secret, method, path)).status, path).toBe(200)
    expect(await explained(id, method, path)).toEqual({ admitted: true, refusal: null })
  }
  expect(upstream.received.map(({ method, path }) => [method, path])).toEqual(ACCOUNT)
})

test('a path that the table does not know is refused for a key with a policy alone', async () => {
  const { secret } = await makeRuledKey(latchkey, { models: { deny: ['x'] } })
  const open = await latchkey.createKey()
  for (const path of ['/v1/files/x1/new-thing', '/v1/vector_stores/x1/', '/v1/containers/x1/run#/cancel']) {
    expect((await send(secret, 'POST', path)).status, path).toBe(404)
  }
  expect(upstream.received).toEqual([])
  upstream.respondWith((_request, response) => json(response, 200, { id: 'x1' }))
  await send(open.secret, 'POST', '/v1/files')
  expect((await send(open.secret, 'POST', '/v1/files/x1/new-thing')).status).toBe(200)
})

async function explained(apiKeyId: string, method: string, endpoint: string) {
  const { data } = await latchkey.graphql(
    'query ($input: ExplainCallInput!) { explainCall(input: $input) { explanation { admitted refusal { httpStatus } } } }',
    { input: { apiKeyId, method, endpoint } },
  )
  return data.explainCall.explanation
}
