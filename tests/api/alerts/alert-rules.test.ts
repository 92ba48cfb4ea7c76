// Alert rules: what each kind finds, that an alert is opened, sent and resolved once, and what is refused.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { PASSWORD, signIn } from '../../support/api/client.ts'
import { chat } from '../../support/server/gateway-calls.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { makePricedModel } from '../../support/server/priced-models.ts'
import { makeRuledKey } from '../../support/server/ruled-keys.ts'
import { COMPLETION } from '../../support/upstreams/chat-responses.ts'
import { json, startUpstream, type TestUpstream } from '../../support/upstreams/upstream.ts'

/** A call of one dollar, by the price of the model. */
const BILLED = {
  ...COMPLETION,
  usage: { prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 },
}

let latchkey: TestLatchkey
let client: Latchkey
let upstream: TestUpstream
let receiver: TestUpstream
let channelId = ''
let aheadMs = 0
let names = 0

const DAY_MS = 86_400_000
const later = (ms: number) => {
  aheadMs += ms
}
const step = async () => {
  await latchkey.app.alerts.evaluate()
  await latchkey.app.alerts.deliver()
}
/** Type and target names of the messages so far, which are forgotten. */
const sent = () =>
  receiver.received.splice(0).map(({ json: body }) => {
    const { type, data } = body as { type: string; data: { alerts: { target: { name: string } }[] } }
    return [type, ...data.alerts.map(({ target }) => target.name)]
  })
const open = async (ruleId: string) => (await client.alerts.list({ filter: { open: true, ruleId } })).items

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => json(response, 200, BILLED))
  receiver = await startUpstream((_request, response) => json(response, 204, undefined))
  latchkey = await startLatchkey({
    clock: () => Date.now() + aheadMs,
    alertTimer: false,
    env: {
      LATCHKEY_ROUTING_EXTRA_ATTEMPTS: '0',
      LATCHKEY_ROUTING_BREAKER_FAILURES: '2',
      LATCHKEY_ADMIN_PASSWORD: PASSWORD,
    },
  })
  client = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  const { channel } = await client.alerts.channels.create({
    name: 'receiver',
    kind: 'WEBHOOK',
    url: receiver.baseUrl,
  })
  channelId = channel.id
  await makePricedModel(latchkey, {
    baseUrl: upstream.baseUrl,
    name: 'm1',
    price: { INPUT_TOKEN: '1000', OUTPUT_TOKEN: '0' },
  })
})
beforeEach(async () => {
  // A rule of another test must not be judged in this one.
  for await (const { id } of client.alerts.rules.list()) await client.alerts.rules.delete(id)
  receiver.received.length = 0
})
afterAll(async () => {
  await latchkey.close()
  await upstream.close()
  await receiver.close()
})

type RuleInput = Parameters<Latchkey['alerts']['rules']['create']>[0]
const rule = (input: Omit<RuleInput, 'name'> & { name?: string }) =>
  client.alerts.rules.create({ name: `rule ${++names}`, channelIds: [channelId], ...input })

/** A time zone in which it is about noon, so that half of a day has passed. */
function noonZone(): string {
  const hours = 12 - new Date().getUTCHours()
  return hours === 0 ? 'Etc/GMT' : `Etc/GMT${hours > 0 ? '-' : '+'}${Math.abs(hours)}`
}

/** A key with a budget of a day. */
const budgetKey = (limitUsd: string, model: string | null = null) =>
  makeRuledKey(
    latchkey,
    { budgets: [{ window: 'DAY', limitUsd, timeZone: noonZone(), unpriced: 'ALLOW', model }] },
    `budget ${++names}`,
  )

