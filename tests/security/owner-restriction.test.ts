// A key manager that is restricted to an owner: the keys of another owner, their request logs and usage are not there.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, graphql, rest } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

const SCOPES = ['keys:write', 'secrets:reveal', 'logs:read', 'content:read', 'usage:read', 'owners:read']
let latchkey: TestLatchkey
let token = ''
/** `own` is of the owner that the token is restricted to; `other` of another; `nobody` has none. */
const keys = { own: '', other: '', nobody: '' }
const logs = { own: '', other: '', nobody: '' }
const owners = { own: '', other: '' }
beforeAll(async () => {
  latchkey = await startLatchkey()
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const [first, second] = [
    await admin.owners.create({ name: 'first' }),
    await admin.owners.create({ name: 'second' }),
  ]
  owners.own = first.id
  owners.other = second.id
  const ownerIds = { own: first.id, other: second.id, nobody: undefined }
  for (const name of ['own', 'other', 'nobody'] as const) {
    const made = await admin.keys.create({ name, ownerId: ownerIds[name], keepEncryptedCopy: true })
    keys[name] = made.apiKey.id
    logs[name] = (await call(latchkey, made.secret)).requestId
  }
  await call(latchkey, 'wrong')
  token = (await admin.adminTokens.create({ name: 'team', scopes: SCOPES, ownerIds: [first.id] })).token
})
afterAll(() => latchkey.close())

const ask = (query: string) => graphql(latchkey, query, {}, { token })
const restCall = (method: string, path: string) =>
  rest(latchkey, method, path, method === 'GET' ? undefined : {}, { token })
const number = (id: string) => id.slice('key_'.length)

test('lists hold what is its own, and their counts count no more', async () => {
  const lists = await ask('{ apiKeys { nodes { id } totalCount } requestLogs { nodes { id } totalCount } }')
  const counts = await ask(
    '{ requestLogHistogram { bins { successes errors denied cancelled interrupted } } requestLogFacets(field: API_KEY) { values { value count } } }',
  )
  const data = { ...lists.data, ...counts.data }
  expect([lists.errors, counts.errors]).toEqual([undefined, undefined])
  expect(data.apiKeys).toEqual({ nodes: [{ id: keys.own }], totalCount: 1 })
  expect(data.requestLogs).toEqual({ nodes: [{ id: logs.own }], totalCount: 1 })
  expect(data.requestLogFacets.values).toEqual([{ value: keys.own, count: 1 }])
  const bins: Record<string, number>[] = data.requestLogHistogram.bins
  expect(bins.flatMap((bin) => Object.values(bin)).reduce((sum, calls) => sum + calls, 0)).toBe(1)
  expect((await restCall('GET', '/api/api-keys')).body.total).toBe(1)
  expect((await restCall('GET', '/api/api-logs')).body.total).toBe(1)
})

test('of owners its own is there, and no other, however it is asked for', async () => {
  const { own, other } = owners
  const { data } = await ask(
    `{ owners { nodes { id } totalCount } own: owner(id: "${own}") { id } owner(id: "${other}") { id }
       node(id: "${other}") { id } nodes(ids: ["${own}", "${other}"]) { id } }`,
  )
  expect(data).toEqual({
    owners: { nodes: [{ id: own }], totalCount: 1 },
    own: { id: own },
    owner: null,
    node: null,
    nodes: [{ id: own }, null],
  })
})

test.for(['other', 'nobody'] as const)('a key of %s is not found', async (whose) => {
  const [id, log] = [keys[whose], logs[whose]]
  const { data } = await ask(
    `{ apiKey(id: "${id}") { id } node(id: "${id}") { id } nodes(ids: ["${id}", "${log}"]) { id } requestLog(id: "${log}") { id }
       requestLogs(filter: { apiKeyId: ["${id}"] }) { nodes { id } }
       explainCall(input: { apiKeyId: "${id}" }) { userErrors { code } }
       backTestKeyPolicy(input: { apiKeyId: "${id}" }) { userErrors { code } } }`,
  )
  expect(data).toEqual({
    apiKey: null,
    node: null,
    nodes: [null, null],
    requestLog: null,
    requestLogs: { nodes: [] },
    explainCall: { userErrors: [{ code: 'NOT_FOUND' }] },
    backTestKeyPolicy: { userErrors: [{ code: 'NOT_FOUND' }] },
  })
  const usage = await ask(`{ usageSeries(range: {}, bucket: DAY, apiKeyId: "${id}") { label } }`)
  expect(usage.errors?.[0]?.extensions.code).toBe('NOT_FOUND')
  for (const [method, path] of [
    ['GET', 'stats'],
    ['GET', 'logs'],
    ['POST', 'revoke'],
  ] as const)
    expect((await restCall(method, `/api/api-keys/${number(id)}/${path}`)).status, path).toBe(404)
  expect((await restCall('DELETE', `/api/api-keys/${number(id)}`)).status).toBe(404)
  expect((await restCall('GET', `/api/api-logs?key_id=${number(id)}`)).status).toBe(404)
})

test.for(['other', 'nobody'] as const)('a key of %s is not changed, revealed or deleted', async (whose) => {
  const before = await latchkey.app.store.prisma.apiKey.findUnique({
    where: { id: Number(number(keys[whose])) },
  })
  const names = [
    'updateApiKey',
    'rotateApiKey',
    'stopFormerSecret',
    'disableApiKey',
    'enableApiKey',
    'revokeApiKey',
    'revealApiKey',
    'deleteApiKey',
  ]
  for (const name of names) {
    const rest = name === 'updateApiKey' ? ', name: "taken over"' : ''
    const { data } = await ask(
      `mutation { ${name}(input: { id: "${keys[whose]}"${rest} }) { userErrors { code } } }`,
    )
    expect([name, data?.[name]?.userErrors]).toEqual([name, [{ code: 'NOT_FOUND' }]])
  }
  const after = await latchkey.app.store.prisma.apiKey.findUnique({
    where: { id: Number(number(keys[whose])) },
  })
  expect(after).toEqual(before)
})

test('totals of all keys are not told, and its own keys are as they were', async () => {
  for (const query of [
    '{ usage(range: {}) { totals { calls } } }',
    '{ usageSeries(range: {}, bucket: DAY) { label } }',
  ]) {
    const { errors } = await ask(query)
    expect(errors?.[0]?.extensions.code, query).toBe('FORBIDDEN')
  }
  const { data } = await ask(
    `{ apiKey(id: "${keys.own}") { name usage(range: {}) { totals { calls } } requestLogs { nodes { apiKey { id } } } } }`,
  )
  expect(data.apiKey).toEqual({
    name: 'own',
    usage: { totals: { calls: 1 } },
    requestLogs: { nodes: [{ apiKey: { id: keys.own } }] },
  })
  expect((await restCall('GET', `/api/api-keys/${number(keys.own)}/stats`)).body.total_calls).toBe(1)
  const renamed = await ask(
    `mutation { updateApiKey(input: { id: "${keys.own}", name: "mine" }) { apiKey { name } } }`,
  )
  expect(renamed.data.updateApiKey.apiKey.name).toBe('mine')
})
