import { Latchkey } from '@latchkey/sdk'
import { AUDIT_ACTIONS } from '@latchkey/server/domain/audit/audit-event.ts'
import { SQL } from '@latchkey/server/store/sql.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql, SIGN_IN, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

let latchkey: TestLatchkey
let sdk: Latchkey

beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: 'correct horse battery' } })
  sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
})
afterAll(() => latchkey.close())

test('an event says who did what, from where, and what changed', async () => {
  const key = await sdk.keys.create({ name: 'before' })
  await sdk.keys.update(key.apiKey.id, { name: 'after' })
  const { items } = await sdk.audit.list({ filter: { targetId: key.apiKey.id }, first: 1 })
  expect(items[0]).toMatchObject({
    id: expect.stringMatching(/^aud_\d+$/),
    at: expect.stringMatching(/Z$/),
    actor: { type: 'ADMIN_TOKEN', id: expect.any(Number), name: 'environment' },
    action: 'api_key.update',
    targetType: 'ApiKey',
    targetId: key.apiKey.id,
    targetLabel: 'after',
    changes: [{ path: 'name', before: 'before', after: 'after', redacted: false }],
    ip: '127.0.0.1',
    userAgent: 'node',
    requestId: expect.stringMatching(/^req_/),
  })
  await sdk.keys.update(key.apiKey.id, { name: 'later' })
  const { id = '' } = items[0] ?? {}
  expect(await sdk.audit.get(id)).toMatchObject({ id, action: 'api_key.update' })
  await expect(sdk.audit.get('aud_2000000000')).rejects.toThrow('no such audit event')
  expect(await sdk.audit.target(id)).toEqual({ type: 'ApiKey', id: key.apiKey.id, name: 'later' })
  await sdk.keys.delete(key.apiKey.id)
  expect(await sdk.audit.target(id)).toBeNull()
})

test('an event leads to its target, for who may see that, until it is deleted', async () => {
  const owner = await sdk.owners.create({ name: 'led to' })
  const { apiKey } = await sdk.keys.create({ name: 'led to', ownerId: owner.id })
  const query = `query ($id: String!) { auditEvents(filter: { targetId: $id }, first: 1) {
    nodes { target { __typename id ... on ApiKey { name } ... on Owner { name auditEvents { nodes { action } } } } }
  } }`
  const target = async (id: string, token = latchkey.adminToken) => {
    const { data, errors } = await graphql(latchkey, query, { id }, { token })
    return { target: data.auditEvents.nodes[0].target, scope: errors?.[0]?.extensions.scope }
  }
  expect(await target(apiKey.id)).toEqual({
    target: { __typename: 'ApiKey', id: apiKey.id, name: 'led to' },
    scope: undefined,
  })
  // The events of an owner are of itself, not of its keys.
  expect(await target(owner.id)).toMatchObject({
    target: { name: 'led to', auditEvents: { nodes: [{ action: 'owner.create' }] } },
  })
  const { token } = await sdk.adminTokens.create({ name: 'auditor', scopes: ['audit:read', 'owners:read'] })
  expect(await target(apiKey.id, token)).toEqual({ target: null, scope: 'keys:read' })
  expect(await target(owner.id, token)).toMatchObject({ target: { name: 'led to' } })
  await sdk.keys.delete(apiKey.id)
  expect(await target(apiKey.id)).toEqual({ target: null, scope: undefined })
  // Settings are no Node.
  await sdk.settings.update({ defaultExpiryDays: 30 })
  const { data, errors } = await graphql(
    latchkey,
    '{ auditEvents(filter: { targetType: "Settings" }, first: 1) { nodes { targetType target { id } } } }',
    {},
    { token: latchkey.adminToken },
  )
  expect([data.auditEvents.nodes, errors]).toEqual([[{ targetType: 'Settings', target: null }], undefined])
  await sdk.settings.update({ defaultExpiryDays: null })
})

test('pages run from new to old, and no event is in two of them', async () => {
  for (let at = 0; at < 7; at++) await sdk.keys.create({ name: `paged ${at}` })
  const filter = { action: ['api_key.create'] }
  const all = []
  for await (const event of sdk.audit.list({ filter, first: 3 })) all.push(event.id)
  const numbers = all.map((id) => Number(id.slice(4)))
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => b - a))
  expect(await sdk.audit.count(filter)).toBe(all.length)
  const first = await sdk.audit.list({ filter, first: 3 })
  const back = await (await first.nextPage()).previousPage()
  expect(back.items.map(({ id }) => id)).toEqual(first.items.map(({ id }) => id))
})

test('each part of a filter finds its events and no other', async () => {
  const cookie = await signIn(latchkey)
  await graphql(latchkey, SIGN_IN, { input: { username: 'admin', password: 'wrong' } })
  await graphql(latchkey, 'mutation { signOut { signedOut } }', {}, { cookie })
  const actions = async (filter: NonNullable<Parameters<typeof sdk.audit.list>[0]>['filter']) => {
    const { items } = await sdk.audit.list({ filter, first: 100 })
    return items.map(({ action }) => action)
  }
  expect(await actions({ actorType: ['ADMIN'] })).toEqual([
    'admin.sign_out',
    'admin.sign_in_new_device',
    'admin.sign_in',
  ])
  expect(await actions({ actorName: 'sign-in' })).toEqual(['admin.sign_in_failed'])
  expect(await actions({ targetType: 'Admin', ip: '127.0.0.1' })).toEqual([
    'admin.sign_out',
    'admin.sign_in_failed',
    'admin.sign_in_new_device',
    'admin.sign_in',
  ])
  const [signedIn] = (await sdk.audit.list({ filter: { action: ['admin.sign_in'] } })).items
  expect(await actions({ actorType: ['ADMIN'], actorId: signedIn?.actor.id ?? 0 })).toHaveLength(3)
  expect(await actions({ requestId: signedIn?.requestId ?? '' })).toContain('admin.sign_in')
  expect(await actions({ at: { to: '2020-01-01T00:00:00Z' } })).toEqual([])
  expect((await actions({ at: { from: '2020-01-01T00:00:00Z' } })).length).toBeGreaterThan(3)
  expect(await actions({ action: [] })).toEqual([])
  expect(await actions({ targetId: "key_1' OR 1=1 --" })).toEqual([])
})

