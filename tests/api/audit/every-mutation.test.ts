// Every mutation of the schema writes one audit event with its change. A mutation without a row in the table fails.
import { randomUUID } from 'node:crypto'
import { buildSchema, getNamedType, isObjectType } from 'graphql'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { graphql, PASSWORD, signIn } from '../../support/api/client.ts'
import { repositoryText } from '../../support/run/repository.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { startTestProvider, type TestProvider } from '../../support/sso/test-provider.ts'
import { createPeople, type Row } from './audited-people.ts'
import { rowsOfAdmins } from './rows-of-admins.ts'
import { rowsOfOwners } from './rows-of-owners.ts'
import { rowsOfPasskeys } from './rows-of-passkeys.ts'
import { rowsOfSecondFactors } from './rows-of-second-factors.ts'
import { rowsOfSso } from './rows-of-sso.ts'
import { rowsOfViews } from './rows-of-views.ts'

const schema = buildSchema(repositoryText('sdk/schema.graphql'))
const mutations = schema.getMutationType()?.getFields() ?? {}

let latchkey: TestLatchkey
let fresh: TestLatchkey
let cookie = ''
let provider: Promise<TestProvider> | null = null

beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  fresh = await startLatchkey()
  cookie = await signIn(latchkey)
})
afterAll(async () => {
  await Promise.all([latchkey.close(), fresh.close()])
  await (await provider)?.stop()
})

let names = 0
const aName = () => `thing ${++names}`

async function made(mutation: string, input: Record<string, unknown>, field: string): Promise<string> {
  const { data } = await latchkey.graphql(
    `mutation ($input: ${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${field} { id } } }`,
    { input },
  )
  return data[mutation][field].id
}

async function aDismissedFinding(): Promise<string> {
  await latchkey.graphql(
    'mutation { dismissFinding(input: { id: "ADMIN_WITHOUT_SECOND_FACTOR:server", reason: "x" }) { finding { id } } }',
  )
  return 'ADMIN_WITHOUT_SECOND_FACTOR:server'
}

const aKey = (fields = {}) => made('createApiKey', { name: aName(), ...fields }, 'apiKey')
const anUpstream = () =>
  made(
    'createUpstream',
    { name: aName().replace(' ', '-'), kind: 'GENERIC', baseUrl: 'http://127.0.0.1:9/v1' },
    'upstream',
  )
const aModel = async () =>
  made(
    'createModel',
    { name: aName().replace(' ', '-'), routes: [{ upstreamId: await anUpstream() }] },
    'model',
  )

const aChannel = () =>
  made(
    'createAlertChannel',
    { name: aName(), kind: 'WEBHOOK', url: 'http://127.0.0.1:9/canary-of-a-url' },
    'channel',
  )
const aRule = () => made('createAlertRule', { name: aName(), kind: 'KEY_EXPIRING' }, 'rule')

/** Resolves once none runs: there is one at a time. */
async function noRecalculation(): Promise<void> {
  const running = () => latchkey.app.store.prisma.costRecalculation.count({ where: { status: 'RUNNING' } })
  await expect.poll(running).toBe(0)
}

const people = createPeople(() => latchkey)
const POLICY = { budgets: [{ window: 'DAY', limitUsd: '5' }] }

