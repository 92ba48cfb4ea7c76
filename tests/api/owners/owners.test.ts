// Owners and labels through the SDK: who a key belongs to, what it is labelled with, and what becomes of it with its owner.
import { Latchkey, NotFoundError, UserInputError } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { rollupRow } from '../../support/databases/rollup-row.ts'
import { chat, errorOf } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { COMPLETION, chatChunks, event, startEvents } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

let upstream: TestUpstream
let server: TestLatchkey
let client: Latchkey

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, COMPLETION))
  server = await startLatchkey({ env: { LATCHKEY_UPSTREAM_URL: upstream.baseUrl } })
  client = new Latchkey({ url: server.url, adminToken: server.adminToken })
})
afterAll(async () => {
  await server.close()
  await upstream.close()
})

const SHARED = { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1_000 }] } as const

async function problems(change: Promise<unknown>) {
  const error = await change.then(() => null).catch((thrown: unknown) => thrown)
  if (!(error instanceof UserInputError)) throw new Error(`no UserInputError: ${String(error)}`)
  return error.userErrors.map(({ code, field }) => [code, field?.slice(1).join('.') ?? null])
}

test('an owner from its creation to its end, with what the trail says of it', async () => {
  const owner = await client.owners.create({
    name: ' Search ',
    externalId: 'team-7',
    contact: 'search@example.com',
    labels: [
      { name: 'tier', value: 'gold' },
      { name: 'env', value: 'prod' },
    ],
    policy: SHARED,
  })
  expect(owner).toMatchObject({
    id: expect.stringMatching(/^own_\d+$/),
    name: 'Search',
    kind: 'TEAM',
    labels: [
      { name: 'env', value: 'prod' },
      { name: 'tier', value: 'gold' },
    ],
    keyCount: 0,
    disabledAt: null,
    version: 1,
  })
  expect(await client.owners.get(owner.id)).toEqual(owner)
  const changed = await client.owners.update(owner.id, { kind: 'CUSTOMER', contact: null, labels: [] })
  expect(changed).toMatchObject({ kind: 'CUSTOMER', contact: null, labels: [], version: 2 })
  expect(await client.owners.update(owner.id, { kind: 'CUSTOMER' })).toEqual(changed)
  expect(await problems(client.owners.update(owner.id, { name: 'x', expectedVersion: 1 }))).toEqual([
    ['STALE', 'expectedVersion'],
  ])
  const { items } = await client.owners.auditEvents(owner.id, { first: 1 })
  expect(items.map(({ action, targetId }) => [action, targetId])).toEqual([['owner.update', owner.id]])
  await client.owners.delete(owner.id)
  await expect(client.owners.auditEvents(owner.id)).rejects.toThrow(NotFoundError)
  expect(await problems(client.owners.delete(owner.id))).toEqual([['NOT_FOUND', 'id']])
  expect(await auditOf(server, owner.id)).toEqual([
    ['owner.create', expect.arrayContaining([{ path: 'labels', before: null, after: 'env=prod,tier=gold' }])],
    [
      'owner.update',
      [
        { path: 'kind', before: 'TEAM', after: 'CUSTOMER' },
        { path: 'contact', before: 'search@example.com', after: null },
        { path: 'labels', before: 'env=prod,tier=gold', after: null },
      ],
    ],
    ['owner.delete', null],
  ])
})

test.for<[string, object, [string, string][]]>([
  ['a blank name', { name: ' ' }, [['REQUIRED', 'name']]],
  ['a long name', { name: 'x'.repeat(101) }, [['TOO_LONG', 'name']]],
  ['a contact on two lines', { contact: 'a\nb' }, [['INVALID', 'contact']]],
  ['an externalId with a space', { externalId: 'a b' }, [['INVALID', 'externalId']]],
  ['a list in the policy', { policy: { models: { allow: ['gpt*'] } } }, [['INVALID', 'policy.models']]],
  [
    'two labels of one name, and one that is none',
    {
      labels: [
        { name: 'a', value: 'b' },
        { name: 'a', value: 'c' },
        { name: 'a b', value: 'c' },
        { name: 'b', value: 'x'.repeat(64) },
      ],
    },
    [
      ['INVALID', 'labels.1'],
      ['INVALID', 'labels.2'],
      ['INVALID', 'labels.3'],
    ],
  ],
  [
    'too many labels',
    { labels: Array.from({ length: 21 }, (_, at) => ({ name: `n${at}`, value: 'v' })) },
    [['TOO_LONG', 'labels']],
  ],
])('%s is refused with its field', async ([, fields, expected]) => {
  expect(await problems(client.owners.create({ name: 'bad', ...fields }))).toEqual(expected)
})

