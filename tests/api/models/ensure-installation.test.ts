// Upstreams, models and owners that automation describes by their external ids; and the recipe of docs/reference/automation.md: a whole
// installation, described by a program that may be run at any time, by any number of runners.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { type RecordingUpstream, startRecordingUpstream } from '../../support/upstreams/recording-upstream.ts'

let latchkey: TestLatchkey
let provider: RecordingUpstream
let sdk: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
  provider = await startRecordingUpstream()
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => Promise.all([latchkey.close(), provider.close()]))

const eventsOf = (targetId: string) => latchkey.app.store.prisma.auditEvent.count({ where: { targetId } })
const aProvider = (externalId: string, name = externalId) =>
  ({ externalId, name, kind: 'GENERIC', baseUrl: 'http://127.0.0.1:9/v1' }) as const

describe('ensureUpstream', () => {
  test('creates once, changes what is described, and writes nothing where nothing changes', async () => {
    const input = {
      ...aProvider('provider/1', 'provider-1'),
      credentials: [
        { secret: 'secret-number-one', name: 'main' },
        { secret: 'secret-number-two', weight: 3 },
      ],
      headers: [
        { name: 'X-Team', value: 'blue' },
        { name: 'X-Pass', value: 'hidden', secret: true },
      ],
      idleTimeoutMs: 5_000,
    }
    const made = await sdk.upstreams.ensure(input)
    expect(made).toMatchObject({ created: true, upstream: { externalId: 'provider/1', version: 1 } })
    expect(await sdk.upstreams.ensure(input)).toEqual({ ...made, created: false })
    expect(await eventsOf(made.upstream.id)).toBe(1)

    // Another name of the same secret, another secret of the same name, and a new one.
    const changed = await sdk.upstreams.ensure({
      ...input,
      credentials: [
        { secret: 'secret-number-four', name: 'main' },
        { secret: 'secret-number-two', name: 'second' },
        { secret: 'secret-number-three', name: 'third' },
      ],
    })
    const [main, second] = made.upstream.credentials
    expect(changed.upstream.credentials).toMatchObject([
      { id: main?.id, name: 'main', lastFour: 'four' },
      { id: second?.id, name: 'second', weight: 1, lastFour: '-two' },
      { name: 'third' },
    ])
    expect(changed.upstream).toMatchObject({
      version: 2,
      idleTimeoutMs: 5_000,
      headers: made.upstream.headers,
    })
    // Absent lists and fields stay; null clears.
    const kept = await sdk.upstreams.ensure({ ...aProvider('provider/1', 'provider-1'), idleTimeoutMs: null })
    expect(kept.upstream).toMatchObject({ idleTimeoutMs: null, credentials: changed.upstream.credentials })
    // To another server, the secrets go because they are sent.
    const moved = await sdk.upstreams.ensure({ ...input, baseUrl: 'http://127.0.0.1:10/v1' })
    expect(moved.upstream.credentials.every(({ readable }) => readable)).toBe(true)
    expect(moved.upstream.credentials).toHaveLength(2)
  })

  test('400 at once make one', async () => {
    const input = { ...aProvider('crowd'), credentials: [{ secret: 'the-secret-of-all' }] }
    const all = await Promise.all(Array.from({ length: 400 }, () => sdk.upstreams.ensure(input)))
    expect(new Set(all.map(({ upstream }) => upstream.id)).size).toBe(1)
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    expect(await eventsOf(all[0]?.upstream.id ?? '')).toBe(1)
  })

  test('says what is wrong', async () => {
    await expect(sdk.upstreams.ensure({ ...aProvider('a b', 'x') })).rejects.toMatchObject({
      userErrors: [{ code: 'INVALID', field: ['input', 'externalId'] }],
    })
    await sdk.upstreams.create({ ...aProvider('mine') })
    await expect(sdk.upstreams.ensure({ ...aProvider('other', 'mine') })).rejects.toMatchObject({
      userErrors: [{ code: 'TAKEN', field: ['input', 'name'] }],
    })
    await expect(sdk.upstreams.create({ ...aProvider('mine', 'not-mine') })).rejects.toMatchObject({
      userErrors: [{ code: 'TAKEN', field: ['input', 'externalId'] }],
    })
    const { upstream } = await sdk.upstreams.ensure(aProvider('free'))
    await expect(sdk.upstreams.update(upstream.id, { externalId: 'mine' })).rejects.toMatchObject({
      userErrors: [{ code: 'TAKEN', field: ['input', 'externalId'] }],
    })
    expect((await sdk.upstreams.update(upstream.id, { externalId: null })).externalId).toBeNull()
  })
})

