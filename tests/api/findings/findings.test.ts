import { Latchkey } from '@latchkey/sdk'
import { DAY_MS, HOUR_MS } from '@latchkey/server/domain/time.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, signIn } from '../../support/api/client.ts'
import { rollupRow } from '../../support/databases/rollup-row.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { logOf } from '../../support/server/request-logs.ts'

let latchkey: TestLatchkey
let sdk: Latchkey
// The calls of a test have the time of the machine in their ids.
let aheadMs = 0
const now = () => Date.now() + aheadMs

beforeAll(async () => {
  latchkey = await startLatchkey({ clock: now, env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())

/** Findings are some seconds old, a minute at most; a clock that was put back makes them old, too. */
function another(): void {
  aheadMs = aheadMs === 0 ? 61_000 : 0
}

async function codesOf(targetId: string | undefined): Promise<string[]> {
  another()
  const { items } = await sdk.findings.list({
    filter: targetId === undefined ? {} : { targetId },
    first: 100,
  })
  return items.map(({ code }) => code).sort()
}

const LIMITED = { limits: [{ unit: 'REQUESTS', window: 'DAY', max: 1_000 }] } as const
let names = 0
const make = async (policy: object | null = LIMITED) =>
  (await sdk.keys.create({ name: `key ${++names}`, policy, neverExpires: true })).apiKey

async function set(id: string, columns: Record<string, unknown>): Promise<void> {
  await latchkey.app.store.prisma.apiKey.update({ where: { id: Number(id.slice(4)) }, data: columns })
}

const ago = (days: number) => new Date(now() - days * DAY_MS)

describe('a key', () => {
  test('that is as it should be has none', async () => {
    expect(await codesOf((await make()).id)).toEqual([])
  })

  test.for<[string, (id: string) => Promise<void>]>([
    ['KEY_EXPIRES_SOON', (id) => set(id, { expiresAt: ago(-6), createdAt: ago(9), updatedAt: ago(9) })],
    ['KEY_UNUSED', (id) => set(id, { lastUsedAt: ago(91) })],
    ['KEY_NEVER_ROTATED', (id) => set(id, { secretCreatedAt: ago(181) })],
  ])('%s, with since when and what mends it', async ([code, age]) => {
    const { id, name } = await make()
    await age(id)
    expect(await codesOf(id)).toEqual([code])
    const [found] = (await sdk.findings.list({ filter: { targetId: id } })).items
    expect(found).toMatchObject({
      targetType: 'ApiKey',
      targetLabel: name,
      mutation: expect.stringMatching(/ApiKey$/),
    })
    expect(Date.parse(found?.since ?? '')).toBeLessThanOrEqual(now())
    expect(found?.sinceAtLeast).toBe(false)
    // A disabled key has none.
    await sdk.keys.disable(id)
    expect(await codesOf(id)).toEqual([])
  })

  test('that is mended has none for the next reader', async () => {
    const { id } = await make(null)
    const list = async () => (await sdk.findings.list({ filter: { targetId: id } })).items
    expect(await list()).toMatchObject([{ code: 'KEY_WITHOUT_LIMITS' }])
    await sdk.keys.update(id, { policy: LIMITED })
    expect(await list()).toEqual([])
  })

  test.for<[object | null]>([
    [null],
    [{ limits: [{ unit: 'REQUESTS', window: 'DAY', max: 9, mode: 'SHADOW' }] }],
    [{ models: { allow: ['a'] } }],
  ])('with the policy %j has no limit', async ([policy]) => {
    expect(await codesOf((await make(policy)).id)).toEqual(['KEY_WITHOUT_LIMITS'])
  })

  test('that has spent 80 % of a budget, of its hours and its days', async () => {
    const policy = { budgets: [{ window: 'MONTH', limitUsd: '10', timeZone: 'UTC' }] }
    const [over, under] = [await make(policy), await make(policy)]
    await spend(over.id, 8_000_000_000n)
    await spend(under.id, 7_900_000_000n)
    expect(await codesOf(over.id)).toEqual(['KEY_BUDGET_OVER_80'])
    expect(await codesOf(under.id)).toEqual([])
    const [found] = (await sdk.findings.list({ filter: { targetId: over.id } })).items
    expect(found?.detail).toMatchObject({ usedPercent: 80, spentUsd: '8', limitUsd: '10', window: 'MONTH' })
    // The account does not say when it was 80 %.
    expect(found).toMatchObject({ since: null, sinceAtLeast: false })
  })

  test('whose allow-list is wider than what it uses', async () => {
    const policy = { ...LIMITED, models: { allow: ['used-*', 'never', 'other'] } }
    const key = await make(policy)
    await set(key.id, { createdAt: ago(31), lastUsedAt: ago(1) })
    await rollup({
      kind: 'KEY_MODEL_HOUR',
      apiKeyId: Number(key.id.slice(4)),
      bucket: hour(),
      value: 'used-1',
    })
    expect(await codesOf(key.id)).toEqual(['KEY_ALLOWS_UNUSED_MODELS'])
    const [found] = (await sdk.findings.list({ filter: { targetId: key.id } })).items
    expect(found?.detail.models).toEqual(['never', 'other'])
  })

  test('whose calls are denied now, and no longer once one succeeds', async () => {
    const made = await sdk.keys.create({
      name: 'refused',
      policy: { ...LIMITED, models: { allow: ['echo'] } },
    })
    const { id } = made.apiKey
    await logOf(latchkey, await chat(latchkey, made.secret, { model: 'another' }))
    expect(await codesOf(id)).toEqual(['KEY_MODEL_REFUSED'])
    const [found] = (await sdk.findings.list({ filter: { targetId: id } })).items
    expect(found).toMatchObject({ severity: 'MEDIUM', detail: { errorCode: 'model_not_allowed', calls: 1 } })
    await logOf(latchkey, await chat(latchkey, made.secret, { model: 'echo' }))
    expect(await codesOf(id)).toEqual([])
  })

  test('but not that the built-in echo has no price, since it is free of charge, also within a budget', async () => {
    const made = await sdk.keys.create({
      name: 'echoed',
      policy: { ...LIMITED, budgets: [{ window: 'MONTH', limitUsd: '1' }] },
    })
    const reply = await chat(latchkey, made.secret, { model: 'auto' })
    expect(reply.status).toBe(200)
    expect(await logOf(latchkey, reply)).toMatchObject({ costNanoUsd: null, receipt: null })
    expect(await codesOf('auto')).toEqual([])
    expect(await codesOf(made.apiKey.id)).toEqual([])
    const explained = await sdk.keys.explain(made.apiKey.id, { model: 'echo' })
    expect(explained).toMatchObject({ admitted: true })
  })

  test('whose former secret is still used', async () => {
    const made = await sdk.keys.create({ name: 'rotated', policy: LIMITED })
    await sdk.keys.rotate(made.apiKey.id, { graceSeconds: 86_400 })
    await logOf(latchkey, await chat(latchkey, made.secret, { model: 'echo' }))
    expect(await codesOf(made.apiKey.id)).toEqual(['KEY_FORMER_SECRET_USED'])
    await sdk.keys.stopFormerSecret(made.apiKey.id)
    expect(await codesOf(made.apiKey.id)).toEqual([])
  })
})

test('an upstream over plain HTTP, but for one on this machine', async () => {
  const far = await sdk.upstreams.create({ name: 'far', kind: 'GENERIC', baseUrl: 'http://192.0.2.1/v1' })
  const near = await sdk.upstreams.create({ name: 'near', kind: 'GENERIC', baseUrl: 'http://127.0.0.1:9/v1' })
  expect(await codesOf(far.id)).toEqual(['UPSTREAM_PLAIN_HTTP'])
  expect(await codesOf(near.id)).toEqual([])
})

test('a model whose calls had no known cost', async () => {
  // That of no model: of batches and runs.
  for (const value of ['costless', ''])
    await rollup({
      kind: 'MODEL_DAY',
      apiKeyId: 0,
      bucket: Math.floor(now() / DAY_MS),
      value,
      unpricedCalls: 3n,
    })
  expect(await codesOf('costless')).toEqual(['MODEL_WITHOUT_PRICE'])
  expect(await codesOf('')).toEqual([])
})

test('calls of `auto` and of names that a pattern fits count for the model that takes them', async () => {
  const upstream = await sdk.upstreams.create({
    name: 'priceless',
    kind: 'GENERIC',
    baseUrl: 'https://192.0.2.7/v1',
  })
  const model = (name: string, isDefault: boolean) =>
    sdk.models.create({ name, isDefault, routes: [{ upstreamId: upstream.id, upstreamModel: name }] })
  const chosen = await model('house-model', true)
  const pattern = await model('house-*', false)
  for (const value of ['auto', 'house-model', 'house-small', 'house-large'])
    await rollup({
      kind: 'MODEL_DAY',
      apiKeyId: 0,
      // Calls of other tests have today's.
      bucket: Math.floor(now() / DAY_MS) - 1,
      value,
      unpricedCalls: 2n,
    })
  const found = async () => {
    another()
    const { items } = await sdk.findings.list({ first: 100, filter: { code: ['MODEL_WITHOUT_PRICE'] } })
    return items.filter(({ targetLabel }) => targetLabel !== 'costless')
  }
  const ofPattern = { targetId: pattern.id, targetLabel: 'house-*', detail: { calls: 4 } }
  expect(await found()).toMatchObject([
    { targetId: chosen.id, targetLabel: 'house-model', detail: { calls: 4 } },
    ofPattern,
  ])
  // While its routes are switched off it takes no calls; its price is missing as before.
  await sdk.upstreams.update(upstream.id, { enabled: false })
  expect((await found()).filter(({ targetId }) => targetId === pattern.id)).toMatchObject([ofPattern])
  await sdk.upstreams.update(upstream.id, { enabled: true })
  // It was another model that the calls of `auto` went to then.
  const base = [
    { unit: 'INPUT_TOKEN' as const, usd: '1' },
    { unit: 'OUTPUT_TOKEN' as const, usd: '1' },
  ]
  await sdk.models.update(chosen.id, { price: { base } })
  expect(await codesOf('auto')).toEqual(['MODEL_WITHOUT_PRICE'])
})

test('the installation: one admin of the default name', async () => {
  const all = await codesOf(undefined)
  expect(all).toContain('ADMIN_ALONE')
  expect(all).not.toContain('LISTENS_WITHOUT_TLS')
})

test('who lacks the scope of what a finding is about does not see it', async () => {
  const cookie = await signIn(latchkey)
  const { prisma } = latchkey.app.store
  await prisma.admin.updateMany({ data: { role: 'VIEWER' } })
  const query = '{ findings(first: 100) { nodes { code } } findingCounts { code } }'
  const { data } = await graphql(latchkey, query, {}, { cookie })
  await prisma.admin.updateMany({ data: { role: 'OWNER' } })
  const codes = data.findings.nodes.map(({ code }: { code: string }) => code)
  expect(codes).toContain('UPSTREAM_PLAIN_HTTP')
  expect(codes).not.toContain('ADMIN_ALONE')
  expect(data.findingCounts.map(({ code }: { code: string }) => code)).not.toContain('ADMIN_ALONE')
})

describe('a dismissed finding', () => {
  test('is not shown until its cause has begun anew, and says why', async () => {
    const { id } = await make()
    await set(id, { expiresAt: ago(-3) })
    await codesOf(id)
    const [found] = (await sdk.findings.list({ filter: { targetId: id } })).items
    const dismissed = await sdk.findings.dismiss(found?.id ?? '', 'It ends with the project.')
    expect(dismissed.dismissal).toMatchObject({ reason: 'It ends with the project.', by: 'environment' })
    expect(await codesOf(id)).toEqual([])
    const hidden = await sdk.findings.list({ filter: { targetId: id, dismissed: true } })
    expect(hidden.items.map(({ id: each }) => each)).toEqual([found?.id])
    const { data } = await latchkey.graphql('query ($id: ID!) { apiKey(id: $id) { findings { code } } }', {
      id,
    })
    expect(data.apiKey.findings).toEqual([])

    await sdk.findings.restore(found?.id ?? '')
    expect(await codesOf(id)).toEqual(['KEY_EXPIRES_SOON'])

    await sdk.findings.dismiss(found?.id ?? '', 'again')
    await set(id, { expiresAt: ago(-30) })
    expect(await codesOf(id)).toEqual([])
    await set(id, { expiresAt: ago(-3) })
    expect(await codesOf(id)).toEqual(['KEY_EXPIRES_SOON'])
  })

  test('may be one of several for one reason; those that have ended are left out', async () => {
    const [one, other] = [await make(), await make()]
    for (const { id } of [one, other]) await set(id, { lastUsedAt: ago(100) })
    await codesOf(one.id)
    const ids = [one, other].map(({ id }) => `KEY_UNUSED:${id}`)
    const done = await sdk.findings.dismissAll([...ids, ...ids, 'KEY_UNUSED:key_999'], 'Seasonal.')
    expect([...done].sort()).toEqual([...ids].sort())
    expect([await codesOf(one.id), await codesOf(other.id)]).toEqual([[], []])
    const [hidden] = (await sdk.findings.list({ filter: { targetId: other.id, dismissed: true } })).items
    expect(hidden?.dismissal).toMatchObject({ reason: 'Seasonal.', by: 'environment' })
    expect([...(await sdk.findings.restoreAll(ids))].sort()).toEqual([...ids].sort())
    expect(await codesOf(one.id)).toEqual(['KEY_UNUSED'])
  })

  test.for([
    [[], 'x', 'OUT_OF_RANGE ids'],
    [Array.from({ length: 501 }, (_, at) => `KEY_UNUSED:key_${at}`), 'x', 'OUT_OF_RANGE ids'],
    [['KEY_UNUSED:key_999'], 'x', 'NOT_FOUND ids'],
    [['ADMIN_ALONE:server'], '', 'REQUIRED reason'],
  ] as const)('of several is refused case %#', async ([ids, reason, problem]) => {
    const mutation =
      'mutation ($input: DismissFindingsInput!) { dismissFindings(input: $input) { findingIds userErrors { code field } } }'
    const { data } = await latchkey.graphql(mutation, { input: { ids, reason } })
    expect(data.dismissFindings.findingIds).toEqual([])
    const [error] = data.dismissFindings.userErrors
    expect(`${error.code} ${error.field.at(-1)}`).toBe(problem)
  })

  test.for([
    ['KEY_UNUSED:key_999', 'why', 'NOT_FOUND id'],
    ['x'.repeat(5_000), 'why', 'NOT_FOUND id'],
    ['ADMIN_ALONE:server', ' ', 'REQUIRED reason'],
    ['ADMIN_ALONE:server', 'x'.repeat(501), 'TOO_LONG reason'],
  ])('of %s because of %s is %s', async ([id, reason, problem]) => {
    const mutation =
      'mutation ($input: DismissFindingInput!) { dismissFinding(input: $input) { finding { id } userErrors { code field } } }'
    const { data } = await latchkey.graphql(mutation, { input: { id, reason } })
    const [error] = data.dismissFinding.userErrors
    expect(`${error.code} ${error.field.at(-1)}`).toBe(problem)
  })
})

test('keys are filtered by finding, and pages of findings do not overlap', async () => {
  const { id } = await make()
  await set(id, { lastUsedAt: ago(120) })
  await codesOf(id)
  const { items } = await sdk.keys.list({ filter: { finding: ['KEY_UNUSED'] }, first: 100 })
  expect(items.map((key) => key.id)).toContain(id)
  expect((await sdk.keys.list({ filter: { finding: [] } })).items).toEqual([])
  const all = []
  for await (const found of sdk.findings.list({ first: 2 })) all.push(found.id)
  expect(new Set(all).size).toBe(all.length)
  const counts = await sdk.findings.counts()
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(all.length)
})

test('the key that expires first is the first of its kind', async () => {
  const later = await make()
  const sooner = await make()
  await set(later.id, { expiresAt: ago(-5) })
  await set(sooner.id, { expiresAt: ago(-2) })
  another()
  const { items } = await sdk.findings.list({ filter: { code: ['KEY_EXPIRES_SOON'] }, first: 100 })
  const ends = items.map(({ detail }) => String(detail.at))
  expect(items.length).toBeGreaterThanOrEqual(2)
  expect(ends).toEqual(ends.toSorted())
})

test('20,000 keys take as many queries as ten do', async () => {
  const sql = latchkey.app.store[SQL]
  const count = async () => {
    const { all, scan } = sql
    let queries = 0
    // What is read beside, once a second, is not what is asked here.
    const note = (text: string) => {
      if (!/"(Audit|Alert)/.test(text)) queries++
    }
    sql.all = (text, values) => {
      note(text)
      return all(text, values)
    }
    sql.scan = (text, values) => {
      note(text)
      return scan(text, values)
    }
    another()
    const list = await sdk.findings.list({ first: 1 })
    sql.all = all
    sql.scan = scan
    return { queries, total: list.totalCount ?? 0 }
  }
  const few = await count()
  const instant = latchkey.app.store.kind === 'sqlite' ? String(now()) : 'CURRENT_TIMESTAMP'
  const [series, hash] =
    latchkey.app.store.kind === 'sqlite'
      ? [
          '(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) SELECT n FROM c)',
          'randomblob(32)',
        ]
      : ['generate_series(1, 20000) AS s(n)', "decode(md5(n::text) || md5('x' || n), 'hex')"]
  await sql.batch([
    {
      text: `INSERT INTO "ApiKey" ("name", "secretHash", "secretStart", "createdAt", "updatedAt")
        SELECT 'many', ${hash}, 'aaaaaaaa', ${instant}, ${instant} FROM ${series}`,
      values: [],
    },
  ])
  const many = await count()
  expect(many.total).toBeGreaterThanOrEqual(few.total + 20_000)
  expect(many.queries).toBe(few.queries)
  expect(many.queries).toBeLessThanOrEqual(12)
})

const hour = () => Math.floor(now() / HOUR_MS)

type Rollup = {
  kind: string
  apiKeyId: number
  bucket: number
  value: string
  unpricedCalls?: bigint
  costNanoUsd?: bigint
}

async function rollup(row: Rollup): Promise<void> {
  await latchkey.app.store.prisma.usageRollup.create({ data: rollupRow(row) })
}

/** Spent today, as rollups by hour and by day have it. */
async function spend(id: string, costNanoUsd: bigint): Promise<void> {
  const value = id.slice(4)
  await rollup({ kind: 'KEY_HOUR', apiKeyId: 0, bucket: hour(), value, costNanoUsd })
  await rollup({ kind: 'KEY_DAY', apiKeyId: 0, bucket: Math.floor(now() / DAY_MS), value, costNanoUsd })
}
