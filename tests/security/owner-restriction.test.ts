// A key manager that is restricted to an owner: the keys of another owner, their request logs and usage are not there.
import { Latchkey, NotFoundError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, graphql, rest } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { EXPECTED } from './access/expected-access.ts'
import { KEY_MUTATIONS, mutationOfKey } from './access/key-mutations.ts'

const SCOPES = ['keys:write', 'secrets:reveal', 'logs:read', 'content:read', 'usage:write', 'owners:read']
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
       node(id: "${other}") { id } nodes(ids: ["${own}", "${other}"]) { id }
       used: sharedRuleUsage(id: "${own}") { rule } sharedRuleUsage(id: "${other}") { rule } }`,
  )
  expect(data).toEqual({
    owners: { nodes: [{ id: own }], totalCount: 1 },
    own: { id: own },
    owner: null,
    node: null,
    nodes: [{ id: own }, null],
    used: [],
    sharedRuleUsage: null,
  })
})

test('what all owners together use of the limits of a label is not there', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { id } = await admin.labelLimits.create({
    name: 'spent',
    label: { name: 'env', value: 'spent' },
    policy: { budgets: [{ window: 'DAY', limitUsd: '9', unpriced: 'ALLOW' }] },
  })
  const backTest = (of: string) =>
    `backTestSharedPolicy(input: { ${of} }) { backTest { calls } userErrors { code } }`
  const { data } = await ask(`{ sharedRuleUsage(id: "${id}") { rule } ${backTest(`labelLimitId: "${id}"`)} }`)
  expect(data).toEqual({
    sharedRuleUsage: null,
    backTestSharedPolicy: { backTest: null, userErrors: [{ code: 'INVALID' }] },
  })
  const ofOther = await ask(`{ ${backTest(`ownerId: "${owners.other}"`)} }`)
  expect(ofOther.data.backTestSharedPolicy).toEqual({ backTest: null, userErrors: [{ code: 'NOT_FOUND' }] })
  await admin.labelLimits.delete(id)
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
  const renaming = await ask(
    `mutation { updateApiKey(input: { id: "${keys[whose]}", name: "taken over" }) { userErrors { code } } }`,
  )
  expect(renaming.data.updateApiKey.userErrors).toEqual([{ code: 'NOT_FOUND' }])
  expect(KEY_MUTATIONS).toEqual(expect.arrayContaining(['revealApiKey', 'bulkMoveApiKeys']))
  for (const name of KEY_MUTATIONS) {
    const document = mutationOfKey(name, keys[whose])
    if (document === null)
      throw new Error(
        `${name} names no key: say why in WITHOUT_KEY_ID (access/key-mutations.ts), and test it below`,
      )
    const { data, errors } = await ask(document)
    const one = data?.[name]
    const problems = [...(one?.results ?? [one]).flatMap((each: typeof one) => each?.userErrors ?? [])]
    expect(
      problems.map(({ code }) => code).concat(errors?.map(({ extensions }) => extensions.code) ?? []),
      `${name} finds a key of another owner: its service is to look for it with ownedBy`,
    ).toEqual([EXPECTED.get(name) === 'usage:write' ? 'FORBIDDEN' : 'NOT_FOUND'])
  }
  const after = await latchkey.app.store.prisma.apiKey.findUnique({
    where: { id: Number(number(keys[whose])) },
  })
  expect(after).toEqual(before)
})

test('it makes no key for another owner or for nobody, finds none of them by an externalId, and moves none there', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  await admin.keys.update(keys.other, { externalId: 'of-the-other' })
  const restricted = new Latchkey({ url: latchkey.url, adminToken: token }).keys
  const count = () => latchkey.app.store.prisma.apiKey.count()
  const before = await count()
  for (const ownerId of [owners.other, undefined]) {
    const refused = { userErrors: [{ field: ['input', 'ownerId'] }] }
    const at = String(ownerId)
    await expect(restricted.create({ name: at, ownerId })).rejects.toMatchObject(refused)
    await expect(restricted.ensure({ externalId: at, name: at, ownerId })).rejects.toMatchObject(refused)
    await expect(restricted.update(keys.own, { ownerId: ownerId ?? null })).rejects.toMatchObject(refused)
    const item = { name: at, secret: `own-secret-of-a-key-${at.padEnd(20, '0')}`, ownerId }
    const { results } = await restricted.import({ items: [item] })
    expect(results[0]?.userErrors).toMatchObject([{ field: ['input', 'items', '0', 'ownerId'] }])
  }
  const found = restricted.ensure({ externalId: 'of-the-other', name: 'taken over', ownerId: owners.own })
  await expect(found).rejects.toMatchObject({ userErrors: [{ code: 'TAKEN' }] })
  expect(await count()).toBe(before)
  expect((await admin.keys.get(keys.own)).owner?.id).toBe(owners.own)
})

test('it moves no key into limits that other owners’ keys share, nor out of them', async () => {
  const { labelLimits, keys: all } = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const [shared, own] = [
    { name: 'env', value: 'prod' },
    { name: 'job', value: 'night' },
  ]
  const policy = { limits: [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max: 9 }] }
  await labelLimits.create({ name: 'prod', label: shared, policy, enabled: false })
  const restricted = new Latchkey({ url: latchkey.url, adminToken: token }).keys
  const refused = (change: Promise<unknown>) =>
    expect(change).rejects.toMatchObject({
      userErrors: [{ code: 'INVALID', message: expect.stringContaining('env=prod') }],
    })
  const ownerId = owners.own
  await refused(restricted.create({ name: 'in', ownerId, labels: [shared] }))
  await refused(restricted.ensure({ externalId: 'in', name: 'in', ownerId, labels: [own, shared] }))
  await refused(restricted.update(keys.own, { labels: [shared] }))
  const { results } = await restricted.import({
    items: [{ name: 'in', secret: 'own-secret-of-a-key-0a1b2c3d4e5f', ownerId, labels: [shared] }],
  })
  expect(results[0]?.userErrors).toMatchObject([
    { code: 'INVALID', field: ['input', 'items', '0', 'labels'] },
  ])
  await all.update(keys.own, { labels: [shared] })
  expect((await restricted.update(keys.own, { labels: [shared, own] })).labels).toEqual([shared, own])
  await refused(restricted.update(keys.own, { labels: [own] }))
  await all.update(keys.own, { labels: [] })
})

test('it makes no limits by label, and is not told the label of those with a name', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const policy = { limits: [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max: 9 }] }
  const { id } = await admin.labelLimits.create({
    name: 'told',
    label: { name: 'env', value: 'told' },
    policy,
  })
  const made = await admin.adminTokens.create({
    name: 'writer',
    scopes: ['owners:write'],
    ownerIds: [owners.own],
  })
  const { labelLimits } = new Latchkey({ url: latchkey.url, adminToken: made.token })
  for (const name of ['told', 'new'])
    await expect(
      labelLimits.ensure({ name, label: { name: 'env', value: 'other' }, policy }),
    ).rejects.toMatchObject({
      userErrors: [{ code: 'INVALID', message: expect.stringContaining('some owners alone') }],
    })
  await admin.labelLimits.delete(id)
})

test.for(['csv', 'jsonl', 'parquet'] as const)(
  'an export as %s has the rows of its own keys alone',
  async (format) => {
    const get = (path: string) =>
      fetch(`${latchkey.url}/export/${path}`, { headers: { authorization: `Bearer ${token}` } })
    const from = 'from=2020-01-01'
    const everyKey = Object.values(keys).join()
    for (const [path, rows] of [
      [`logs.${format}`, 1],
      [`logs.${format}?api_key_id=${everyKey}`, 1],
      [`logs.${format}?api_key_id=${keys.other},${keys.nobody}`, 0],
      [`logs.${format}?owner_id=${owners.other}`, 0],
      [`usage.${format}?${from}`, 1],
      [`usage.${format}?${from}&columns=focus`, 1],
      [`usage.${format}?${from}&api_key_id=${everyKey}`, 1],
      [`usage.${format}?${from}&api_key_id=${keys.other},${keys.nobody}`, 0],
    ] as const) {
      const response = await get(path)
      const text = Buffer.from(await response.arrayBuffer()).toString('latin1')
      expect([path, response.status]).toEqual([path, 200])
      const known = [keys.own, keys.other, keys.nobody, logs.own, logs.other, logs.nobody].map((id) =>
        text.includes(id),
      )
      expect([path, known.slice(1, 3), known.slice(4)]).toEqual([path, [false, false], [false, false]])
      expect([path, known[0]]).toEqual([path, rows > 0])
      if (format !== 'parquet') {
        const lines = text.split(/\r?\n/).filter((line) => line !== '').length
        expect([path, lines - (format === 'csv' ? 1 : 0)]).toEqual([path, rows])
      }
    }
    expect((await get(`audit.${format}`)).status).toBe(403)
  },
)

test("an owner without keys, and a key that is another owner's by now, export nothing", async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const owner = await admin.owners.create({ name: 'third' })
  const none = await admin.adminTokens.create({ name: 'none', scopes: SCOPES, ownerIds: [owner.id] })
  const rows = async () => {
    const restricted = new Latchkey({ url: latchkey.url, adminToken: none.token })
    return [
      await Array.fromAsync(restricted.exports.logs()),
      await Array.fromAsync(restricted.exports.usage({ from: '2020-01-01' })),
    ].map(({ length }) => length)
  }
  expect(await rows()).toEqual([0, 0])
  const moved = await admin.keys.create({ name: 'moved', ownerId: owner.id })
  await call(latchkey, moved.secret)
  expect(await rows()).toEqual([1, 1])
  await admin.keys.update(moved.apiKey.id, { ownerId: owners.other })
  expect(await rows()).toEqual([0, 0])
  await admin.keys.delete(moved.apiKey.id)
})

test('it sees no invitation, and of admin tokens itself and those that it has made', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const scopes = ['admins:read', 'admins:write', 'keys:read'] as const
  const bound = await admin.adminTokens.create({ name: 'bound', scopes, ownerIds: [owners.own] })
  const other = { name: 'of another owner', scopes, ownerIds: [owners.other] }
  const { adminToken } = await admin.adminTokens.create(other)
  await admin.admins.invite({ role: 'VIEWER' })
  const own = new Latchkey({ url: latchkey.url, adminToken: bound.token })
  await own.adminTokens.create({ name: 'made by it', scopes: ['keys:read'], ownerIds: [owners.own] })
  const seen = (await own.adminTokens.list({ first: 100 })).items.map(({ name }) => name)
  expect(seen).toEqual(['made by it', 'bound'])
  await expect(own.adminTokens.get(adminToken.id)).rejects.toBeInstanceOf(NotFoundError)
  expect(await own.adminTokens.get(bound.adminToken.id)).toMatchObject({ name: 'bound' })
  expect(await admin.adminTokens.get(adminToken.id)).toMatchObject(other)
  expect(await own.admins.invitations()).toEqual([])
  expect(await admin.admins.invitations()).toHaveLength(1)
})

test('a token with an expiry or networks invites nobody, who would have neither', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const scopes = ['admins:read', 'admins:write', 'keys:read', 'usage:read', 'logs:read'] as const
  for (const bound of [{ expiresInDays: 1 }, { networks: ['127.0.0.0/8', '::1'] }]) {
    const { token } = await admin.adminTokens.create({
      name: `bound ${Object.keys(bound)}`,
      scopes,
      ...bound,
    })
    const inviting = new Latchkey({ url: latchkey.url, adminToken: token }).admins.invite({ role: 'VIEWER' })
    await expect(inviting).rejects.toThrow(/neither bound/)
  }
})

test('pairs of values are of its own keys alone', async () => {
  for (const by of ['API_KEY', 'OWNER', 'LABEL, label: "env"']) {
    const { data } = await ask(
      `{ usageBreakdown(range: {}, by: ${by}, within: MODEL) { groups { share { totals { calls } } within { totals { calls } } } } }`,
    )
    expect([by, data.usageBreakdown.groups]).toEqual([
      by,
      [{ share: { totals: { calls: 1 } }, within: [{ totals: { calls: 1 } }] }],
    ])
  }
  for (const by of [
    'MODEL, within: API_KEY',
    'MODEL, within: LABEL, label: "env"',
    'TAG',
    'UPSTREAM, within: MODEL',
  ]) {
    const { errors } = await ask(`{ usageBreakdown(range: {}, by: ${by}) { complete } }`)
    expect([by, errors?.[0]?.extensions.code]).toEqual([by, 'FORBIDDEN'])
  }
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

test('of what is about all owners, no id is of use to it', async () => {
  const admin = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { id } = await admin.alerts.rules.create({ name: 'spent', kind: 'BUDGET_SPENT', channelIds: [] })
  await admin.admins.invite({ role: 'VIEWER' })
  const scopes = ['alerts:read', 'usage:read', 'admins:read']
  const { token: alike } = await admin.adminTokens.create({ name: 'alike', scopes, ownerIds: [owners.own] })
  for (const one of [id, 'ach_1', 'alt_0193e0d0000070008000000000000000', 'rec_1']) {
    const { data, errors } = await graphql(latchkey, `{ node(id: "${one}") { id } }`, {}, { token: alike })
    expect([one, data?.node ?? null, errors?.[0]?.extensions.code]).toEqual([one, null, 'FORBIDDEN'])
  }
  const invited = await graphql(latchkey, '{ node(id: "inv_1") { id } }', {}, { token: alike })
  expect(invited.data).toEqual({ node: null })
})