const TABLE: Record<string, Row> = {
  ...rowsOfPasskeys(people),
  ...rowsOfSso(people, () => {
    provider ??= startTestProvider(latchkey.url)
    return provider
  }),
  ...rowsOfAdmins(people, made),
  ...rowsOfSecondFactors(people),
  ...rowsOfOwners(people, made),
  ...rowsOfViews(people),
  ensureApiKey: {
    input: () => ({ externalId: randomUUID(), name: aName() }),
    action: 'api_key.create',
    changes: ['name'],
  },
  importApiKeys: {
    input: () => ({ items: [{ name: aName(), secret: randomUUID() }] }),
    action: 'api_key.import',
  },
  bulkDisableApiKeys: { input: async () => ({ ids: [await aKey()] }), action: 'api_key.disable' },
  bulkEnableApiKeys: {
    input: async () => {
      const id = await aKey()
      await latchkey.graphql('mutation ($id: ID!) { disableApiKey(input: { id: $id }) { apiKey { id } } }', {
        id,
      })
      return { ids: [id] }
    },
    action: 'api_key.enable',
  },
  bulkRevokeApiKeys: { input: async () => ({ ids: [await aKey()] }), action: 'api_key.revoke' },
  bulkDeleteApiKeys: { input: async () => ({ ids: [await aKey()] }), action: 'api_key.delete' },
  bulkExpireApiKeys: {
    input: async () => ({ ids: [await aKey()], expiresAt: new Date(Date.now() + 86_400_000).toISOString() }),
    action: 'api_key.update',
    changes: ['expiresAt'],
  },
  bulkSetApiKeyPolicy: {
    input: async () => ({ ids: [await aKey()], policy: POLICY }),
    action: 'api_key.update',
    changes: ['policy.budgets[0].limitUsd'],
  },
  bulkRelabelApiKeys: {
    input: async () => ({ ids: [await aKey()], set: [{ name: 'env', value: 'prod' }] }),
    action: 'api_key.update',
    changes: ['labels'],
  },
  bulkMoveApiKeys: {
    input: async () => ({
      ids: [await aKey()],
      ownerId: await made('createOwner', { name: aName() }, 'owner'),
    }),
    action: 'api_key.update',
    changes: ['ownerId'],
  },
  createApiKey: {
    input: () => ({ name: aName(), policy: POLICY }),
    action: 'api_key.create',
    changes: ['name', 'policy.budgets[0].limitUsd'],
  },
  updateApiKey: {
    input: async () => ({
      id: await aKey({ policy: POLICY }),
      policy: { budgets: [{ window: 'DAY', limitUsd: '6' }] },
    }),
    action: 'api_key.update',
    changes: ['policy.budgets[0].limitUsd'],
  },
  deleteApiKey: { input: async () => ({ id: await aKey() }), action: 'api_key.delete', changes: ['name'] },
  disableApiKey: {
    input: async () => ({ id: await aKey() }),
    action: 'api_key.disable',
    changes: ['enabled'],
  },
  enableApiKey: {
    input: async () => {
      const id = await aKey()
      await latchkey.graphql('mutation ($id: ID!) { disableApiKey(input: { id: $id }) { apiKey { id } } }', {
        id,
      })
      return { id }
    },
    action: 'api_key.enable',
    changes: ['enabled'],
  },
  revokeApiKey: {
    input: async () => ({ id: await aKey() }),
    action: 'api_key.revoke',
    changes: ['revokedAt'],
  },
  revealApiKey: {
    input: async () => ({ id: await aKey({ keepEncryptedCopy: true }) }),
    action: 'api_key.reveal',
  },
  rotateApiKey: {
    input: async () => ({ id: await aKey() }),
    action: 'api_key.rotate',
    changes: ['secret', 'start'],
  },
  stopFormerSecret: {
    input: async () => {
      const id = await aKey()
      await latchkey.graphql(
        'mutation ($id: ID!) { rotateApiKey(input: { id: $id, graceSeconds: 600 }) { apiKey { id } } }',
        { id },
      )
      return { id }
    },
    action: 'api_key.stop_former_secret',
    changes: ['formerSecretExpiresAt'],
  },
  createPlaygroundSecret: {
    input: async () => ({ id: await aKey() }),
    action: 'api_key.create_playground_secret',
  },
  createUpstream: {
    input: () => ({
      name: aName().replace(' ', '-'),
      kind: 'GENERIC',
      baseUrl: 'https://example.com/v1',
      credentials: [{ secret: 'canary-of-a-credential' }],
      headers: [{ name: 'x-canary', value: 'canary-of-a-header', secret: true }],
    }),
    action: 'upstream.create',
    changes: ['name', 'baseUrl', 'credentials', 'headers.x-canary'],
  },
  updateUpstream: {
    input: async () => ({ id: await anUpstream(), enabled: false }),
    action: 'upstream.update',
    changes: ['enabled'],
  },
  deleteUpstream: {
    input: async () => ({ id: await anUpstream() }),
    action: 'upstream.delete',
    changes: ['name'],
  },
  testUpstream: { input: async () => ({ id: await anUpstream() }), action: 'upstream.test', changes: ['ok'] },
  createModel: {
    input: async () => ({ name: aName().replace(' ', '-'), routes: [{ upstreamId: await anUpstream() }] }),
    action: 'model.create',
    changes: ['name', 'routes'],
  },
  updateModel: {
    input: async () => ({ id: await aModel(), price: { base: [{ unit: 'INPUT_TOKEN', usd: '2' }] } }),
    action: 'model.update',
  },
  deleteModel: { input: async () => ({ id: await aModel() }), action: 'model.delete', changes: ['name'] },
  recalculateCosts: {
    input: async () => {
      await noRecalculation()
      return { dryRun: true, models: ['none'] }
    },
    action: 'cost.recalculate',
    changes: ['missingOnly', 'models'],
  },
  cancelCostRecalculation: {
    input: async () => {
      await noRecalculation()
      const now = new Date()
      // One that nobody has begun with.
      const { id } = await latchkey.app.store.prisma.costRecalculation.create({
        data: {
          status: 'RUNNING',
          createdAt: now,
          updatedAt: now,
          fromAt: now,
          toAt: now,
          missingOnly: true,
          examinedCalls: 0n,
          changedCalls: 0n,
          differenceNanoUsd: 0n,
          unpricedCalls: 0n,
        },
      })
      return { id: `rec_${id}` }
    },
    action: 'cost.cancel_recalculation',
    changes: ['status'],
  },
  updateSettings: {
    input: () => ({ policyCeiling: POLICY, maxExpiryDays: 90 }),
    action: 'settings.update',
    changes: ['policyCeiling.budgets[0].limitUsd', 'maxExpiryDays'],
  },
  createAlertChannel: {
    input: () => ({ name: aName(), kind: 'WEBHOOK', url: 'http://127.0.0.1:9/canary-of-a-url' }),
    action: 'alert_channel.create',
  },
  updateAlertChannel: {
    input: async () => ({ id: await aChannel(), enabled: false }),
    action: 'alert_channel.update',
    changes: ['enabled'],
  },
  rotateAlertChannelSecret: {
    input: async () => ({ id: await aChannel() }),
    action: 'alert_channel.rotate_secret',
  },
  testAlertChannel: { input: async () => ({ id: await aChannel() }), action: 'alert_channel.test' },
  deleteAlertChannel: { input: async () => ({ id: await aChannel() }), action: 'alert_channel.delete' },
  replayAlertDelivery: {
    input: async () => {
      await latchkey.graphql(
        'mutation ($id: ID!) { testAlertChannel(input: { id: $id }) { userErrors { code } } }',
        {
          id: await aChannel(),
        },
      )
      const delivery = await latchkey.app.store.prisma.alertDelivery.findFirstOrThrow({
        orderBy: { id: 'desc' },
      })
      return { id: delivery.id }
    },
    action: 'alert_delivery.replay',
  },
  createAlertRule: {
    input: () => ({ name: aName(), kind: 'KEY_EXPIRING' }),
    action: 'alert_rule.create',
  },
  updateAlertRule: {
    input: async () => ({ id: await aRule(), enabled: false }),
    action: 'alert_rule.update',
    changes: ['enabled'],
  },
  muteAlertRule: {
    input: async () => ({ id: await aRule(), until: new Date(Date.now() + 3_600_000).toISOString() }),
    action: 'alert_rule.update',
    changes: ['mutedUntil'],
  },
  deleteAlertRule: { input: async () => ({ id: await aRule() }), action: 'alert_rule.delete' },
  ensureUpstream: {
    input: () => ({
      externalId: randomUUID(),
      name: aName().replace(' ', '-'),
      kind: 'GENERIC',
      baseUrl: 'http://127.0.0.1:9/v1',
      credentials: [{ secret: 'canary-of-a-secret' }],
    }),
    action: 'upstream.create',
    changes: ['externalId', 'credentials'],
  },
  ensureModel: {
    input: async () => ({
      externalId: randomUUID(),
      name: aName().replace(' ', '-'),
      routes: [{ upstreamId: await anUpstream() }],
    }),
    action: 'model.create',
    changes: ['externalId', 'routes'],
  },
  createBackup: {
    input: () => ({ note: 'x' }),
    action: 'backup.create',
    changes: ['sha256'],
    refusedOn: 'postgresql',
  },
  markBackup: { input: () => ({ note: 'x' }), action: 'backup.mark', changes: ['note'] },
  deleteBackup: {
    input: async () => ({ id: await made('markBackup', {}, 'backup') }),
    action: 'backup.delete',
  },
  dismissFinding: {
    input: () => ({ id: 'ADMIN_WITHOUT_SECOND_FACTOR:server', reason: 'for a test' }),
    action: 'finding.dismiss',
    changes: ['reason'],
  },
  restoreFinding: {
    input: async () => ({ id: await aDismissedFinding() }),
    action: 'finding.restore',
    changes: ['reason'],
  },
  dismissFindings: {
    input: () => ({ ids: ['ADMIN_WITHOUT_SECOND_FACTOR:server'], reason: 'for a test' }),
    action: 'finding.dismiss',
    changes: ['reason'],
  },
  restoreFindings: {
    input: async () => ({ ids: [await aDismissedFinding()] }),
    action: 'finding.restore',
    changes: ['reason'],
  },
  signIn: {
    input: () => ({ username: 'admin', password: PASSWORD }),
    action: 'admin.sign_in',
    as: () => ({}),
  },
  signOut: { input: () => ({}), action: 'admin.sign_out', as: () => ({ cookie }) },
  completeSetup: {
    input: () => ({ token: fresh.app.setupToken, username: 'first', password: PASSWORD }),
    action: 'admin.set_up',
    as: () => ({}),
    on: () => fresh,
  },
}