describe('ensureModel', () => {
  test('creates once, changes what is described, and writes nothing where nothing changes', async () => {
    const { upstream } = await sdk.upstreams.ensure(aProvider('for-models'))
    const input = {
      externalId: 'chat/1',
      name: 'chat-1',
      routes: [{ upstreamId: upstream.id }],
      maxOutputTokens: 9,
    }
    const made = await sdk.models.ensure(input)
    expect(made).toMatchObject({
      created: true,
      model: { externalId: 'chat/1', maxOutputTokens: 9, version: 1 },
    })
    expect(await sdk.models.ensure(input)).toEqual({ ...made, created: false })
    expect(await eventsOf(made.model.id)).toBe(1)
    const routes = [{ upstreamId: upstream.id, upstreamModel: 'other', weight: 2 }]
    const changed = await sdk.models.ensure({ externalId: 'chat/1', name: 'renamed-1', routes })
    expect(changed.model).toMatchObject({ name: 'renamed-1', maxOutputTokens: 9, version: 2 })
    await expect(
      sdk.models.ensure({ externalId: 'chat/2', name: 'renamed-1', routes }),
    ).rejects.toMatchObject({
      userErrors: [{ code: 'TAKEN', field: ['input', 'name'] }],
    })
    await expect(sdk.models.create({ externalId: 'chat/1', name: 'x', routes })).rejects.toMatchObject({
      userErrors: [{ code: 'TAKEN', field: ['input', 'externalId'] }],
    })
    await expect(sdk.models.ensure({ externalId: 'ü', name: 'x', routes })).rejects.toMatchObject({
      userErrors: [{ code: 'INVALID', field: ['input', 'externalId'] }],
    })
  })

  test('400 at once make one', async () => {
    const { upstream } = await sdk.upstreams.ensure(aProvider('for-models'))
    const input = { externalId: 'crowd', name: 'crowd', routes: [{ upstreamId: upstream.id }] }
    const all = await Promise.all(Array.from({ length: 400 }, () => sdk.models.ensure(input)))
    expect(new Set(all.map(({ model }) => model.id)).size).toBe(1)
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    expect(await eventsOf(all[0]?.model.id ?? '')).toBe(1)
  })
})

describe('ensureLabelLimit', () => {
  const label = { name: 'env', value: 'prod' }
  const policy = (max: number) => ({ limits: [{ unit: 'REQUESTS' as const, window: 'DAY' as const, max }] })

  test('creates limits once, and changes what is described', async () => {
    const input = { name: 'Production', label, policy: policy(5) }
    const all = await Promise.all(Array.from({ length: 20 }, () => sdk.labelLimits.ensure(input)))
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    const [{ labelLimit: made } = expect.fail()] = all
    expect(new Set(all.map(({ labelLimit }) => labelLimit.id))).toEqual(new Set([made.id]))
    expect(made).toMatchObject({ enabled: true, version: 1, label })
    await sdk.labelLimits.update(made.id, { enabled: false })
    const changed = await sdk.labelLimits.ensure({ ...input, policy: policy(6) })
    expect(changed).toMatchObject({ created: false, labelLimit: { enabled: false, version: 3 } })
    expect(changed.labelLimit.policy.limits).toMatchObject([{ max: 6 }])
    const on = await sdk.labelLimits.ensure({ ...input, policy: policy(6), enabled: true })
    expect(on.labelLimit).toMatchObject({ enabled: true, version: 4 })
  })

  test('refuses another label for a name, and what no new limits may have', async () => {
    const refused = (input: object, problem: object) =>
      expect(
        sdk.labelLimits.ensure({ name: 'Production', label, policy: policy(5), ...input }),
      ).rejects.toMatchObject({ userErrors: [problem] })
    await refused(
      { label: { name: 'env', value: 'dev' } },
      { code: 'INVALID', field: ['input', 'label'], message: expect.stringContaining('env=prod') },
    )
    await refused({ policy: {} }, { code: 'REQUIRED' })
    await refused({ name: '' }, { code: 'REQUIRED', field: ['input', 'name'] })
  })
})

