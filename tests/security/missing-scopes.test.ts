// Who is signed in and lacks a scope gets FORBIDDEN with its name, whether or not there is what was asked for.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql, PASSWORD, rest, sessionHeaders, signIn } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

let latchkey: TestLatchkey
let cookie = ''
let keyId = 0
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  keyId = (await latchkey.createKey()).id
  cookie = await signIn(latchkey)
})
afterAll(() => latchkey.close())

async function become(role: string): Promise<void> {
  await latchkey.app.store.prisma.admin.updateMany({ data: { role } })
}

test('the first admin owns the installation', async () => {
  const { data } = await graphql(latchkey, '{ viewer { role scopes } }', {}, { cookie })
  expect(data.viewer.role).toBe('OWNER')
  expect(data.viewer.scopes).toContain('admins:write')
})

test.for([
  ['{ apiKeys { totalCount } }', 'keys:read'],
  ['{ requestLogs { nodes { id } } }', 'logs:read'],
  ['{ usage(range: {}) { totals { calls } } }', 'usage:read'],
  ['{ upstreams { nodes { name } } }', 'upstreams:read'],
  ['mutation { createApiKey(input: { name: "x" }) { secret } }', 'keys:write'],
  ['mutation { revealApiKey(input: { id: "key_1" }) { secret } }', 'secrets:reveal'],
  ['{ node(id: "key_1") { id } }', 'keys:read'],
  ['{ node(id: "key_999") { id } }', 'keys:read'],
  ['{ nodes(ids: ["mdl_1", "mdl_2"]) { id } }', 'models:read'],
  ['{ node(id: "req_0193e0d0000070008000000000000000") { id } }', 'logs:read'],
  ['{ node(id: "alt_0193e0d0000070008000000000000000") { id } }', 'alerts:read'],
  ['{ nodes(ids: ["ald_0193e0d0000070008000000000000000", "arl_1", "ach_1"]) { id } }', 'alerts:read'],
  ['{ nodes(ids: ["adm_1", "inv_1"]) { id } }', 'admins:read'],
  ['{ nodes(ids: ["xbk_1", "bak_20260131T030000000Z_1f2e3d"]) { id } }', 'settings:read'],
  ['{ node(id: "rec_1") { id } }', 'usage:read'],
] as const)('%s needs %s', async ([query, scope]) => {
  // A role of a later version, which this one allows nothing.
  await become('LIBRARIAN')
  const { data, errors } = await graphql(latchkey, query, {}, { cookie })
  expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([])
  expect(errors).toHaveLength(1)
  expect(errors?.[0]?.message).toContain(scope)
  expect(errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', scope, requestId: expect.any(String) })
})

test('a subscription is refused before it opens', async () => {
  await become('LIBRARIAN')
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...sessionHeaders(cookie),
    },
    body: JSON.stringify({ query: 'subscription { requestLogTail { dropped } }' }),
  })
  expect(await response.text()).toContain('"FORBIDDEN"')
})

test('REST and /metrics ask the same scopes', async () => {
  await become('LIBRARIAN')
  for (const [method, path, scope] of [
    ['GET', '/api/api-keys', 'keys:read'],
    ['POST', '/api/api-keys', 'keys:write'],
    ['POST', `/api/api-keys/${keyId}/revoke`, 'keys:write'],
    ['DELETE', `/api/api-keys/${keyId}`, 'keys:write'],
    ['GET', `/api/api-keys/${keyId}/stats`, 'usage:read'],
    ['GET', `/api/api-keys/${keyId}/logs`, 'logs:read'],
    ['GET', '/api/api-logs', 'logs:read'],
    ['GET', '/export/logs.csv', 'logs:read'],
    ['GET', '/export/usage.csv', 'usage:read'],
    ['GET', '/export/audit.csv', 'audit:read'],
  ] as const) {
    const body = method === 'GET' ? undefined : { name: 'x' }
    const response = await rest(latchkey, method, path, body, { cookie })
    expect([path, response.status, response.body.error.code]).toEqual([path, 403, 'FORBIDDEN'])
    expect(response.body.error.message).toContain(scope)
  }
  const metrics = await fetch(`${latchkey.url}/metrics`, { headers: sessionHeaders(cookie) })
  expect([metrics.status, await metrics.text()]).toEqual([403, expect.stringContaining('metrics:read')])
})

test('what a log or a key leads to needs the scope of its own noun', async () => {
  await become('VIEWER')
  const { data } = await graphql(
    latchkey,
    '{ apiKeys { nodes { requestLogs { nodes { id } } } } }',
    {},
    { cookie },
  )
  expect(data.apiKeys.nodes).toHaveLength(1)
  const { requestId } = await callOnce()
  const content = `{ requestLog(id: "${requestId}") { id content { request } } }`
  const { errors } = await graphql(latchkey, content, {}, { cookie })
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope: 'content:read' })
})

async function callOnce(): Promise<{ requestId: string }> {
  const response = await fetch(`${latchkey.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer wrong', 'content-type': 'application/json' },
    body: '{}',
  })
  await response.text()
  return { requestId: response.headers.get('x-request-id') ?? '' }
}
