// Usage by one value and by two at once, beside the period before, and by key in pages: through the SDK.
import { Latchkey, type UsageBreakdownArgs } from '@latchkey/sdk'
import { systemActor } from '@latchkey/server/domain/admins/actor.ts'
import { aCallRecord } from '@latchkey/server/domain/logs/a-call-record.ts'
import type { ControlPlane } from '@latchkey/server/services/control-plane.ts'
import { breakDownUsage } from '@latchkey/server/services/usage/break-down-usage.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertRequestLogs } from '../../support/databases/many-request-logs.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { requestIdAt } from '../../support/server/request-ids.ts'

let server: TestLatchkey
let latchkey: Latchkey
let keys: { id: number; secret: string }[]
const usd = (dollars: number) => dollars * 1e9

beforeAll(async () => {
  server = await startLatchkey({ env: { LATCHKEY_LOG_RETENTION_DAYS: '0' } })
  latchkey = new Latchkey({ url: server.url, adminToken: server.adminToken })
  keys = []
  for (const name of ['one', 'two', 'three', 'deleted']) keys.push(await server.createKey({ name }))
  const { prisma } = server.app.store
  await prisma.apiKeyLabel.createMany({
    data: [0, 1].map((at) => ({
      apiKeyId: keys[at]?.id ?? 0,
      name: 'env',
      value: at === 0 ? 'prod' : 'test',
    })),
  })
  const record = (day: string, key: number, facts: Parameters<typeof aCallRecord>[0] = {}) =>
    server.app.ledger.record(
      aCallRecord({ id: requestIdAt(`2026-03-${day}T10:00:00Z`), apiKeyId: keys[key]?.id ?? null, ...facts }),
    )
  // The week before, and the week.
  record('02', 0, { costNanoUsd: usd(9), tags: 'feature=search' })
  record('03', 1, { costNanoUsd: usd(1) })
  record('10', 0, {
    costNanoUsd: usd(2),
    cacheWriteInputTokens: 3,
    cacheSavedNanoUsd: usd(0.5),
    tags: 'feature=search,team=blue',
  })
  record('11', 0, { costNanoUsd: usd(1), requestedModel: 'm2' })
  record('12', 1, { costNanoUsd: usd(4), requestedModel: 'm2', upstream: 'other', tags: 'feature=chat' })
  record('12', 2, { receipt: '{"lines":[]}', requestedModel: 'm3' })
  record('13', 3, { costNanoUsd: usd(5) })
  record('13', 1, { outcome: 'ERROR', errorCode: 'upstream_500' })
  record('14', 9, { outcome: 'DENIED', errorCode: 'invalid_api_key', requestedModel: null, upstream: null })
  await server.app.ledger.settled()
  const headers = { authorization: `Bearer ${server.adminToken}` }
  await fetch(`${server.url}/api/api-keys/${keys[3]?.id}`, { method: 'DELETE', headers })
  await server.app.ledger.settled()
})
afterAll(() => server.close())

const range = { from: '2026-03-08T00:00:00Z', to: '2026-03-15T00:00:00Z' }

async function shares(args: Omit<UsageBreakdownArgs, 'range'>) {
  const { groups } = await latchkey.usage.breakdown({ range, ...args })
  return groups.map(({ share: { label, totals, previous } }) => [
    label,
    totals.calls,
    totals.costUsd,
    previous?.costUsd,
  ])
}

test.for<[Omit<UsageBreakdownArgs, 'range'>, unknown[][]]>([
  [
    { by: 'API_KEY' },
    [
      ['deleted keys', 1, '5', '0'],
      ['two', 2, '4', '1'],
      ['one', 2, '3', '9'],
      ['three', 1, '0', '0'],
    ],
  ],
  [
    { by: 'API_KEY', order: 'COST_CHANGE', first: 2 },
    [
      ['one', 2, '3', '9'],
      ['deleted keys', 1, '5', '0'],
    ],
  ],
  [{ by: 'API_KEY', order: 'UNPRICED', first: 1 }, [['three', 1, '0', '0']]],
  [{ by: 'MODEL', order: 'CACHE_SAVED', first: 1 }, [['m1', 3, '7', '10']]],
  [
    { by: 'UPSTREAM' },
    [
      ['default', 5, '8', '10'],
      ['other', 1, '4', '0'],
      ['none', 1, '0', '0'],
    ],
  ],
  [
    { by: 'LABEL', label: 'env' },
    [
      ['none', 2, '5', '0'],
      ['test', 2, '4', '1'],
      ['prod', 2, '3', '9'],
    ],
  ],
  [{ by: 'OWNER' }, [['none', 6, '12', '10']]],
  [
    { by: 'TAG' },
    [
      ['feature=chat', 1, '4', '0'],
      ['feature=search', 1, '2', '9'],
      ['team=blue', 1, '2', '0'],
    ],
  ],
  [{ by: 'TAG', tag: 'team' }, [['team=blue', 1, '2', '0']]],
  [{ by: 'TAG', tag: 'feature', order: 'COST_CHANGE', first: 1 }, [['feature=search', 1, '2', '9']]],
  [
    { by: 'ERROR_CODE', order: 'CALLS' },
    [
      ['invalid_api_key', 1, '0', undefined],
      ['upstream_500', 1, '0', undefined],
    ],
  ],
])('%j, beside the period before', async ([args, expected]) => {
  expect(await shares(args)).toEqual(expected)
})