test('an externalId is taken once, also in parallel', async () => {
  const made = await Promise.allSettled(
    Array.from({ length: 20 }, () => client.owners.create({ name: 'same', externalId: 'only-one' })),
  )
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const [failed] = made.filter(({ status }) => status === 'rejected')
  expect(failed).toMatchObject({
    reason: { userErrors: [{ code: 'TAKEN', field: ['input', 'externalId'] }] },
  })
})

test('owners are found by kind, label, search and whether they are disabled', async () => {
  const made = await client.owners.create({
    name: '100% sure',
    kind: 'PERSON',
    labels: [{ name: 'floor', value: '3' }],
  })
  const ids = async (filter: object) => (await client.owners.list({ filter })).items.map(({ id }) => id)
  expect(await ids({ label: { name: 'floor', value: '3' } })).toEqual([made.id])
  expect(await ids({ label: { name: 'floor', value: '4' } })).toEqual([])
  expect(await ids({ search: '0% S', kind: 'PERSON' })).toEqual([made.id])
  expect(await ids({ search: made.id })).toContain(made.id)
  expect(await ids({ search: 'sure', kind: 'TEAM' })).toEqual([])
  expect(await ids({ search: 'sure', disabled: true })).toEqual([])
  await expect(ids({ label: { name: 'a b', value: '' } })).rejects.toThrow('filter.label')
})

test('a key knows its owner, its labels and who created it, and may be moved', async () => {
  const [one, two] = [
    await client.owners.create({ name: 'one' }),
    await client.owners.create({ name: 'two' }),
  ]
  const { apiKey } = await client.keys.create({
    name: 'owned',
    ownerId: one.id,
    labels: [{ name: 'env', value: 'prod' }],
  })
  expect(apiKey).toMatchObject({
    owner: { id: one.id, name: 'one' },
    labels: [{ name: 'env', value: 'prod' }],
    createdBy: { type: 'ADMIN_TOKEN', name: 'environment' },
    secretCreatedAt: apiKey.createdAt,
  })
  const moved = await client.keys.update(apiKey.id, {
    ownerId: two.id,
    labels: [{ name: 'env', value: 'dev' }],
  })
  expect(moved).toMatchObject({ owner: { id: two.id }, labels: [{ value: 'dev' }] })
  expect(await client.keys.update(apiKey.id, { name: 'owned' })).toMatchObject({ version: moved.version })
  expect((await client.keys.rotate(apiKey.id)).apiKey.secretCreatedAt).not.toBe(apiKey.createdAt)
  expect(await client.keys.update(apiKey.id, { ownerId: null, labels: null })).toMatchObject({
    owner: null,
    labels: [],
  })
  expect(await problems(client.keys.update(apiKey.id, { ownerId: 'own_999999' }))).toEqual([
    ['NOT_FOUND', 'ownerId'],
  ])
  expect(await problems(client.keys.create({ name: 'x', ownerId: 'key_1' }))).toEqual([
    ['INVALID', 'ownerId'],
  ])
  const trail = await auditOf(server, apiKey.id)
  expect(trail[1]).toEqual([
    'api_key.update',
    [
      { path: 'ownerId', before: one.id, after: two.id },
      { path: 'labels', before: 'env=prod', after: 'env=dev' },
    ],
  ])
})

test('an owner with keys is deleted only where another gets them', async () => {
  const [deleted, heir] = [
    await client.owners.create({ name: 'deleted' }),
    await client.owners.create({ name: 'heir' }),
  ]
  const { apiKey, secret } = await client.keys.create({ name: 'inherited', ownerId: deleted.id })
  expect(await problems(client.owners.delete(deleted.id))).toEqual([['IN_USE', 'id']])
  expect(await problems(client.owners.delete(deleted.id, { moveKeysTo: deleted.id }))).toEqual([
    ['INVALID', 'moveKeysTo'],
  ])
  expect(await problems(client.owners.delete(deleted.id, { moveKeysTo: 'own_999999' }))).toEqual([
    ['NOT_FOUND', 'moveKeysTo'],
  ])
  expect(await client.owners.delete(deleted.id, { moveKeysTo: heir.id })).toEqual({ movedKeys: 1 })
  expect((await client.keys.get(apiKey.id)).owner).toMatchObject({ id: heir.id })
  expect((await chat(server, secret)).status).toBe(200)
})