test('the table has a row for each mutation', () => {
  expect(
    Object.keys(TABLE).sort(),
    'give each a row: in the file rows-of-… of its noun in tests/api/audit/, or in TABLE here',
  ).toEqual(Object.keys(mutations).sort())
})

test.for(Object.keys(mutations))('%s writes one event with its actor and its address', async (name) => {
  const row = TABLE[name]
  if (row === undefined) throw new Error(`${name} has no row`)
  const server = row.on?.() ?? latchkey
  const input = await row.input()
  const { auditEvent } = server.app.store.prisma
  const last = await auditEvent.findFirst({ orderBy: { id: 'desc' } })
  const response = await graphql(
    server,
    documentOf(name),
    { input },
    row.as?.() ?? { token: server.adminToken },
  )
  expect(response.errors).toBeUndefined()
  const isRefused = row.refusedOn === inject('database')
  expect(response.data[name].userErrors ?? []).toHaveLength(isRefused ? 1 : 0)
  const events = await auditEvent.findMany({ where: { id: { gt: last?.id ?? 0 } }, orderBy: { id: 'asc' } })
  // What a sign-in from a device that is new writes beside its own.
  const written = events.map(({ action }) => action).filter((action) => action !== 'admin.sign_in_new_device')
  expect(written).toEqual(row.action === null || isRefused ? [] : [row.action, ...(row.also ?? [])])
  if (row.action === null || isRefused) return
  expect(events[0]).toMatchObject({
    actorType: row.by ?? (row.as === undefined ? 'ADMIN_TOKEN' : 'ADMIN'),
    actorId: row.by === 'SYSTEM' ? null : expect.any(Number),
    ip: '127.0.0.1',
    userAgent: 'node',
    requestId: expect.stringMatching(/^req_/),
    targetType: expect.any(String),
    targetId: expect.any(String),
  })
  const text = events[0]?.changes ?? '[]'
  const paths = JSON.parse(text).map(({ path }: { path: string }) => path)
  expect(paths).toEqual(expect.arrayContaining(row.changes ?? []))
  expect(text).not.toContain('canary-of')
})

test('what is refused, and what changes nothing, writes none', async () => {
  const id = await aKey({ name: 'same' })
  const before = await latchkey.app.store.prisma.auditEvent.count()
  const update =
    'mutation ($input: UpdateApiKeyInput!) { updateApiKey(input: $input) { userErrors { code } } }'
  await latchkey.graphql(update, { input: { id, name: 'same' } })
  await latchkey.graphql(update, { input: { id, name: '' } })
  await latchkey.graphql(update, { input: { id: 'key_999999', name: 'x' } })
  expect(await latchkey.app.store.prisma.auditEvent.count()).toBe(before)
})

/** The mutation with its input, and of the payload the problems. */
function documentOf(name: string): string {
  const field = mutations[name]
  const argument = field?.args[0]
  const type = field === undefined ? undefined : getNamedType(field.type)
  const asks =
    isObjectType(type) && 'userErrors' in type.getFields()
      ? 'userErrors { code field message }'
      : '__typename'
  return argument === undefined
    ? `mutation { ${name} { ${asks} } }`
    : `mutation ($input: ${argument.type}) { ${name}(${argument.name}: $input) { ${asks} } }`
}
