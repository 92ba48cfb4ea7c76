// Admins: invited, changed, disabled and deleted, and never without an owner.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { auditOf } from '../../support/api/audit-trail.ts'
import { cookieOf, graphql, PASSWORD, SIGN_IN, signIn } from '../../support/api/client.ts'
import { accept, invite, signedInAs } from '../../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FIELDS = 'admin { id role enabled displayName email } userErrors { code field message }'
const UPDATE = `mutation ($input: UpdateAdminInput!) { updateAdmin(input: $input) { ${FIELDS} } }`
const DISABLE = `mutation ($input: AdminIdInput!) { disableAdmin(input: $input) { ${FIELDS} } }`
const ENABLE = `mutation ($input: AdminIdInput!) { enableAdmin(input: $input) { ${FIELDS} } }`
const DELETE =
  'mutation ($input: AdminIdInput!) { deleteAdmin(input: $input) { deletedId userErrors { code field } } }'
const RESET =
  'mutation ($input: AdminIdInput!) { resetAdminPassword(input: $input) { url userErrors { code field } } }'
const SET =
  'mutation ($input: SetPasswordInput!) { setPassword(input: $input) { username userErrors { code field } } }'
const CHANGE = `mutation ($input: ChangePasswordInput!) {
  changePassword(input: $input) { endedSessions userErrors { code field } }
}`
const DEAD_LINK = [{ code: 'WRONG_CREDENTIALS', field: ['input', 'token'], message: expect.any(String) }]

let nowMs = Date.parse('2026-11-22T00:00:00Z')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({
    env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_PUBLIC_URL: 'http://keys.example' },
    clock: () => nowMs,
  })
})
afterAll(() => latchkey.close())

async function run(query: string, input: Record<string, unknown>) {
  const { data, errors } = await latchkey.graphql(query, { input })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  return Object.values(data)[0] as any
}

/** What a page without a session learns of a link, from its token. */
async function linkOf(token: string) {
  const query = `query ($token: String!) {
    linkedInvitation(token: $token) { role invitedBy expiresAt } passwordLink(token: $token) { username expiresAt }
  }`
  const { data, errors } = await graphql(latchkey, query, { token })
  if (errors !== undefined) throw new Error(JSON.stringify(errors))
  return data
}
const NO_LINK = { linkedInvitation: null, passwordLink: null }

async function viewerOf(cookie: string) {
  return (await graphql(latchkey, '{ viewer { name role } }', {}, { cookie })).data.viewer
}

test('an invitation makes an admin of its role, once', async () => {
  const { id, token } = await invite(latchkey, {
    role: 'VIEWER',
    displayName: 'Ada',
    email: 'ada@example.com',
  })
  const listed = await latchkey.graphql('{ adminInvitations { id role displayName email createdBy } }')
  expect(listed.data.adminInvitations).toEqual([
    { id, role: 'VIEWER', displayName: 'Ada', email: 'ada@example.com', createdBy: 'environment' },
  ])
  expect(await linkOf(token)).toEqual({
    linkedInvitation: { role: 'VIEWER', invitedBy: 'environment', expiresAt: '2026-11-29T00:00:00.000Z' },
    passwordLink: null,
  })
  const accepted = await accept(latchkey, token, 'Ada')
  expect(await linkOf(token)).toEqual(NO_LINK)
  expect(accepted).toMatchObject({ viewer: { name: 'ada', role: 'VIEWER' }, userErrors: [] })
  expect(await accept(latchkey, token, 'ada2')).toMatchObject({ viewer: null, userErrors: DEAD_LINK })
  const { data } = await latchkey.graphql(
    '{ adminInvitations { id } admins { totalCount nodes { username role displayName email enabled } } }',
  )
  expect(data.adminInvitations).toEqual([])
  expect(data.admins.nodes[0]).toEqual({
    username: 'ada',
    role: 'VIEWER',
    displayName: 'Ada',
    email: 'ada@example.com',
    enabled: true,
  })
  expect(data.admins.totalCount).toBe(2)
  // A viewer reads nobody's account, and changes none.
  const cookie = accepted.cookie ?? ''
  for (const query of [
    '{ admins { totalCount } }',
    'mutation { deleteAdmin(input: { id: "adm_1" }) { deletedId } }',
  ]) {
    const refused = await graphql(latchkey, query, {}, { cookie })
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN')
  }
})

test('of several who accept an invitation at once, one becomes an admin', async () => {
  const { token } = await invite(latchkey, { role: 'VIEWER' })
  const before = await latchkey.app.store.prisma.admin.count()
  const all = await Promise.all(['one', 'two', 'three'].map((name) => accept(latchkey, token, name)))
  expect(all.filter(({ viewer }) => viewer !== null)).toHaveLength(1)
  expect(await latchkey.app.store.prisma.admin.count()).toBe(before + 1)
})