describe('a rule', () => {
  test('has every default of its kind, and each change is audited', async () => {
    const made = await rule({ kind: 'ERROR_RATE', percent: 30 })
    expect(made).toMatchObject({
      id: expect.stringMatching(/^arl_\d+$/),
      percent: 30,
      windowMinutes: 15,
      minCalls: 20,
      afterSeconds: null,
      severity: 'WARNING',
      scope: { apiKeyIds: [], upstreamIds: [] },
      channels: [{ id: channelId }],
      repeatMinutes: null,
      version: 1,
    })
    const changed = await client.alerts.rules.update(made.id, {
      minCalls: 5,
      severity: 'CRITICAL',
      channelIds: [],
      expectedVersion: 1,
    })
    expect(changed).toMatchObject({ percent: 30, minCalls: 5, channels: [], version: 2 })
    const until = new Date(Date.now() + aheadMs + DAY_MS).toISOString()
    expect(await client.alerts.rules.mute(made.id, until)).toMatchObject({ mutedUntil: until })
    expect(await client.alerts.rules.mute(made.id, null)).toMatchObject({ mutedUntil: null })
    await client.alerts.rules.delete(made.id)
    const trail = await auditOf(latchkey, made.id)
    expect(trail[1]?.[1]).toEqual(
      expect.arrayContaining([
        { path: 'severity', before: 'WARNING', after: 'CRITICAL' },
        { path: 'thresholds.minCalls', before: 20, after: 5 },
        { path: 'channelIds', before: [channelId], after: null },
      ]),
    )
    expect(trail.map(([action]) => action)).toEqual([
      'alert_rule.create',
      'alert_rule.update',
      'alert_rule.update',
      'alert_rule.update',
      'alert_rule.delete',
    ])
    await expect(client.alerts.rules.get(made.id)).rejects.toThrow('no such alert rule')
  })

  test.for<[Partial<RuleInput>, string, string]>([
    [{ name: ' ' }, 'REQUIRED', 'name'],
    [{ name: 'a\u202eb' }, 'INVALID', 'name'],
    [{ name: 'x'.repeat(101) }, 'TOO_LONG', 'name'],
    [{ percent: 0 }, 'OUT_OF_RANGE', 'percent'],
    [{ percent: 1_001 }, 'OUT_OF_RANGE', 'percent'],
    [{ kind: 'ERROR_RATE', percent: 101 }, 'OUT_OF_RANGE', 'percent'],
    [{ kind: 'ERROR_RATE', windowMinutes: 61 }, 'OUT_OF_RANGE', 'windowMinutes'],
    [{ minCalls: 3 }, 'INVALID', 'minCalls'],
    [{ kind: 'KEY_EXPIRING', withinDays: 366 }, 'OUT_OF_RANGE', 'withinDays'],
    [{ kind: 'NEW_DEVICE', scope: { apiKeyIds: ['key_1'] } }, 'INVALID', 'scope'],
    [{ scope: { upstreamIds: ['ups_1'] } }, 'INVALID', 'scope'],
    [{ scope: { apiKeyIds: [] } }, 'OUT_OF_RANGE', 'scope'],
    [{ scope: { apiKeyIds: ['mdl_1'] } }, 'INVALID', 'scope'],
    [
      { scope: { apiKeyIds: Array.from({ length: 201 }, (_, at) => `key_${at + 1}`) } },
      'OUT_OF_RANGE',
      'scope',
    ],
    [{ scope: { ownerIds: [] } }, 'OUT_OF_RANGE', 'scope'],
    [{ scope: { ownerIds: ['own_1'], label: { name: 'a', value: 'b' } } }, 'INVALID', 'scope'],
    [{ kind: 'UPSTREAM_DOWN', scope: { ownerIds: ['own_1'] } }, 'INVALID', 'scope'],
    [{ channelIds: ['ach_999'] }, 'NOT_FOUND', 'channelIds'],
    [{ channelIds: ['key_1'] }, 'INVALID', 'channelIds'],
    [{ repeatMinutes: 4 }, 'OUT_OF_RANGE', 'repeatMinutes'],
    [{ mutedUntil: '2020-01-01T00:00:00Z' }, 'OUT_OF_RANGE', 'mutedUntil'],
  ])('is refused with %j: %s', async ([input, code, field]) => {
    const error = await rule({ kind: 'BUDGET_SPENT', ...input }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      userErrors: [
        {
          code,
          field: ['input', ...(input.scope?.apiKeyIds?.[0] === 'mdl_1' ? [field, 'apiKeyIds'] : [field])],
        },
      ],
    })
  })
})