describe('ensureOwner', () => {
  test('creates once, changes what is described, and writes nothing where nothing changes', async () => {
    const input = {
      externalId: 'team/1',
      name: 'Search',
      contact: 'ada@example.com',
      labels: [{ name: 'tier', value: 'gold' }],
      policy: { budgets: [{ window: 'MONTH', limitUsd: '20' }] },
    } as const
    const made = await sdk.owners.ensure(input)
    expect(made).toMatchObject({ created: true, owner: { kind: 'TEAM', externalId: 'team/1', version: 1 } })
    expect(await sdk.owners.ensure(input)).toEqual({ ...made, created: false })
    expect(await eventsOf(made.owner.id)).toBe(1)
    // Absent fields stay; null clears.
    const changed = await sdk.owners.ensure({ externalId: 'team/1', name: 'Find', contact: null })
    expect(changed).toMatchObject({ created: false, owner: { name: 'Find', contact: null, version: 2 } })
    expect(changed.owner).toMatchObject({ labels: input.labels, policy: made.owner.policy })
    const free = await sdk.owners.ensure({ externalId: 'team/1', name: 'Find', labels: null, policy: null })
    expect(free.owner).toMatchObject({ labels: [], policy: null, version: 3 })
  })

  test('many at once make one, and what is wrong is said', async () => {
    const input = { externalId: 'team/crowd', name: 'crowd' }
    const all = await Promise.all(Array.from({ length: 50 }, () => sdk.owners.ensure(input)))
    expect(new Set(all.map(({ owner }) => owner.id)).size).toBe(1)
    expect(all.filter(({ created }) => created)).toHaveLength(1)
    await expect(sdk.owners.ensure({ externalId: 'a b', name: 'x' })).rejects.toMatchObject({
      userErrors: [{ code: 'INVALID', field: ['input', 'externalId'] }],
    })
    await expect(sdk.owners.ensure({ externalId: 'team/2', name: '' })).rejects.toMatchObject({
      userErrors: [{ field: ['input', 'name'] }],
    })
  })

  test('who is restricted to owners ensures those alone', async () => {
    const [own, other] = await Promise.all(
      ['team/own', 'team/other'].map((externalId) => sdk.owners.ensure({ externalId, name: externalId })),
    )
    const { token } = await sdk.adminTokens.create({
      name: 'restricted',
      scopes: ['owners:read', 'owners:write'],
      ownerIds: [own?.owner.id ?? ''],
    })
    const { owners } = new Latchkey({ url: latchkey.url, adminToken: token })
    const kept = await owners.ensure({ externalId: 'team/own', name: 'Mine' })
    expect(kept).toMatchObject({ created: false, owner: { name: 'Mine' } })
    for (const [externalId, code] of [
      ['team/other', 'TAKEN'],
      ['team/new', 'INVALID'],
    ] as const)
      await expect(owners.ensure({ externalId, name: 'Mine' })).rejects.toMatchObject({
        userErrors: [{ code }],
      })
    expect((await sdk.owners.get(other?.owner.id ?? '')).name).toBe('team/other')
  })
})

test('a program that describes a whole installation is run by many at once, and again, and its key calls its model', async () => {
  async function deploy(): Promise<{ created: boolean; secret: string | null }> {
    const { upstream } = await sdk.upstreams.ensure({
      externalId: 'recipe/provider',
      name: 'recipe',
      kind: 'GENERIC',
      baseUrl: provider.baseUrl,
      credentials: [{ name: 'main', secret: 'the-secret-of-the-recipe' }],
    })
    await sdk.models.ensure({
      externalId: 'recipe/chat',
      name: 'recipe-chat',
      routes: [{ upstreamId: upstream.id, upstreamModel: 'small' }],
    })
    return sdk.keys.ensure({
      externalId: 'recipe/worker',
      name: 'worker',
      policy: { models: { allow: ['recipe-chat'] } },
    })
  }
  const runs = await Promise.all(Array.from({ length: 20 }, deploy))
  const secrets = runs.flatMap(({ secret }) => (secret === null ? [] : [secret]))
  expect(secrets).toHaveLength(1)
  const events = await latchkey.app.store.prisma.auditEvent.count()
  expect(await deploy()).toMatchObject({ created: false, secret: null })
  expect(await latchkey.app.store.prisma.auditEvent.count()).toBe(events)
  const response = await chat(latchkey, secrets[0] ?? '', { model: 'recipe-chat' })
  expect(response.status).toBe(200)
})
