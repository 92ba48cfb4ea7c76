// What lists of keys, upstreams and models show in each row, and the filters above them.
import { Latchkey } from '@latchkey/sdk'
import { HOUR_MS } from '@latchkey/server/domain/time.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rollupRow } from '../../support/databases/rollup-row.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'

let latchkey: TestLatchkey
let sdk: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())

let names = 0
const aKey = async (policy: object | null = null) =>
  sdk.keys.create({ name: `key ${++names}`, policy, neverExpires: true })

async function rollup(row: { kind: string; value: string; hoursAgo?: number } & Record<string, unknown>) {
  const { hoursAgo = 0, ...columns } = row
  const bucket = Math.floor(Date.now() / HOUR_MS) - hoursAgo
  const data = rollupRow({ bucket, calls: 0n, successes: 0n, ...columns })
  await latchkey.app.store.prisma.usageRollup.create({ data })
}

const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0)

describe('activity', () => {
  test('counts by the hour what succeeded, was denied and failed, of each key', async () => {
    const [busy, idle] = [await aKey({ models: { allow: ['echo'] } }), await aKey()]
    await logOf(latchkey, await chat(latchkey, busy.secret, { model: 'echo' }))
    await logOf(latchkey, await chat(latchkey, busy.secret, { model: 'forbidden' }))
    const value = busy.apiKey.id.slice(4)
    await rollup({
      kind: 'KEY_HOUR',
      value,
      hoursAgo: 23,
      calls: 9n,
      successes: 3n,
      denied: 2n,
      cancelled: 1n,
    })
    await rollup({ kind: 'KEY_HOUR', value, hoursAgo: 24, calls: 50n })
    const { data, errors } = await latchkey.graphql(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ApiKey { activity { since until calls p95DurationMs successes denied failures cancelled } } } }',
      { ids: [busy.apiKey.id, idle.apiKey.id] },
    )
    expect(errors).toBeUndefined()
    const [one, other] = data.nodes.map(({ activity }: { activity: unknown }) => activity)
    expect(one.calls).toBe(11)
    expect(one.p95DurationMs).toEqual(expect.any(Number))
    for (const name of ['successes', 'denied', 'failures', 'cancelled']) expect(one[name]).toHaveLength(24)
    expect([one.successes[0], one.denied[0], one.failures[0], one.cancelled[0]]).toEqual([3, 2, 3, 1])
    expect([sum(one.successes), sum(one.denied), sum(one.failures)]).toEqual([4, 3, 3])
    expect(Date.parse(one.since) % HOUR_MS).toBe(0)
    const hours = (Date.parse(one.until) - Date.parse(one.since)) / HOUR_MS
    expect([hours > 23, hours <= 24]).toEqual([true, true])
    expect(other).toMatchObject({ calls: 0, p95DurationMs: null })
    expect(sum([...other.successes, ...other.denied, ...other.failures])).toBe(0)
  })

  test('spans the very calls that the request logs list for it, and none after it', async () => {
    const key = await aKey()
    const called = async () => logOf(latchkey, await chat(latchkey, key.secret, { model: 'echo' }))
    for (let calls = 0; calls < 2; calls++) await called()
    const [row] = await sdk.keys.activity([key.apiKey.id])
    const counted = row?.activity
    await called()
    const apiKeyId = [key.apiKey.id]
    const at = { from: counted?.since ?? '', to: counted?.until ?? '' }
    expect([
      counted?.calls,
      await sdk.logs.count({ apiKeyId, at }),
      await sdk.logs.count({ apiKeyId }),
    ]).toEqual([2, 2, 3])
  })

  test('says what each key has spent this month, and what was found about it', async () => {
    const [spender, idle] = [await aKey(), await aKey()]
    const day = Math.floor(Date.now() / (24 * HOUR_MS))
    const value = spender.apiKey.id.slice(4)
    await rollup({ kind: 'KEY_DAY', value, bucket: day, calls: 1n, costNanoUsd: 1_250_000_001n })
    await rollup({ kind: 'KEY_DAY', value, bucket: day - 40, calls: 1n, costNanoUsd: 9_000_000_000n })
    const rows = await sdk.keys.activity([spender.apiKey.id, idle.apiKey.id])
    expect(rows.map(({ monthSpendUsd }) => monthSpendUsd)).toEqual(['1.250000001', '0'])
    expect(rows[0]?.findings).toEqual(expect.any(Array))
  })

  test('of upstreams and models, and no pattern; hours are bounded', async () => {
    const upstream = await sdk.upstreams.create({
      name: 'act',
      kind: 'GENERIC',
      baseUrl: 'http://127.0.0.1:9/v1',
    })
    const [model, pattern] = await Promise.all(
      ['act-model', 'act-*'].map((name) =>
        sdk.models.create({ name, routes: [{ upstreamId: upstream.id }] }),
      ),
    )
    await rollup({ kind: 'UPSTREAM_HOUR', value: 'act', calls: 4n, successes: 1n })
    await rollup({ kind: 'MODEL_HOUR', value: 'act-model', calls: 2n, successes: 2n })
    const fields = 'activity(hours: 2) { calls successes failures }'
    const { data } = await latchkey.graphql(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Upstream { ${fields} } ... on Model { ${fields} } } }`,
      { ids: [upstream.id, model?.id, pattern?.id] },
    )
    expect(data.nodes).toEqual([
      { activity: { calls: 4, successes: [0, 1], failures: [0, 3] } },
      { activity: { calls: 2, successes: [0, 2], failures: [0, 0] } },
      { activity: null },
    ])
    for (const hours of [0, 169]) {
      const { errors } = await latchkey.graphql(
        `{ apiKeys { nodes { activity(hours: ${hours}) { calls } } } }`,
      )
      expect(errors?.[0]?.message).toMatch(/hours must be from 1 to 168/)
    }
  })
})

test('a page of keys is one statement for their activity, one for the spend of each window, and one for that of the month', async () => {
  const policy = { budgets: [{ window: 'MONTH', limitUsd: '10' }] }
  const made = await Promise.all(Array.from({ length: 10 }, () => aKey(policy)))
  const sql = latchkey.app.store[SQL]
  const { all, scan } = sql
  const statements: string[] = []
  const noting = (run: typeof all): typeof all => {
    return (text, values) => {
      if (text.includes('"UsageRollup"')) statements.push(text)
      return run(text, values)
    }
  }
  Object.assign(sql, { all: noting(all), scan: noting(scan) })
  try {
    // Without findings, which are computed for all keys, now and then.
    const { data } = await latchkey.graphql(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ApiKey { activity { calls } budgetUsage { usedPercent limitUsd } monthSpendUsd } } }',
      { ids: made.map(({ apiKey }) => apiKey.id) },
    )
    expect(data.nodes).toHaveLength(10)
    expect(data.nodes[0].budgetUsage).toMatchObject([{ usedPercent: 0, limitUsd: '10' }])
  } finally {
    Object.assign(sql, { all, scan })
  }
  expect(statements).toHaveLength(3)
})

describe('budgets', () => {
  test('each key says what is used of them, and lists are filtered by it', async () => {
    const policy = {
      budgets: [
        { window: 'TOTAL', limitUsd: '10' },
        { window: 'MONTH', limitUsd: '100', model: 'gpt-*' },
        { window: 'DAY', limitUsd: '1', mode: 'SHADOW' },
      ],
    }
    const [spent, fresh, free] = [await aKey(policy), await aKey(policy), await aKey()]
    const apiKeyId = Number(spent.apiKey.id.slice(4))
    await rollup({ kind: 'KEY_MODEL_HOUR', apiKeyId, value: 'gpt-x', calls: 1n, costNanoUsd: 8_500_000_000n })
    const { data, errors } = await latchkey.graphql(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ApiKey { budgetUsage { window model limitUsd spentUsd usedPercent } } } }',
      { ids: [spent.apiKey.id, fresh.apiKey.id, free.apiKey.id] },
    )
    expect(errors).toBeUndefined()
    expect(data.nodes.map(({ budgetUsage }: { budgetUsage: unknown }) => budgetUsage)).toEqual([
      [
        { window: 'MONTH', model: 'gpt-*', limitUsd: '100', spentUsd: '8.5', usedPercent: 8 },
        { window: 'TOTAL', model: null, limitUsd: '10', spentUsd: '8.5', usedPercent: 85 },
      ],
      [expect.objectContaining({ usedPercent: 0 }), expect.objectContaining({ usedPercent: 0 })],
      [],
    ])
    const over = async (budgetUsedAtLeast: number) =>
      (await sdk.keys.list({ filter: { budgetUsedAtLeast } })).items.map(({ id }) => id)
    expect(await over(85)).toEqual([spent.apiKey.id])
    expect(await over(86)).toEqual([])
    const both = await sdk.keys.list({ filter: { budgetUsedAtLeast: 1, finding: ['KEY_WITHOUT_LIMITS'] } })
    expect(both.items).toEqual([])
    await expect(over(0)).rejects.toThrow(/1 to 1000/)
  })
})

test('the counts of the chips are those of the lists, for whoever sees them', async () => {
  const owner = await sdk.owners.create({ name: 'counted' })
  const mine = await sdk.keys.create({ name: 'mine', ownerId: owner.id, neverExpires: true })
  await sdk.keys.disable((await aKey()).apiKey.id)
  await sdk.keys.revoke((await aKey()).apiKey.id)
  const counts = await sdk.keys.counts()
  const listed = async (filter: object) =>
    (await Array.fromAsync(sdk.keys.list({ first: 100, filter }))).length
  expect(counts).toMatchObject({
    total: await listed({}),
    active: await listed({ status: ['ACTIVE'] }),
    disabled: 1,
    revoked: 1,
    expired: 0,
  })
  expect(counts.withoutLimits).toBeGreaterThan(0)
  const { token } = await sdk.adminTokens.create({
    name: 'some',
    scopes: ['keys:read'],
    ownerIds: [owner.id],
  })
  const restricted = new Latchkey({ url: latchkey.url, adminToken: token })
  expect(await restricted.keys.counts()).toMatchObject({ total: 1, active: 1, revoked: 0 })
  expect((await restricted.keys.list()).items.map(({ id }) => id)).toEqual([mine.apiKey.id])
})

test('many keys expire in so many days, or at an instant, and not by both', async () => {
  const { apiKey } = await aKey()
  const { results } = await sdk.keys.bulk.expire({ ids: [apiKey.id], expiresInDays: 3 })
  const expiresAt = Date.parse(results[0]?.apiKey?.expiresAt ?? '')
  expect(Math.abs(expiresAt - (Date.now() + 3 * 24 * HOUR_MS))).toBeLessThan(HOUR_MS)
  for (const expiresInDays of [0, 3651])
    await expect(sdk.keys.bulk.expire({ ids: [apiKey.id], expiresInDays })).rejects.toThrow(/1 to 3650/)
  const expiresBoth = { expiresInDays: 3, expiresAt: new Date(Date.now() + HOUR_MS).toISOString() }
  await expect(sdk.keys.bulk.expire({ ids: [apiKey.id], ...expiresBoth })).rejects.toThrow(/one of/)
})