test('a disabled owner disables its keys from the next call on, and aborts what is in flight', async () => {
  const owner = await client.owners.create({ name: 'paused' })
  const { apiKey, secret } = await client.keys.create({ name: 'of the paused', ownerId: owner.id })
  const other = await client.keys.create({ name: 'of nobody' })
  expect((await chat(server, secret)).status).toBe(200)
  upstream.respondWith((_request, response) => {
    startEvents(response)
    response.write(event(chatChunks(false)[0] ?? {}))
  })
  const stream = await chat(server, secret, { stream: true })
  expect(stream.status).toBe(200)
  expect(await client.owners.disable(owner.id, { abortInFlightCalls: true })).toMatchObject({
    abortedCalls: 1,
  })
  expect(await stream.text().catch(() => 'broken')).toMatch(/owner of this API key|broken/)
  upstream.respondWith((_request, response) => json(response, 200, COMPLETION))
  const refused = await chat(server, secret)
  expect(refused.status).toBe(401)
  expect(await errorOf(refused)).toMatchObject({
    code: 'invalid_api_key',
    message: expect.stringContaining('The owner of this API key is disabled'),
  })
  expect((await chat(server, other.secret)).status).toBe(200)
  expect((await client.keys.get(apiKey.id)).status).toBe('DISABLED')
  const disabled = await client.keys.list({ filter: { status: ['DISABLED'] } })
  expect(disabled.items.map(({ id }) => id)).toContain(apiKey.id)
  const explained = await client.keys.explain(apiKey.id, { model: 'm1' })
  expect(explained).toMatchObject({ status: 'DISABLED', refusal: { code: 'owner_disabled' } })
  await client.owners.enable(owner.id)
  expect((await chat(server, secret)).status).toBe(200)
  await vi.waitFor(async () =>
    expect((await client.logs.list({ filter: { errorCode: ['owner_disabled'] } })).items).toHaveLength(2),
  )
})

test('label limits from their creation to their end', async () => {
  const label = { name: 'env', value: 'staging' }
  const made = await client.labelLimits.create({ name: 'staging', label, policy: SHARED })
  expect(made).toMatchObject({ id: expect.stringMatching(/^lim_\d+$/), label, enabled: true, version: 1 })
  const { userErrors } = await client.labelLimits
    .create({ name: 'staging', label, policy: SHARED })
    .catch((error: UserInputError) => error)
    .then((result) => result as UserInputError)
  expect(userErrors).toMatchObject([{ code: 'TAKEN', field: ['input', 'name'] }])
  expect(await problems(client.labelLimits.create({ name: 'none', label, policy: {} }))).toEqual([
    ['REQUIRED', 'policy'],
  ])
  expect(
    await problems(
      client.labelLimits.create({ name: 'n', label: { name: 'a b', value: 'c' }, policy: SHARED }),
    ),
  ).toEqual([['INVALID', 'label']])
  const tighter = { limits: [{ ...SHARED.limits[0], max: 10 }] }
  await client.labelLimits.update(made.id, { policy: tighter, expectedVersion: 1 })
  const off = await client.labelLimits.update(made.id, { enabled: false, expectedVersion: 2 })
  expect(off).toMatchObject({ enabled: false, version: 3 })
  expect((await client.labelLimits.list()).items).toEqual([off])
  await client.labelLimits.delete(made.id)
  expect(await problems(client.labelLimits.delete(made.id))).toEqual([['NOT_FOUND', 'id']])
  expect(await auditOf(server, made.id)).toEqual([
    [
      'label_limit.create',
      expect.arrayContaining([
        { path: 'label', before: null, after: 'env=staging' },
        { path: 'policy.limits[0].max', before: null, after: 1_000 },
      ]),
    ],
    ['label_limit.update', [{ path: 'policy.limits[0].max', before: 1_000, after: 10 }]],
    ['label_limit.update', [{ path: 'enabled', before: true, after: false }]],
    ['label_limit.delete', null],
  ])
})