test('pairs of a model and a key come from rollups, all other pairs from request logs', async () => {
  const within = async (args: Omit<UsageBreakdownArgs, 'range'>) => {
    const { complete, groups } = await latchkey.usage.breakdown({ range, ...args })
    expect(complete).toBe(true)
    return groups.map(({ share, within }) => [
      share.label,
      ...within.map(({ label, totals }) => `${label} ${totals.costUsd}`),
    ])
  }
  expect(await within({ by: 'API_KEY', within: 'MODEL' })).toEqual([
    ['deleted keys'],
    ['two', 'm2 4', 'm1 0'],
    ['one', 'm1 2', 'm2 1'],
    ['three', 'm3 0'],
  ])
  expect(await within({ by: 'MODEL', within: 'UPSTREAM', first: 2 })).toEqual([
    ['m2', 'other 4', 'default 1'],
    ['m1', 'default 2'],
  ])
  expect(await within({ by: 'OUTCOME', within: 'API_KEY', first: 1 })).toEqual([
    ['SUCCESS', 'two 4', 'one 3', 'three 0'],
  ])
  // Of deleted keys the models are not known.
  expect(await within({ by: 'MODEL', within: 'API_KEY', firstWithin: 1 })).toEqual([
    ['m1', 'one 2'],
    ['m2', 'two 4'],
    ['none'],
    ['m3', 'three 0'],
  ])
  expect(await within({ by: 'MODEL', within: 'LABEL', label: 'env', first: 2 })).toEqual([
    ['m1', 'prod 2', 'test 0'],
    ['m2', 'test 4', 'prod 1'],
  ])
  expect(await within({ by: 'LABEL', within: 'MODEL', label: 'env' })).toEqual([
    ['none', 'm3 0'],
    ['test', 'm2 4', 'm1 0'],
    ['prod', 'm1 2', 'm2 1'],
  ])
  const { groups } = await latchkey.usage.breakdown({ range, by: 'OWNER', within: 'MODEL' })
  const changes = groups[0]?.within.map(({ label, totals, previous }) => [
    label,
    totals.costUsd,
    previous?.costUsd,
  ])
  expect(changes).toEqual([
    ['m2', '5', '0'],
    ['m1', '2', '10'],
    ['m3', '0', '0'],
  ])
})

test('of the keys of some owners alone, also where others spend more', async () => {
  const [mine, theirs] = [
    await latchkey.owners.create({ name: 'mine' }),
    await latchkey.owners.create({ name: 'theirs' }),
  ]
  const idOf = (at: number) => `key_${keys[at]?.id}`
  await latchkey.keys.update(idOf(0), { ownerId: mine.id })
  await latchkey.keys.update(idOf(1), { ownerId: theirs.id })
  const args = { by: 'OWNER', within: 'MODEL', first: 1 } as const
  const { groups } = await latchkey.usage.breakdown({ range, ...args, ownerIds: [mine.id] })
  expect(groups.map(({ share, within }) => [share.key, share.totals.costUsd, within.length])).toEqual([
    [mine.id, '3', 2],
  ])
  const pairs = async (asked: Omit<UsageBreakdownArgs, 'range'>) =>
    (await latchkey.usage.breakdown({ range, ...asked })).groups.map(({ share, within }) => [
      share.label,
      ...within.map(({ label, totals, previous }) => `${label} ${totals.costUsd} ${previous?.costUsd}`),
    ])
  expect(await pairs({ by: 'OWNER', within: 'API_KEY' })).toEqual([
    ['none', 'deleted keys 5 0', 'three 0 0'],
    ['theirs', 'two 4 1'],
    ['mine', 'one 3 9'],
  ])
  expect(await pairs({ by: 'API_KEY', within: 'OWNER', ownerIds: [mine.id] })).toEqual([['one', 'mine 3 9']])
  expect(await pairs({ by: 'LABEL', within: 'OWNER', label: 'env' })).toEqual([
    ['none', 'none 5 0'],
    ['test', 'theirs 4 1'],
    ['prod', 'mine 3 9'],
  ])
  const scopes = ['usage:read']
  const { token } = await latchkey.adminTokens.create({ name: 'mine', scopes, ownerIds: [mine.id] })
  const restricted = new Latchkey({ url: server.url, adminToken: token })
  expect((await restricted.usage.breakdown({ range, ...args, ownerIds: [theirs.id] })).groups).toEqual([])
  for (const at of [0, 1]) await latchkey.keys.update(idOf(at), { ownerId: null })
})

