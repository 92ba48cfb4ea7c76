// Signing in at a provider of OpenID Connect, against a real one.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cookieOf, graphql, PASSWORD, SIGN_IN, signIn } from '../../support/api/client.ts'
import { invite, signedInAs } from '../../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'
import { complete, setProvider, signInAt, start } from '../../support/sso/sso-client.ts'
import { startTestProvider, type TestProvider } from '../../support/sso/test-provider.ts'

const ROLES = {
  roleClaim: 'groups',
  roleMapping: [
    { value: 'gateway-admins', role: 'ADMIN' },
    { value: 'gateway-owners', role: 'OWNER' },
    { value: 'gateway-keys', role: 'KEY_MANAGER' },
  ],
}

let skewMs = 0
let latchkey: TestLatchkey
let provider: TestProvider
let people = 0

beforeAll(async () => {
  latchkey = await startLatchkey({
    env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD },
    clock: () => Date.now() + skewMs,
  })
  provider = await startTestProvider(latchkey.url)
})
afterAll(async () => {
  await provider?.stop()
  await latchkey?.close()
})
afterEach(() => {
  skewMs = 0
  provider.forge = null
  provider.authTime = null
})

/** A new person at the provider. */
function person(claims: Record<string, unknown> = {}): string {
  const subject = `person-${++people}`
  provider.people.set(subject, { email: `${subject}@example.com`, email_verified: true, ...claims })
  return subject
}

/** All settings anew, with these. */
async function settings(more: Record<string, unknown>) {
  await setProvider(latchkey, provider, {
    roleClaim: null,
    roleMapping: null,
    defaultRole: null,
    emailDomains: null,
    createsAdmins: false,
    linksVerifiedEmails: false,
    ownersClaim: null,
    ...more,
  })
}

const admins = () => latchkey.app.store.prisma.admin