test('labels say how many keys have them, and limits by label what is spent of their budgets', async () => {
  const owner = await client.owners.create({ name: 'labelled' })
  const [limited, free] = [
    { name: 'shop', value: 'eu' },
    { name: 'shop', value: 'us' },
  ]
  for (const labels of [[limited], [limited], [free]]) await client.keys.create({ name: 'l', labels })
  await client.keys.create({ name: 'own', ownerId: owner.id, labels: [limited] })
  const limits = await client.labelLimits.create({
    name: 'Europe',
    label: limited,
    policy: { budgets: [{ window: 'MONTH', limitUsd: '0.5' }] },
  })
  expect(limits).toMatchObject({ keyCount: 3 })
  expect(await client.labelLimits.get(limits.id)).toEqual(limits)
  const ofEurope = await client.labelLimits.list({ label: limited, first: 2 })
  expect([ofEurope.items, ofEurope.totalCount]).toEqual([[limits], 1])
  expect((await client.labelLimits.list({ label: free })).items).toEqual([])
  const searched = await client.labelLimits.list({ search: 'SHOP=e' })
  expect([searched.items, searched.totalCount]).toEqual([[limits], 1])
  expect((await client.labelLimits.list({ search: 'europe', last: 1 })).items).toEqual([limits])
  expect((await client.labelLimits.list({ search: 'shop=us' })).items).toEqual([])
  await expect(client.labelLimits.list({ label: limited, search: 'e' })).rejects.toThrow('not both')
  const ofValue = async (value: string) => client.labelLimits.list({ label: { name: 'shop', value } })
  for (const value of ['', 'e u', 'eu\0'])
    await expect(ofValue(value)).rejects.toThrow('label must have the name and the value of a label')
  await expect(client.labelLimits.get(owner.id)).rejects.toThrow(NotFoundError)

  const bucket = Math.floor(Date.now() / 86_400_000)
  const row = { apiKeyId: 0, value: 'shop=eu', bucket, costNanoUsd: 125_000_000n }
  await server.app.store.prisma.usageRollup.create({ data: rollupRow({ kind: 'LABEL_DAY', ...row }) })
  await server.app.store.prisma.usageRollup.create({
    data: rollupRow({ kind: 'LABEL_HOUR', ...row, bucket: bucket * 24 }),
  })
  expect(await client.labelLimits.usage([limits.id, owner.id])).toEqual([
    {
      id: limits.id,
      monthSpendUsd: '0.125',
      budgetUsage: [expect.objectContaining({ window: 'MONTH', spentUsd: '0.125', usedPercent: 25 })],
    },
  ])
  const shops = async (asked?: { limited: boolean }) =>
    (await client.labelLimits.labelsOfKeys({ ...asked, withSpend: true })).filter(
      ({ label }) => label.name === 'shop',
    )
  const [eu, us] = [
    { label: limited, keyCount: 3, monthSpendUsd: '0.125' },
    { label: free, keyCount: 1, monthSpendUsd: '0' },
  ]
  expect(await shops()).toEqual([eu, us])
  expect(await shops({ limited: true })).toEqual([eu])
  expect(await shops({ limited: false })).toEqual([us])
  await expect(client.labelLimits.labelsOfKeys({ first: 501 })).rejects.toThrow('first must be from 1 to 500')

  const { token } = await client.adminTokens.create({
    name: 'one owner',
    scopes: ['owners:read', 'keys:read', 'usage:read'],
    ownerIds: [owner.id],
  })
  const { labelLimits } = new Latchkey({ url: server.url, adminToken: token })
  expect(await labelLimits.labelsOfKeys({ withSpend: true })).toEqual([
    { label: limited, keyCount: 1, monthSpendUsd: null },
  ])
  expect((await labelLimits.get(limits.id)).keyCount).toBe(1)
  expect(await labelLimits.usage([limits.id])).toEqual([
    { id: limits.id, monthSpendUsd: null, budgetUsage: [] },
  ])
  await expect(labelLimits.ruleUsage(limits.id)).rejects.toThrow(NotFoundError)
  await client.labelLimits.delete(limits.id)
})

test('a page of keys has the owner and the labels of each', async () => {
  const owner = await client.owners.create({ name: 'many' })
  for (let at = 0; at < 5; at++)
    await client.keys.create({ name: `m${at}`, ownerId: owner.id, labels: [{ name: 'n', value: `${at}` }] })
  const { data } = await server.graphql(
    '{ owners(first: 1) { nodes { name keyCount labels { name } } } apiKeys(first: 5) { nodes { name owner { name } labels { value } } } }',
  )
  expect(data.apiKeys.nodes.map((key: { labels: unknown }) => key.labels)).toEqual(
    ['4', '3', '2', '1', '0'].map((value) => [{ value }]),
  )
  expect(data.apiKeys.nodes[0].owner).toEqual({ name: 'many' })
  expect(data.owners.nodes).toEqual([{ name: 'many', keyCount: 5, labels: [] }])
})