test('request logs are read slice by slice, newest first, and the response says where that ended', async () => {
  const plane = {
    store: server.app.store,
    ledger: server.app.ledger,
    clock: Date.now,
  } as unknown as ControlPlane
  const from = Date.UTC(2026, 4, 1)
  // A slice has 200,000.
  await insertRequestLogs(server, from, 200_100)
  const query = {
    fromMs: from,
    toMs: from + 3_600_000,
    by: 'ENDPOINT',
    label: null,
    tag: null,
    within: 'OUTCOME',
    ofOwners: null,
    first: 10,
    firstWithin: 10,
    rank: 'CALLS',
  } as const
  const all = await breakDownUsage(plane, systemActor('test'), query)
  expect([all.complete, all.countedFromMs, all.groups[0]?.totals.calls]).toEqual([true, from, 200_100])
  expect(all.groups[0]?.within[0]?.totals.denied).toBe(200_100)
  const one = await breakDownUsage(plane, systemActor('test'), query, 1)
  expect([one.complete, one.countedFromMs, one.groups[0]?.totals.calls]).toEqual([false, from + 100, 200_000])
})

test('over time, by tag', async () => {
  const series = await latchkey.usage.series({ range, bucket: 'DAY', groupBy: 'TAG', rank: 'COST' })
  expect(series.map(({ key, label, totals, points }) => [key, label, totals.costUsd, points.length])).toEqual(
    [
      ['feature=chat', 'feature=chat', '4', 1],
      ['feature=search', 'feature=search', '2', 1],
      ['team=blue', 'team=blue', '2', 1],
    ],
  )
})

test('every key is in one page, whatever the order, and pages of one hold what one page holds', async () => {
  for (const order of ['COST', 'CALLS', 'COST_CHANGE', 'UNPRICED'] as const) {
    const all: unknown[] = []
    for await (const { key } of latchkey.usage.byKey({ range, order })) all.push(key)
    expect(new Set(all)).toEqual(new Set(['deleted', ...keys.slice(0, 3).map(({ id }) => `key_${id}`)]))
    const paged: unknown[] = []
    let after: string | null = null
    do {
      const { data } = await server.graphql(
        `query ($range: DateTimeRange!, $order: UsageOrder!, $after: String) {
           usageByKey(range: $range, order: $order, first: 1, after: $after) { nodes { key } endCursor hasNextPage } }`,
        { range, order, after },
      )
      paged.push(...data.usageByKey.nodes.map(({ key }: { key: string }) => key))
      after = data.usageByKey.hasNextPage ? data.usageByKey.endCursor : null
    } while (after !== null)
    expect(paged).toEqual(all)
  }
})

test.for<[string, string]>([
  ['by: LABEL', 'label'],
  ['by: MODEL, label: "env"', 'label'],
  ['by: OWNER, within: UPSTREAM', 'within'],
  ['by: MODEL, within: LABEL', 'label'],
  ['by: MODEL, within: TAG', 'within'],
  ['by: MODEL, tag: "feature"', 'tag'],
  ['by: TAG, tag: ""', 'tag'],
  ['by: MODEL, within: MODEL', 'within'],
  ['by: MODEL, first: 0', 'first'],
  ['by: MODEL, ownerIds: ["own_1"]', 'ownerIds'],
  ['by: OWNER, ownerIds: []', 'ownerIds'],
  ['by: OWNER, ownerIds: ["x"]', 'ownerIds'],
  ['by: MODEL, within: UPSTREAM, firstWithin: 21', 'firstWithin'],
])('%s is an error that names %s', async ([args, param]) => {
  const { errors } = await server.graphql(`{ usageBreakdown(range: {}, ${args}) { complete } }`)
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  expect(errors?.[0]?.message).toContain(param)
})

test('a cursor from elsewhere is refused', async () => {
  const { errors } = await server.graphql('{ usageByKey(range: {}, after: "1:x") { endCursor } }')
  expect(errors?.[0]?.message).toContain('after')
})