describe('a budget', () => {
  test('that is spent to the percentage opens one alert, which is sent once and resolved', async () => {
    const key = await budgetKey('10')
    const other = await budgetKey('10', 'm*')
    const { id } = await rule({ kind: 'BUDGET_SPENT', percent: 20 })
    await chat(latchkey, key.secret)
    await chat(latchkey, other.secret)
    await step()
    expect(await open(id)).toEqual([])
    await chat(latchkey, key.secret)
    await chat(latchkey, other.secret)
    await step()
    const alerts = await open(id)
    expect(alerts).toHaveLength(2)
    expect(alerts.find(({ target }) => target === key.id)).toMatchObject({
      message: '20 % of the budget of the day is spent (2 of 10 USD so far).',
      resolvedAt: null,
    })
    expect(sent()).toEqual([['alert.opened', expect.any(String), expect.any(String)]])
    await step()
    expect(sent()).toEqual([])
    await client.keys.update(key.id, { policy: null })
    await client.keys.update(other.id, { policy: null })
    await step()
    expect(await open(id)).toEqual([])
    expect(sent()).toEqual([['alert.resolved', expect.any(String), expect.any(String)]])
  })

  test('that will be spent by the end of its window opens an alert of the pace', async () => {
    const [fast, slow] = [await budgetKey('3'), await budgetKey('50')]
    const { id } = await rule({
      kind: 'SPEND_PACE',
      scope: { apiKeyIds: [fast.id, slow.id] },
    })
    for (const { secret } of [fast, fast, slow]) await chat(latchkey, secret)
    await step()
    expect(await open(id)).toMatchObject([
      { target: fast.id, message: expect.stringContaining('At its pace') },
    ])
  })

  test('of which eight rounds at once find the same opens one alert and one delivery', async () => {
    const key = await budgetKey('1')
    const { id } = await rule({ kind: 'BUDGET_SPENT', scope: { apiKeyIds: [key.id] } })
    await chat(latchkey, key.secret)
    await Promise.all(Array.from({ length: 8 }, () => latchkey.app.alerts.evaluate()))
    await Promise.all(Array.from({ length: 8 }, () => latchkey.app.alerts.deliver()))
    expect(await open(id)).toHaveLength(1)
    expect(sent()).toEqual([['alert.opened', expect.any(String)]])
  })
})

describe('a budget that keys share', () => {
  const shared = (limitUsd: string, model: string | null = null) => ({
    budgets: [{ window: 'DAY' as const, limitUsd, timeZone: noonZone(), unpriced: 'ALLOW' as const, model }],
  })

  test('of an owner or a label, of all models or some, is judged by what its keys spent', async () => {
    const label = { name: 'env', value: `alerts-${++names}` }
    const owner = await client.owners.create({ name: 'search', policy: shared('4') })
    const limits = await client.labelLimits.create({ name: label.value, label, policy: shared('4', 'm*') })
    const other = await client.owners.create({ name: 'other', policy: shared('4') })
    const made = []
    for (const ownerId of [owner.id, owner.id, other.id])
      made.push(await client.keys.create({ name: `of ${ownerId}`, ownerId, labels: [label] }))
    const { id } = await rule({ kind: 'BUDGET_SPENT', percent: 50 })
    const scoped = await rule({ kind: 'BUDGET_SPENT', percent: 1, scope: { ownerIds: [other.id] } })
    const labelled = await rule({ kind: 'BUDGET_SPENT', percent: 75, scope: { label } })
    for (const { secret } of made) await chat(latchkey, secret)
    await step()
    // Keys of other tests have budgets of their own.
    const sharing = async () =>
      (await open(id)).flatMap(({ target }) => (target.startsWith('key_') ? [] : target)).sort()
    expect(await sharing()).toEqual([limits.id, owner.id])
    expect((await open(scoped.id)).map(({ target, targetName }) => [target, targetName])).toEqual([
      [other.id, 'other'],
    ])
    expect((await open(labelled.id)).map(({ target }) => target)).toEqual([limits.id])
    // What a key has spent stays with the owner and the labels that it had.
    const [moved] = made
    await client.keys.update(moved?.apiKey.id ?? '', { ownerId: other.id, labels: [] })
    await step()
    expect(await sharing()).toEqual([limits.id, owner.id])
  })

  test('names its keys to rules of every kind', async () => {
    const label = { name: 'env', value: `scope-${++names}` }
    const owner = await client.owners.create({ name: `owner ${names}` })
    const { apiKey } = await client.keys.create({
      name: 'expiring too',
      ownerId: owner.id,
      labels: [label],
      expiresInDays: 3,
    })
    await client.keys.create({ name: 'of nobody', expiresInDays: 3 })
    for (const scope of [{ ownerIds: [owner.id] }, { label }]) {
      const { id, scope: read } = await rule({ kind: 'KEY_EXPIRING', scope })
      await step()
      expect(read).toMatchObject(scope)
      expect((await open(id)).map(({ target }) => target)).toEqual([apiKey.id])
    }
  })
})