test('each owner says what its keys have used of its budgets, and lists are filtered by it', async () => {
  const policy = { budgets: [{ window: 'MONTH', limitUsd: '10' }] } as const
  const [spent, fresh, free] = await Promise.all([
    client.owners.create({ name: 'spent', policy }),
    client.owners.create({ name: 'fresh', policy }),
    client.owners.create({ name: 'free' }),
  ])
  // In the last hour of a day its spend is read by the day.
  const hour = Math.floor(Date.now() / 3_600_000)
  const value = spent.id.slice('own_'.length)
  await server.app.store.prisma.usageRollup.createMany({
    data: [
      rollupRow({ kind: 'OWNER_HOUR', bucket: hour, value, costNanoUsd: 8_500_000_000n }),
      rollupRow({ kind: 'OWNER_DAY', bucket: Math.floor(hour / 24), value, costNanoUsd: 8_500_000_000n }),
    ],
  })
  const budgets = await client.owners.budgets([spent.id, fresh.id, free.id, 'own_999999'])
  expect(budgets.map(({ budgetUsage }) => budgetUsage)).toEqual([
    [expect.objectContaining({ window: 'MONTH', limitUsd: '10', spentUsd: '8.5', usedPercent: 85 })],
    [expect.objectContaining({ spentUsd: '0', usedPercent: 0 })],
    [],
  ])
  const [active, idle] = await client.owners.activity([spent.id, fresh.id, 'own_999999'], { hours: 1 })
  expect([active?.activity?.calls, active?.budgetUsage.length, idle?.activity?.calls]).toEqual([1, 1, 0])
  await client.owners.disable(free.id)
  const { total, teams, disabled, overBudget80 } = await client.owners.counts({ withBudgets: true })
  expect([total, teams, disabled]).toEqual([
    (await client.owners.list()).totalCount,
    (await client.owners.list({ filter: { kind: 'TEAM' } })).totalCount,
    (await client.owners.list({ filter: { disabled: true } })).totalCount,
  ])
  expect(overBudget80).toBe(1)
  const range = { from: new Date(Date.now() - 86_400_000).toISOString() }
  const series = await client.usage.series({ range, bucket: 'HOUR', groupBy: 'OWNER', first: 50 })
  expect(series.find(({ key }) => key === spent.id)).toMatchObject({ label: 'spent', totals: { calls: 1 } })
  await server.app.store.prisma.usageRollup.createMany({
    data: ['env=prod', 'env=dev', 'environment=x'].map((labelled, at) =>
      rollupRow({ kind: 'LABEL_HOUR', bucket: hour, value: labelled, calls: 9n - BigInt(at) }),
    ),
  })
  const byLabel = { range, bucket: 'HOUR', groupBy: 'LABEL', label: 'env' } as const
  expect((await client.usage.series(byLabel)).map(({ key }) => key)).toEqual(['env=prod', 'env=dev'])
  expect(await client.usage.series({ ...byLabel, first: 1 })).toHaveLength(1)
  await expect(client.usage.series({ ...byLabel, groupBy: 'OWNER' })).rejects.toThrow(/groupBy: LABEL alone/)
  const labels = await client.usage.series({ range, bucket: 'DAY', groupBy: 'LABEL', first: 50 })
  for (const { key, label } of labels)
    expect([key, label]).toEqual([label, expect.stringMatching(/^\S+=\S+$/)])
  const over = (budgetUsedAtLeast: number, who = client) => who.owners.list({ filter: { budgetUsedAtLeast } })
  expect((await over(85)).items.map(({ id }) => id)).toEqual([spent.id])
  expect(await over(86)).toMatchObject({ items: [], totalCount: 0 })
  await expect(over(0)).rejects.toThrow(/1 to 1000/)
  const of = async (scopes: string[], ownerIds?: string[]) => {
    const { token } = await client.adminTokens.create({ name: scopes.join(), scopes, ownerIds })
    return new Latchkey({ url: server.url, adminToken: token })
  }
  const withoutUsage = await of(['owners:read'])
  await expect(over(1, withoutUsage)).rejects.toThrow(/usage:read/)
  const restricted = await of(['owners:read', 'usage:read'], [fresh.id])
  expect((await over(1, restricted)).items).toEqual([])
  expect(await restricted.owners.counts({ withBudgets: true })).toMatchObject({ total: 1, overBudget80: 0 })
  await expect(withoutUsage.owners.counts({ withBudgets: true })).rejects.toThrow(/usage:read/)
})