describe('a person whom nobody has invited', () => {
  test('gets an account where the settings say so, and the same one at the next sign-in', async () => {
    await settings({ createsAdmins: true, defaultRole: 'VIEWER' })
    const subject = person({ preferred_username: 'Grace', name: 'Grace Hopper' })
    const first = await signInAt(latchkey, provider, subject)
    expect(first).toMatchObject({
      purpose: 'SIGN_IN',
      viewer: { name: 'grace', role: 'VIEWER' },
      fault: null,
      userErrors: [],
    })
    expect(await admins().findUnique({ where: { username: 'grace' } })).toMatchObject({
      displayName: 'Grace Hopper',
      email: `${subject}@example.com`,
      passwordHash: '',
    })
    const { data } = await graphql(latchkey, '{ sessions { method } }', {}, { cookie: first.cookie ?? '' })
    expect(data.sessions).toEqual([{ method: 'SSO' }])
    expect((await signInAt(latchkey, provider, subject)).viewer?.name).toBe('grace')
    // Another person who calls himself the same.
    const other = await signInAt(latchkey, provider, person({ preferred_username: 'grace' }))
    expect(other.viewer?.name).toBe('grace-2')
  })

  test('is refused where they do not, and no account is made', async () => {
    await settings({})
    const before = await admins().count()
    const refused = await signInAt(latchkey, provider, person())
    expect(refused).toMatchObject({ viewer: null, fault: 'NOT_ADMITTED', cookie: null })
    expect(refused.userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
    expect(await admins().count()).toBe(before)
    const event = await latchkey.app.store.prisma.auditEvent.findFirst({
      where: { action: 'admin.sign_in_failed' },
      orderBy: { id: 'desc' },
    })
    expect(JSON.parse(event?.changes ?? '[]')).toContainEqual({
      path: 'fault',
      before: null,
      after: 'NOT_ADMITTED',
    })
  })

  test('is let in by the domain of a verified e-mail address alone', async () => {
    await settings({ createsAdmins: true, defaultRole: 'VIEWER', emailDomains: ['example.com'] })
    for (const claims of [
      { email: 'a@evil.test' },
      { email: 'a@sub.example.com' },
      { email: 'a@example.com@evil.test' },
      { email_verified: false },
      { email_verified: 'true' },
      { email: undefined },
    ])
      expect((await signInAt(latchkey, provider, person(claims))).fault).toBe('EMAIL_REFUSED')
    expect((await signInAt(latchkey, provider, person())).fault).toBeNull()
  })
})

describe('an admin with the same e-mail address', () => {
  test.for([
    ['is linked where the settings allow it', { linksVerifiedEmails: true }, {}, null],
    [
      'is not linked by an address that is not verified',
      { linksVerifiedEmails: true },
      { email_verified: false },
      'NOT_ADMITTED',
    ],
    [
      'is not linked where they do not, and gets no second account',
      { createsAdmins: true, defaultRole: 'VIEWER' },
      {},
      'LINK_FIRST',
    ],
  ] as const)('%s', async ([, allowed, claims, fault]) => {
    await settings(allowed)
    const username = `mail${++people}`
    const { id } = await signedInAs(latchkey, 'ADMIN', username)
    await latchkey.graphql(
      'mutation ($input: UpdateAdminInput!) { updateAdmin(input: $input) { userErrors { code } } }',
      { input: { id, email: `${username}@Example.com` } },
    )
    const subject = person({ email: `${username}@example.com`, ...claims })
    const done = await signInAt(latchkey, provider, subject)
    expect(done.fault).toBe(fault)
    expect(done.viewer?.name ?? null).toBe(fault === null ? username : null)
    if (fault !== null) return
    // Another account with the same address is not a second way in.
    const twin = person({ email: `${username}@example.com` })
    expect((await signInAt(latchkey, provider, twin)).fault).toBe('LINK_FIRST')
    await latchkey.graphql(`mutation { disableAdmin(input: { id: "${id}" }) { userErrors { code } } }`)
    expect((await signInAt(latchkey, provider, subject)).fault).toBe('ADMIN_DISABLED')
    expect((await signInAt(latchkey, provider, twin)).fault).toBe('ADMIN_DISABLED')
  })

  test('links an account himself, once he is signed in', async () => {
    await settings({})
    const username = `links${++people}`
    const { cookie } = await signedInAs(latchkey, 'ADMIN', username)
    const subject = person({ email: undefined })
    expect(await signInAt(latchkey, provider, subject, { purpose: 'LINK' }, { cookie })).toMatchObject({
      purpose: 'LINK',
      viewer: null,
      fault: null,
      cookie: null,
    })
    expect((await signInAt(latchkey, provider, subject)).viewer?.name).toBe(username)
    const other = await signedInAs(latchkey, 'ADMIN', `links${++people}`)
    expect(
      (await signInAt(latchkey, provider, subject, { purpose: 'LINK' }, { cookie: other.cookie })).fault,
    ).toBe('LINKED_ELSEWHERE')
    // What was begun for one session is not ended in another.
    const begun = await start(latchkey, { purpose: 'LINK' }, { cookie })
    const callback = await provider.signIn(begun.url, person())
    expect((await complete(latchkey, begun.token, callback, { cookie: other.cookie })).fault).toBe(
      'SIGN_IN_ENDED',
    )
    expect((await start(latchkey, { purpose: 'LINK' })).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })
})

test('an invitation is accepted with an account, once, with its role', async () => {
  await settings({})
  const { token: invitationToken } = await invite(latchkey, { role: 'ADMIN', displayName: 'Ida' })
  const subject = person({ preferred_username: `ida${++people}` })
  const done = await signInAt(latchkey, provider, subject, { invitationToken })
  expect(done).toMatchObject({ viewer: { role: 'ADMIN' }, fault: null })
  expect((await signInAt(latchkey, provider, person(), { invitationToken })).fault).toBe('INVITATION_ENDED')
  expect((await start(latchkey, { invitationToken: 'x' })).fault).toBe('INVITATION_ENDED')
  expect((await signInAt(latchkey, provider, subject)).viewer?.role).toBe('ADMIN')
})

describe('the role of a claim', () => {
  test('is the highest that it maps to, is mapped anew at each sign-in, and null is refused', async () => {
    await settings({ ...ROLES, createsAdmins: true })
    const subject = person({ groups: ['others', 'gateway-keys', 'gateway-admins'] })
    const name = (await signInAt(latchkey, provider, subject)).viewer?.name ?? ''
    const role = async () => (await admins().findUnique({ where: { username: name } }))?.role
    expect(await role()).toBe('ADMIN')
    provider.people.set(subject, { groups: 'gateway-owners' })
    expect((await signInAt(latchkey, provider, subject)).viewer?.role).toBe('OWNER')
    provider.people.set(subject, { groups: ['others', { name: 'gateway-owners' }, 'GATEWAY-OWNERS'] })
    expect((await signInAt(latchkey, provider, subject)).fault).toBe('NO_ROLE')
    await settings({ ...ROLES, defaultRole: 'VIEWER' })
    expect((await signInAt(latchkey, provider, subject)).viewer?.role).toBe('VIEWER')
    expect(await role()).toBe('VIEWER')
  })

  test('never takes the last owner his role', async () => {
    const alone = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    const there = await startTestProvider(alone.url)
    try {
      await setProvider(alone, there, { ...ROLES, defaultRole: 'VIEWER' })
      const cookie = await signIn(alone)
      there.people.set('root', { groups: [] })
      await signInAt(alone, there, 'root', { purpose: 'LINK' }, { cookie })
      expect((await signInAt(alone, there, 'root')).viewer).toEqual({ name: 'admin', role: 'OWNER' })
      await signedInAs(alone, 'OWNER', 'second')
      expect((await signInAt(alone, there, 'root')).viewer).toEqual({ name: 'admin', role: 'VIEWER' })
    } finally {
      await there.stop()
      await alone.close()
    }
  })

  test('brings a key manager the owners that a claim names', async () => {
    await settings({ ...ROLES, createsAdmins: true, ownersClaim: 'teams' })
    const create = 'mutation ($input: CreateOwnerInput!) { createOwner(input: $input) { owner { id } } }'
    const made = await latchkey.graphql(create, { input: { name: 'Search', externalId: 'team-search' } })
    const subject = person({ groups: 'gateway-keys', teams: ['team-search', 'team-none'] })
    const name = (await signInAt(latchkey, provider, subject)).viewer?.name
    const read = '{ admins(first: 100) { nodes { username owners { id } identities { subject } } } }'
    const { data } = await latchkey.graphql(read)
    const found = data.admins.nodes.find((admin: { username: string }) => admin.username === name)
    expect(found).toEqual({
      username: name,
      owners: [{ id: made.data.createOwner.owner.id }],
      identities: [{ subject }],
    })
    provider.people.set(subject, { groups: 'gateway-keys' })
    await signInAt(latchkey, provider, subject)
    const after = (await latchkey.graphql(read)).data.admins.nodes
    expect(after.find((admin: { username: string }) => admin.username === name).owners).toEqual([])
  })
})

describe('a session of the provider', () => {
  async function signedIn() {
    await settings({ createsAdmins: true, defaultRole: 'OWNER' })
    const subject = person()
    const { cookie, fault } = await signInAt(latchkey, provider, subject)
    if (cookie === null) throw new Error(String(fault))
    return { subject, cookie }
  }
  const ASKED =
    'mutation { createAdminToken(input: { name: "x", scopes: ["keys:read"] }) { userErrors { code } } }'
  const asked = async (cookie: string) =>
    (await graphql(latchkey, ASKED, {}, { cookie })).errors?.[0]?.extensions

  test('is confirmed by signing in there anew', async () => {
    const { subject, cookie } = await signedIn()
    expect(await asked(cookie)).toBeUndefined()
    skewMs = 600_001
    expect(await asked(cookie)).toMatchObject({ code: 'STEP_UP_REQUIRED', means: ['SIGN_IN_AGAIN'] })
    skewMs = 0
    await latchkey.app.store.prisma.adminSession.updateMany({ data: { confirmedAt: new Date(0) } })
    expect(await asked(cookie)).toMatchObject({ code: 'STEP_UP_REQUIRED' })
    const done = await signInAt(latchkey, provider, subject, { purpose: 'CONFIRM' }, { cookie })
    expect(done).toMatchObject({ purpose: 'CONFIRM', viewer: null, fault: null, cookie: null })
    expect(Date.parse(done.confirmedUntil ?? '')).toBeGreaterThan(Date.now() + 590_000)
    expect(Object.fromEntries(provider.asked.at(-1) ?? [])).toMatchObject({ prompt: 'login', max_age: '0' })
    expect(await asked(cookie)).toBeUndefined()
  })

  test('is not confirmed by another person, nor by a sign-in of before', async () => {
    const { subject, cookie } = await signedIn()
    const other = person()
    await signInAt(latchkey, provider, other)
    await latchkey.app.store.prisma.adminSession.updateMany({ data: { confirmedAt: new Date(0) } })
    const as = (who: string) => signInAt(latchkey, provider, who, { purpose: 'CONFIRM' }, { cookie })
    expect((await as(other)).fault).toBe('OTHER_PERSON')
    expect((await as(person())).fault).toBe('OTHER_PERSON')
    provider.authTime = Math.floor(Date.now() / 1_000) - 120
    expect((await as(subject)).fault).toBe('NOT_FRESH')
    provider.authTime = null
    provider.forge = (claims, sign) => {
      const { auth_time: _authTime, ...rest } = claims
      return sign(rest)
    }
    expect((await as(subject)).fault).toBe('NOT_FRESH')
    expect(await asked(cookie)).toMatchObject({ code: 'STEP_UP_REQUIRED' })
  })

  test('ends at the provider too, where the browser is sent for it', async () => {
    const { cookie } = await signedIn()
    const { data } = await graphql(latchkey, 'mutation { signOut { signedOut providerUrl } }', {}, { cookie })
    expect(data.signOut.signedOut).toBe(true)
    const url = new URL(data.signOut.providerUrl)
    expect(url.origin + url.pathname).toBe(`${provider.issuer}/session/end`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'latchkey',
      post_logout_redirect_uri: `${latchkey.url}/login`,
    })
    const own = await signIn(latchkey)
    const plain = await graphql(latchkey, 'mutation { signOut { providerUrl } }', {}, { cookie: own })
    expect(plain.data.signOut.providerUrl).toBeNull()
  })

  test('ends when the person signs out at the provider', async () => {
    const { cookie } = await signedIn()
    const stays = await signIn(latchkey)
    const viewer = async (of: string) =>
      (await graphql(latchkey, '{ viewer { name } }', {}, { cookie: of })).data.viewer
    expect(await viewer(cookie)).not.toBeNull()
    await provider.signOut()
    await expect.poll(() => viewer(cookie)).toBeNull()
    expect(await viewer(stays)).not.toBeNull()
  })

  test('ends with the account that is unlinked, by its owner or by the admin', async () => {
    const { cookie } = await signedIn()
    const listed = await graphql(
      latchkey,
      '{ linkedIdentities { id issuer email lastUsedAt } }',
      {},
      { cookie },
    )
    const [identity] = listed.data.linkedIdentities
    expect(identity).toMatchObject({ issuer: provider.issuer, lastUsedAt: expect.any(String) })
    const unlink = (field: string, input: string, as: Parameters<typeof graphql>[3]) =>
      graphql(
        latchkey,
        `mutation ($id: ID!) { ${field}(input: { id: $id }) { ${input} userErrors { code } } }`,
        { id: identity.id },
        as,
      )
    const stranger = await signIn(latchkey)
    expect((await unlink('unlinkIdentity', 'unlinkedId', { cookie: stranger })).data.unlinkIdentity).toEqual({
      unlinkedId: null,
      userErrors: [{ code: 'NOT_FOUND' }],
    })
    expect(
      (await unlink('unlinkAdminIdentity', 'unlinkedId', { token: latchkey.adminToken })).data
        .unlinkAdminIdentity,
    ).toEqual({ unlinkedId: identity.id, userErrors: [] })
    expect((await graphql(latchkey, '{ viewer { name } }', {}, { cookie })).data.viewer).toBeNull()
    const second = await signedIn()
    const own = await graphql(latchkey, '{ linkedIdentities { id } }', {}, { cookie: second.cookie })
    const removed = await graphql(
      latchkey,
      'mutation ($id: ID!) { unlinkIdentity(input: { id: $id }) { unlinkedId } }',
      { id: own.data.linkedIdentities[0].id },
      { cookie: second.cookie },
    )
    expect(removed.data.unlinkIdentity.unlinkedId).toBe(own.data.linkedIdentities[0].id)
  })
})

describe('sign-in with passwords that is switched off', () => {
  const OFF = `mutation ($input: UpdateSettingsInput!) {
    updateSettings(input: $input) { settings { passwordSignIn } userErrors { code field } }
  }`
  let alone: TestLatchkey
  let there: TestProvider
  beforeEach(async () => {
    alone = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    there = await startTestProvider(alone.url)
    await setProvider(alone, there)
  })
  afterEach(async () => {
    await there.stop()
    await alone.close()
  })

  const switchTo = async (passwordSignIn: boolean) =>
    (await alone.graphql(OFF, { input: { passwordSignIn } })).data.updateSettings
  const byPassword = async (username: string, password = PASSWORD) =>
    (await graphql(alone, SIGN_IN, { input: { username, password } })).data.signIn

  test('is refused until an owner can sign in otherwise, and then keeps out all but the last owner with a password', async () => {
    expect(await switchTo(false)).toEqual({
      settings: null,
      userErrors: [{ code: 'IN_USE', field: ['input', 'passwordSignIn'] }],
    })
    const cookie = await signIn(alone)
    await signInAt(alone, there, 'root', { purpose: 'LINK' }, { cookie })
    await signedInAs(alone, 'ADMIN', 'ada')
    expect(await switchTo(false)).toEqual({ settings: { passwordSignIn: false }, userErrors: [] })
    const { data } = await graphql(alone, '{ signInOptions { passwords ssoLabel } }')
    expect(data.signInOptions).toEqual({ passwords: false, ssoLabel: 'SSO' })
    expect((await byPassword('ada')).userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
    // Nobody learns from it whether a password is right.
    expect((await byPassword('ada', 'a wrong password')).userErrors).toMatchObject([
      { code: 'WRONG_CREDENTIALS' },
    ])
    // The only enabled owner who has a password.
    expect((await byPassword('admin')).userErrors).toEqual([])
    const { id } = await signedInAs(alone, 'OWNER', 'second')
    expect((await byPassword('admin')).userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
    expect((await byPassword('second')).userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
    expect((await signInAt(alone, there, 'root')).viewer?.name).toBe('admin')
    await alone.graphql(`mutation { disableAdmin(input: { id: "${id}" }) { userErrors { code } } }`)
    expect((await byPassword('admin')).userErrors).toEqual([])
    // And the provider is not removed under it.
    const removal = 'mutation { deleteSsoProvider { deleted userErrors { code } } }'
    expect((await alone.graphql(removal)).data.deleteSsoProvider).toEqual({
      deleted: false,
      userErrors: [{ code: 'IN_USE' }],
    })
    expect((await switchTo(true)).settings).toEqual({ passwordSignIn: true })
    expect((await byPassword('ada')).userErrors).toEqual([])
    expect((await alone.graphql(removal)).data.deleteSsoProvider.deleted).toBe(true)
    expect(await signInAt(alone, there, 'root').catch(String)).toContain('NOT_CONFIGURED')
  })

  test('lets in whoever has got a password on the command line, until it is changed', async () => {
    const { resetPassword } = await import('@latchkey/server/auth/reset-password.ts')
    const cookie = await signIn(alone)
    await signInAt(alone, there, 'root', { purpose: 'LINK' }, { cookie })
    await signedInAs(alone, 'OWNER', 'second')
    await switchTo(false)
    expect((await byPassword('second')).userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
    const password = 'set on the command line'
    await resetPassword(alone.database, { username: 'second', password, nowMs: Date.now() })
    expect((await byPassword('second', password)).userErrors).toEqual([])
    const signedIn = await graphql(alone, SIGN_IN, { input: { username: 'second', password } })
    const change =
      'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }'
    const input = { currentPassword: password, newPassword: 'chosen by the person' }
    await graphql(alone, change, { input }, { cookie: cookieOf(signedIn) ?? '' })
    expect((await byPassword('second', 'chosen by the person')).userErrors).toMatchObject([
      { code: 'FORBIDDEN' },
    ])
  })
})

describe('a provider that is away', () => {
  test('is said to be, and the password works on', async () => {
    const alone = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
    const there = await startTestProvider(alone.url)
    try {
      await setProvider(alone, there, { createsAdmins: true, defaultRole: 'VIEWER' })
      const begun = await start(alone)
      const callback = await there.signIn(begun.url, 'late')
      await there.stop()
      expect((await complete(alone, begun.token, callback)).fault).toBe('PROVIDER_UNREACHABLE')
      await alone.graphql(
        'mutation { updateSsoProvider(input: { buttonLabel: "Example" }) { userErrors { code } } }',
      )
      const refused = await start(alone)
      expect(refused).toMatchObject({ url: null, token: null, fault: 'PROVIDER_UNREACHABLE' })
      expect(refused.userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
      const cookie = await signIn(alone)
      // Signing out does not wait for it.
      const out = await graphql(alone, 'mutation { signOut { signedOut providerUrl } }', {}, { cookie })
      expect(out.data.signOut).toEqual({ signedOut: true, providerUrl: null })
    } finally {
      await alone.close()
    }
  })
})