describe('a muted rule', () => {
  test('sends nothing until it is no longer muted, and repeats what stays open', async () => {
    const key = await budgetKey('1')
    const { id } = await rule({
      kind: 'BUDGET_SPENT',
      scope: { apiKeyIds: [key.id] },
      repeatMinutes: 60,
      mutedUntil: new Date(Date.now() + aheadMs + 60_000).toISOString(),
    })
    await chat(latchkey, key.secret)
    await step()
    expect(await open(id)).toMatchObject([{ notifiedAt: null }])
    expect(sent()).toEqual([])
    await client.alerts.rules.mute(id, null)
    await step()
    expect(sent()).toEqual([['alert.opened', expect.any(String)]])
    await step()
    expect(sent()).toEqual([])
    await latchkey.app.store.prisma.alert.updateMany({
      where: { resolvedAt: null },
      data: { notifiedAt: new Date(Date.now() + aheadMs - 3_600_000) },
    })
    await step()
    expect(sent()).toEqual([['alert.repeated', expect.any(String)]])
    // A rule that is disabled says nothing more.
    await client.alerts.rules.update(id, { enabled: false })
    await step()
    expect(await open(id)).toEqual([])
    expect(sent()).toEqual([])
  })
})

describe('a rate', () => {
  test('of errors, of all calls and of a key, is judged from the minimum of calls on', async () => {
    const [failing, idle] = [await makeRuledKey(latchkey, null), await makeRuledKey(latchkey, null)]
    const all = await rule({ kind: 'ERROR_RATE', percent: 50, minCalls: 2, windowMinutes: 1 })
    const ofKeys = await rule({
      kind: 'ERROR_RATE',
      percent: 50,
      minCalls: 2,
      windowMinutes: 1,
      scope: { apiKeyIds: [failing.id, idle.id] },
    })
    // From this round on calls are counted.
    await step()
    upstream.respondWith((_request, response) => json(response, 400, { error: { message: 'no' } }))
    await chat(latchkey, failing.secret)
    await step()
    expect(await open(all.id)).toEqual([])
    await chat(latchkey, failing.secret)
    upstream.respondWith((_request, response) => json(response, 200, BILLED))
    await step()
    expect(await open(all.id)).toMatchObject([
      { target: 'calls', message: '2 of 2 calls (100 %) failed in the last 1 minutes.' },
    ])
    expect((await open(ofKeys.id)).map(({ target }) => target)).toEqual([failing.id])
    later(120_000)
    await step()
    expect(await open(all.id)).toEqual([])
  })

  test('of denied calls is of all calls', async () => {
    const key = await makeRuledKey(latchkey, { models: { allow: ['other'] } })
    const { id } = await rule({
      kind: 'DENIAL_RATE',
      minCalls: 2,
      windowMinutes: 1,
      scope: { apiKeyIds: [key.id] },
    })
    await step()
    for (let calls = 0; calls < 2; calls++) expect((await chat(latchkey, key.secret)).status).toBe(403)
    await step()
    expect(await open(id)).toMatchObject([
      { target: key.id, message: expect.stringContaining('were denied') },
    ])
  })
})

test('an upstream that is down for longer than the rule says opens an alert', async () => {
  const down = await startUpstream((_request, response) => json(response, 500, {}))
  await makePricedModel(latchkey, { baseUrl: down.baseUrl, name: 'down' })
  const key = await makeRuledKey(latchkey, null)
  const { id } = await rule({ kind: 'UPSTREAM_DOWN', afterSeconds: 20 })
  for (let calls = 0; calls < 2; calls++) await chat(latchkey, key.secret, { model: 'down' })
  await step()
  expect(await open(id)).toEqual([])
  later(20_000)
  await step()
  expect(await open(id)).toMatchObject([{ message: expect.stringContaining('circuit breaker is open') }])
  await down.close()
})