test('a revoked, an expired and a wrong link make nobody an admin', async () => {
  const revoked = await invite(latchkey, { role: 'ADMIN' })
  const REVOKE =
    'mutation ($input: RevokeAdminInvitationInput!) { revokeAdminInvitation(input: $input) { revokedId userErrors { code } } }'
  expect(await run(REVOKE, { id: revoked.id })).toEqual({ revokedId: revoked.id, userErrors: [] })
  expect((await run(REVOKE, { id: revoked.id })).userErrors).toEqual([{ code: 'NOT_FOUND' }])
  const expired = await invite(latchkey, { role: 'ADMIN', expiresInDays: 1 })
  nowMs += DAY
  for (const token of [revoked.token, expired.token, '', 'x', 'x'.repeat(43), 'x'.repeat(9_000)]) {
    expect(await linkOf(token)).toEqual(NO_LINK)
    expect((await accept(latchkey, token, 'late', 'short')).userErrors).toEqual(DEAD_LINK)
  }
})

test.for([
  [{ role: 'VIEWER', displayName: 'x'.repeat(101) }, 'TOO_LONG', 'displayName'],
  [{ role: 'VIEWER', displayName: 'a\u202eb' }, 'INVALID', 'displayName'],
  [{ role: 'VIEWER', email: 'nobody' }, 'INVALID', 'email'],
  [{ role: 'VIEWER', email: `${'x'.repeat(250)}@example.com` }, 'TOO_LONG', 'email'],
  [{ role: 'VIEWER', expiresInDays: 0 }, 'OUT_OF_RANGE', 'expiresInDays'],
  [{ role: 'VIEWER', expiresInDays: 31 }, 'OUT_OF_RANGE', 'expiresInDays'],
] as const)('an invitation with %o is refused', async ([input, code, field]) => {
  const INVITE =
    'mutation ($input: InviteAdminInput!) { inviteAdmin(input: $input) { url userErrors { code field } } }'
  expect(await run(INVITE, input)).toEqual({ url: null, userErrors: [{ code, field: ['input', field] }] })
})

test('a taken username and a poor password leave the invitation good', async () => {
  const { token } = await invite(latchkey, { role: 'VIEWER' })
  expect((await accept(latchkey, token, 'ADMIN')).userErrors).toMatchObject([{ code: 'TAKEN' }])
  expect((await accept(latchkey, token, 'two words', 'short')).userErrors).toMatchObject([
    { code: 'INVALID', field: ['input', 'username'] },
    { code: 'TOO_SHORT', field: ['input', 'password'] },
  ])
  expect((await accept(latchkey, token, 'patient')).viewer).toEqual({ name: 'patient', role: 'VIEWER' })
})

test('a change is audited field by field; a role takes effect on the next request', async () => {
  const { id, cookie } = await signedInAs(latchkey, 'VIEWER', 'grace')
  const changed = await run(UPDATE, { id, role: 'ADMIN', displayName: 'Grace', email: 'g@example.com' })
  expect(changed).toEqual({
    admin: { id, role: 'ADMIN', enabled: true, displayName: 'Grace', email: 'g@example.com' },
    userErrors: [],
  })
  expect(await viewerOf(cookie)).toEqual({ name: 'grace', role: 'ADMIN' })
  expect((await run(UPDATE, { id, email: null })).admin).toMatchObject({ displayName: 'Grace', email: null })
  const number = id.slice('adm_'.length)
  expect((await auditOf(latchkey, number)).filter(([action]) => action === 'admin.update')).toEqual([
    [
      'admin.update',
      [
        { path: 'role', before: 'VIEWER', after: 'ADMIN' },
        { path: 'displayName', before: null, after: 'Grace' },
        { path: 'email', before: null, after: 'g@example.com' },
      ],
    ],
    ['admin.update', [{ path: 'email', before: 'g@example.com', after: null }]],
  ])
  // An admin reads the others, and changes none.
  const refused = await graphql(latchkey, UPDATE, { input: { id, role: 'OWNER' } }, { cookie })
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', scope: 'admins:write' })
})