test.for([
  ['actorId without its type', { actorId: 1 }],
  ['a text without end', { targetId: 'x'.repeat(257) }],
  ['too many actions', { action: Array.from({ length: 101 }, (_, at) => `a${at}`) }],
  [
    'a range that ends before it begins',
    { at: { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } },
  ],
])('refuses %s', async ([, filter]) => {
  const query = 'query ($filter: AuditEventFilter) { auditEvents(filter: $filter) { nodes { id } } }'
  const { errors } = await latchkey.graphql(query, { filter })
  expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')
})

test('a key, an upstream and a model have their own events, and each event is a node', async () => {
  const { apiKey } = await sdk.keys.create({ name: 'own' })
  const upstream = await sdk.upstreams.create({
    name: 'own',
    kind: 'GENERIC',
    baseUrl: 'https://example.com/v1',
  })
  const model = await sdk.models.create({ name: 'own', routes: [{ upstreamId: upstream.id }] })
  for (const [type, id] of [
    ['ApiKey', apiKey.id],
    ['Upstream', upstream.id],
    ['Model', model.id],
  ]) {
    const query = `query ($id: ID!) { node(id: $id) { ... on ${type} { auditEvents(first: 5) { totalCount nodes { id action targetId } } } } }`
    const { data } = await latchkey.graphql(query, { id })
    expect(data.node.auditEvents).toMatchObject({ totalCount: 1, nodes: [{ targetId: id }] })
    const [{ id: eventId, action }] = data.node.auditEvents.nodes
    const found = await latchkey.graphql(
      'query ($id: ID!) { node(id: $id) { id ... on AuditEvent { action } } }',
      {
        id: eventId,
      },
    )
    expect(found.data.node).toEqual({ id: eventId, action })
  }
})

test('a token for one owner reads the events and findings of that owner’s keys, and no others', async () => {
  const own = async (name: string) => {
    const { data } = await latchkey.graphql(
      'mutation ($name: String!) { createOwner(input: { name: $name }) { owner { id } } }',
      { name },
    )
    const key = await sdk.keys.create({ name: `${name} key`, ownerId: data.createOwner.owner.id })
    return { ownerId: data.createOwner.owner.id, keyId: key.apiKey.id }
  }
  const [mine, other] = [await own('mine'), await own('other')]
  const { data } = await latchkey.graphql(
    `mutation ($owner: ID!) { createAdminToken(input: {
      name: "restricted", scopes: ["audit:read", "alerts:read", "keys:read", "admins:read"], ownerIds: [$owner]
    }) { token } }`,
    { owner: mine.ownerId },
  )
  const restricted = new Latchkey({ url: latchkey.url, adminToken: data.createAdminToken.token })
  const { items } = await restricted.audit.list({ first: 100 })
  expect([...new Set(items.map(({ targetId }) => targetId))]).toEqual([mine.keyId])
  const found = (await restricted.findings.list({ first: 100 })).items
  expect([...new Set(found.map(({ targetId }) => targetId))]).toEqual([mine.keyId])
  const [theirs] = (await sdk.audit.list({ filter: { targetId: other.keyId } })).items
  const byId = 'query ($id: ID!) { node(id: $id) { id } }'
  const response = await graphql(latchkey, byId, { id: theirs?.id }, { token: data.createAdminToken.token })
  expect(response.data.node).toBeNull()
})

test('events of people have them as targets, while they are there', async () => {
  const id = (await sdk.admins.list({ first: 1 })).items[0]?.id ?? ''
  await sdk.admins.update(id, { displayName: 'Renamed' })
  const { invitation } = await sdk.admins.invite({ role: 'VIEWER' })
  const ofPeople = 'nodes { target { __typename id } }'
  const targets = async (type: string) => {
    const { data } = await latchkey.graphql(
      `{ auditEvents(first: 1, filter: { targetType: "${type}" }) { ${ofPeople} } }`,
    )
    return data.auditEvents.nodes[0].target
  }
  expect(await targets('Admin')).toEqual({ __typename: 'Admin', id })
  expect(await targets('AdminInvitation')).toEqual({ __typename: 'AdminInvitation', id: invitation.id })
  await sdk.admins.revokeInvitation(invitation.id)
  expect(await targets('AdminInvitation')).toBeNull()
})

test('a stranger reads nothing', async () => {
  const { errors } = await graphql(latchkey, '{ auditEvents { nodes { id } } auditChain { ok } }')
  expect(errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
})

test('names every action that there is', async () => {
  expect(await sdk.audit.actions()).toEqual([...AUDIT_ACTIONS])
})

test('a page is one query, and its count another one, however many events there are', async () => {
  const sql = latchkey.app.store[SQL]
  const { scan } = sql
  let queries = 0
  sql.scan = (text, values) => {
    queries++
    return scan(text, values)
  }
  try {
    await latchkey.graphql(
      '{ auditEvents(first: 100) { totalCount nodes { id actor { name } changes { path } } } }',
    )
  } finally {
    sql.scan = scan
  }
  expect(queries).toBe(2)
})