test('a key that expires within the days opens an alert, until it is given longer', async () => {
  const { apiKey } = await client.keys.create({ name: 'expiring', expiresInDays: 5 })
  const { id } = await rule({ kind: 'KEY_EXPIRING', withinDays: 7, scope: { apiKeyIds: [apiKey.id] } })
  await step()
  expect(await open(id)).toMatchObject([
    { target: apiKey.id, targetName: 'expiring', expiresAt: apiKey.expiresAt },
  ])
  const expiresAt = new Date(Date.now() + aheadMs + 30 * DAY_MS).toISOString()
  await client.keys.update(apiKey.id, { expiresAt })
  await step()
  expect(await open(id)).toEqual([])
  expect(sent()).toEqual([
    ['alert.opened', 'expiring'],
    ['alert.resolved', 'expiring'],
  ])
})

test('an address that a key was not used from before opens an alert once', async () => {
  const key = await makeRuledKey(latchkey, null, 'travelling')
  const { id } = await rule({ kind: 'NEW_ADDRESS', learnDays: 0 })
  await step()
  await chat(latchkey, key.secret)
  await step()
  expect(sent()).toEqual([])
  await latchkey.app.store.prisma.keyAddress.updateMany({
    where: { apiKeyId: key.number },
    data: { address: '192.0.2.7' },
  })
  // Another round of looking at the address that the call came from.
  await client.alerts.rules.update(id, { enabled: false })
  await step()
  await client.alerts.rules.update(id, { enabled: true })
  await step()
  for (let rounds = 0; rounds < 2; rounds++) {
    await chat(latchkey, key.secret)
    await step()
  }
  expect(sent()).toEqual([['alert.opened', 'travelling']])
  const { items } = await client.alerts.list({ filter: { ruleId: id } })
  expect(items).toMatchObject([
    { message: 'The key was used from 127.0.0.1 for the first time.', resolvedAt: expect.any(String) },
  ])
})

test('a sign-in from a new device opens an alert once', async () => {
  const { id } = await rule({ kind: 'NEW_DEVICE' })
  await signIn(latchkey)
  await step()
  await step()
  expect(sent()).toEqual([['alert.opened', 'admin']])
  expect((await client.alerts.list({ filter: { ruleId: id } })).items).toMatchObject([
    { message: 'The admin signed in from a new device at 127.0.0.1.' },
  ])
})

test('what there is of each is counted as it is listed', async () => {
  const { alerts } = client
  const lists = [
    alerts.list({ filter: { open: true } }),
    alerts.rules.list(),
    alerts.channels.list(),
    alerts.deliveries.list(),
  ] as const
  const [open, rules, channels, deliveries] = await Promise.all(
    lists.map(async (list) => (await Array.fromAsync<object>(list)).length),
  )
  expect(await alerts.counts()).toEqual({ open, rules, channels, deliveries })
  expect(deliveries).toBeGreaterThan(0)
})

test('who may see the keys of some owners alone sees no alert and changes no rule', async () => {
  const owner = await client.owners.create({ name: 'restricted' })
  const { token } = await client.adminTokens.create({
    name: 'restricted',
    scopes: ['alerts:write'],
    ownerIds: [owner.id],
  })
  const restricted = new Latchkey({ url: latchkey.url, adminToken: token })
  for (const refused of [
    async () => restricted.alerts.list(),
    async () => restricted.alerts.counts(),
    async () => restricted.alerts.rules.list(),
    async () => restricted.alerts.channels.get(channelId),
    async () => restricted.alerts.deliveries.list(),
    async () => restricted.alerts.channels.test(channelId),
    async () => restricted.alerts.rules.create({ name: 'mine', kind: 'NEW_DEVICE' }),
  ])
    await expect(refused()).rejects.toThrow(/owners/)
})

test('a rule about the ledger opens nothing while it is well', async () => {
  const { id } = await rule({ kind: 'LEDGER_PROBLEM', afterSeconds: 0 })
  await step()
  expect(await open(id)).toEqual([])
})