test('a key manager makes keys of his owners alone; without an owner, none', async () => {
  const { id, cookie } = await signedInAs(latchkey, 'KEY_MANAGER', 'kim')
  const OWNER = `mutation ($input: CreateOwnerInput!) { createOwner(input: $input) { owner { id } } }`
  const KEY = `mutation ($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { apiKey { id } userErrors { code field } }
  }`
  const mine = (await run(OWNER, { name: 'mine', kind: 'TEAM' })).owner.id
  const other = (await run(OWNER, { name: 'other', kind: 'TEAM' })).owner.id
  await run(KEY, { name: 'of another', ownerId: other })
  const mayCreate = async (ownerId: string) =>
    (await graphql(latchkey, KEY, { input: { name: 'k', ownerId } }, { cookie })).data.createApiKey.userErrors
  expect(await mayCreate(mine)).toHaveLength(1)
  const SET = `mutation ($input: UpdateAdminInput!) {
    updateAdmin(input: $input) { admin { owners { name } } userErrors { code field } }
  }`
  expect((await run(SET, { id, ownerIds: [mine, 'own_999'] })).userErrors).toMatchObject([
    { code: 'NOT_FOUND' },
  ])
  expect((await run(SET, { id, ownerIds: [mine] })).admin).toEqual({ owners: [{ name: 'mine' }] })
  expect(await mayCreate(mine)).toEqual([])
  expect(await mayCreate(other)).toHaveLength(1)
})

test('an invitation names the owners of a key manager, of those that are still there', async () => {
  const OWNER = 'mutation ($input: CreateOwnerInput!) { createOwner(input: $input) { owner { id } } }'
  const made = async (name: string) => (await run(OWNER, { name, kind: 'TEAM' })).owner.id as string
  const [kept, deleted] = [await made('kept'), await made('deleted')]
  const INVITE = `mutation ($input: InviteAdminInput!) {
    inviteAdmin(input: $input) { url invitation { id ownerIds } userErrors { code field } }
  }`
  const problems = async (input: object) => (await run(INVITE, input as never)).userErrors
  expect(await problems({ role: 'VIEWER', ownerIds: [kept] })).toMatchObject([{ code: 'INVALID' }])
  expect(await problems({ role: 'KEY_MANAGER', ownerIds: ['own_999'] })).toMatchObject([
    { code: 'NOT_FOUND' },
  ])
  expect(await problems({ role: 'KEY_MANAGER', ownerIds: ['key_1'] })).toMatchObject([{ code: 'INVALID' }])
  const invited = await run(INVITE, { role: 'KEY_MANAGER', ownerIds: [kept, deleted] })
  expect(invited.invitation.ownerIds).toEqual([kept, deleted])
  await run('mutation ($input: DeleteOwnerInput!) { deleteOwner(input: $input) { deletedId } }', {
    id: deleted,
  })
  await accept(latchkey, new URL(invited.url).hash.replace('#token=', ''), 'olga')
  const { data } = await latchkey.graphql('{ admins(first: 100) { nodes { username owners { id } } } }')
  expect(data.admins.nodes).toContainEqual({ username: 'olga', owners: [{ id: kept }] })
})

test('a disabled admin is out at once, and cannot sign in until enabled', async () => {
  const { id, cookie } = await signedInAs(latchkey, 'ADMIN', 'linus')
  expect((await run(DISABLE, { id })).admin).toMatchObject({ id, enabled: false })
  expect(await viewerOf(cookie)).toBeNull()
  const input = { username: 'linus', password: PASSWORD }
  const refused = await graphql(latchkey, SIGN_IN, { input })
  expect(refused.data.signIn.userErrors[0].code).toBe('WRONG_CREDENTIALS')
  expect(await run(RESET, { id })).toEqual({
    url: null,
    userErrors: [{ code: 'IMMUTABLE', field: ['input', 'id'] }],
  })
  expect((await run(ENABLE, { id })).admin).toMatchObject({ id, enabled: true })
  await signIn(latchkey, 'linus')
})

test('a deleted admin is gone with all sessions; the trail keeps the name', async () => {
  const { id, cookie } = await signedInAs(latchkey, 'ADMIN', 'dennis')
  expect(await run(DELETE, { id })).toEqual({ deletedId: id, userErrors: [] })
  expect(await viewerOf(cookie)).toBeNull()
  expect((await run(DELETE, { id })).userErrors).toEqual([{ code: 'NOT_FOUND', field: ['input', 'id'] }])
  expect((await latchkey.graphql('query ($id: ID!) { admin(id: $id) { id } }', { id })).data.admin).toBeNull()
  const events = await latchkey.app.store.prisma.auditEvent.findMany({ where: { action: 'admin.delete' } })
  expect(events.at(-1)).toMatchObject({ targetLabel: 'dennis' })
})

test('the last enabled owner is never disabled, deleted or demoted, whatever comes at once', async () => {
  const owners = await Promise.all(['ann', 'ben', 'cid'].map((name) => signedInAs(latchkey, 'OWNER', name)))
  const { data } = await latchkey.graphql('{ admins { nodes { id username } } }')
  const first = data.admins.nodes.find(({ username }: { username: string }) => username === 'admin')
  const ids = [first.id, ...owners.map(({ id }) => id)]
  await Promise.all(
    ids.flatMap((id) => [run(DISABLE, { id }), run(DELETE, { id }), run(UPDATE, { id, role: 'VIEWER' })]),
  )
  const left = await latchkey.app.store.prisma.admin.findMany({ where: { role: 'OWNER', disabledAt: null } })
  expect(left).toHaveLength(1)
  const id = `adm_${left[0]?.id}`
  const lastOwner = (field: string) => [{ code: 'IN_USE', field: ['input', field] }]
  expect((await run(DISABLE, { id })).userErrors).toMatchObject(lastOwner('id'))
  expect((await run(DELETE, { id })).userErrors).toMatchObject(lastOwner('id'))
  expect((await run(UPDATE, { id, role: 'ADMIN' })).userErrors).toMatchObject(lastOwner('role'))
  await signedInAs(latchkey, 'OWNER', 'eve')
  expect((await run(DELETE, { id })).userErrors).toEqual([])
})

test('a password is changed with the present one, and the other sessions end', async () => {
  const { cookie } = await signedInAs(latchkey, 'ADMIN', 'mary')
  const other = await signIn(latchkey, 'mary')
  const change = async (currentPassword: string, newPassword: string) =>
    (await graphql(latchkey, CHANGE, { input: { currentPassword, newPassword } }, { cookie })).data
      .changePassword
  expect((await change('wrong', 'a new pass phrase')).userErrors).toEqual([
    { code: 'WRONG_CREDENTIALS', field: ['input', 'currentPassword'] },
  ])
  expect((await change(PASSWORD, 'short')).userErrors).toEqual([
    { code: 'TOO_SHORT', field: ['input', 'newPassword'] },
  ])
  expect(await change(PASSWORD, 'a new pass phrase')).toEqual({ endedSessions: 1, userErrors: [] })
  expect(await viewerOf(other)).toBeNull()
  expect(await viewerOf(cookie)).toEqual({ name: 'mary', role: 'ADMIN' })
  await signIn(latchkey, 'mary', 'a new pass phrase')
  for (let i = 0; i < 5; i++) await change('wrong', 'a new pass phrase')
  expect((await change('a new pass phrase', 'another pass phrase')).userErrors[0].code).toBe('THROTTLED')
})

test('a password link sets a password once, within a day, and ends the sessions', async () => {
  const { id, cookie } = await signedInAs(latchkey, 'ADMIN', 'alan')
  const newLink = async () => {
    const { url } = await run(RESET, { id })
    expect(url).toMatch(/^http:\/\/keys\.example\/password#token=[\w-]{43}$/)
    return url.split('#token=')[1]
  }
  const set = async (token: string, password: string) =>
    (await graphql(latchkey, SET, { input: { token, password } })).data.setPassword
  const dead = { username: null, userErrors: [{ code: 'WRONG_CREDENTIALS', field: ['input', 'token'] }] }
  const first = await newLink()
  const second = await newLink()
  expect(await linkOf(first)).toEqual(NO_LINK)
  expect(await linkOf(second)).toMatchObject({ linkedInvitation: null, passwordLink: { username: 'alan' } })
  expect(await set(first, 'a new pass phrase')).toEqual(dead)
  expect((await set(second, 'short')).userErrors).toEqual([
    { code: 'TOO_SHORT', field: ['input', 'password'] },
  ])
  expect(await viewerOf(cookie)).not.toBeNull()
  expect(await set(second, 'a new pass phrase')).toEqual({ username: 'alan', userErrors: [] })
  expect(await set(second, 'a newer pass phrase')).toEqual(dead)
  expect(await viewerOf(cookie)).toBeNull()
  const response = await graphql(latchkey, SIGN_IN, {
    input: { username: 'alan', password: 'a new pass phrase' },
  })
  expect(cookieOf(response)).not.toBeNull()
  const late = await newLink()
  nowMs += DAY
  expect(await linkOf(late)).toEqual(NO_LINK)
  expect(await set(late, 'a newer pass phrase')).toEqual(dead)
})

test('a password link ends when the role changes that it was made for', async () => {
  const { id } = await signedInAs(latchkey, 'VIEWER', 'hopper')
  const { url } = await run(RESET, { id })
  expect((await run(UPDATE, { id, role: 'OWNER' })).userErrors).toEqual([])
  const input = { token: url.split('#token=')[1], password: 'a new pass phrase' }
  expect((await graphql(latchkey, SET, { input })).data.setPassword).toEqual({
    username: null,
    userErrors: [{ code: 'WRONG_CREDENTIALS', field: ['input', 'token'] }],
  })
  await signIn(latchkey, 'hopper')
})
