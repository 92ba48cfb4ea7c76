// Sessions as people see them, and the rules of the settings about them.
import { Latchkey } from '@latchkey/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { graphql, PASSWORD, rest, SIGN_IN, signIn } from '../../support/api/client.ts'
import { signedInAs } from '../../support/api/people.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const MINUTE = 60_000
const FIELDS = '{ id ip userAgent method current createdAt lastUsedAt }'
const LIST = `{ sessions ${FIELDS} }`
const REVOKE =
  'mutation ($input: RevokeSessionInput!) { revokeSession(input: $input) { revokedId userErrors { code } } }'
const THEIRS = `query ($id: ID!) { adminSessions(id: $id) ${FIELDS} }`
const REVOKE_THEIRS = `mutation ($input: RevokeAdminSessionInput!) {
  revokeAdminSession(input: $input) { revokedId userErrors { code field } }
}`
const OTHERS = 'mutation { revokeOtherSessions { endedSessions } }'
const SETTINGS = `mutation ($input: UpdateSettingsInput!) {
  updateSettings(input: $input) {
    settings { sessionIdleMinutes sessionMaxDays requireSecondFactor } userErrors { code field }
  }
}`
const STEP_UP = { code: 'STEP_UP_REQUIRED', means: ['PASSWORD'] }

let nowMs = Date.parse('2026-11-22T00:00:00Z')
let latchkey: TestLatchkey
beforeAll(async () => {
  latchkey = await startLatchkey({
    env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    clock: () => nowMs,
  })
})
afterAll(() => latchkey.close())

async function as(cookie: string, query: string, input?: Record<string, unknown>) {
  return graphql(latchkey, query, input === undefined ? {} : { input }, { cookie })
}

async function settings(input: Record<string, unknown>) {
  return (await latchkey.graphql(SETTINGS, { input })).data.updateSettings
}

test('are listed with browser, address and use, and end one by one or all but one', async () => {
  const { cookie } = await signedInAs(latchkey, 'VIEWER', 'ada')
  nowMs += 5 * MINUTE
  const headers = { 'x-forwarded-for': '198.51.100.7', 'user-agent': `Browser/1 ${'x'.repeat(300)}` }
  await graphql(latchkey, SIGN_IN, { input: { username: 'ada', password: PASSWORD } }, { headers })
  const third = await signIn(latchkey, 'ada')
  nowMs += 2 * MINUTE
  const { sessions } = (await as(cookie, LIST)).data
  expect(sessions).toHaveLength(3)
  const remote = sessions.find(({ ip }: { ip: string }) => ip === '198.51.100.7')
  expect(remote).toEqual({
    id: expect.stringMatching(/^ses_[0-9a-f]{32}$/),
    ip: '198.51.100.7',
    userAgent: headers['user-agent'].slice(0, 256),
    method: 'PASSWORD',
    current: false,
    createdAt: '2026-11-22T00:05:00.000Z',
    lastUsedAt: '2026-11-22T00:05:00.000Z',
  })
  const current = sessions.filter((session: { current: boolean }) => session.current)
  expect(current).toMatchObject([{ lastUsedAt: '2026-11-22T00:07:00.000Z' }])

  expect((await as(cookie, REVOKE, { id: remote.id })).data.revokeSession).toEqual({
    revokedId: remote.id,
    userErrors: [],
  })
  // Nobody ends another's session, nor one that has ended.
  const stranger = await signIn(latchkey)
  for (const [by, id] of [
    [stranger, current[0].id],
    [cookie, remote.id],
    [cookie, 'ses_x'],
  ])
    expect((await as(by, REVOKE, { id })).data.revokeSession.userErrors).toEqual([{ code: 'NOT_FOUND' }])
  expect((await as(cookie, OTHERS)).data.revokeOtherSessions).toEqual({ endedSessions: 1 })
  expect((await as(third, '{ viewer { name } }')).data.viewer).toBeNull()
  expect((await as(cookie, LIST)).data.sessions).toHaveLength(1)
  const refused = await latchkey.graphql(LIST)
  expect(refused.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
})

test('of another admin are listed and ended by whoever may change admins, and by nobody else', async () => {
  const { id, cookie } = await signedInAs(latchkey, 'VIEWER', 'mira')
  const headers = { 'x-forwarded-for': '198.51.100.9', 'user-agent': 'Browser/2' }
  await graphql(latchkey, SIGN_IN, { input: { username: 'mira', password: PASSWORD } }, { headers })
  const { cookie: colleague } = await signedInAs(latchkey, 'ADMIN', 'nils')
  const owner = await signIn(latchkey)
  const listOf = async (by: string, admin = id) => graphql(latchkey, THEIRS, { id: admin }, { cookie: by })
  const revoke = (by: string, sessionId: string) => as(by, REVOKE_THEIRS, { id, sessionId })

  const { adminSessions } = (await listOf(owner)).data
  expect(adminSessions).toHaveLength(2)
  const remote = adminSessions.find(({ ip }: { ip: string }) => ip === '198.51.100.9')
  const now = new Date(nowMs).toISOString()
  expect(remote).toEqual({
    id: expect.stringMatching(/^ses_[0-9a-f]{32}$/),
    ip: '198.51.100.9',
    userAgent: 'Browser/2',
    method: 'PASSWORD',
    current: false,
    createdAt: now,
    lastUsedAt: now,
  })
  expect((await listOf(owner, 'adm_999999')).data.adminSessions).toBeNull()
  expect((await listOf(owner, 'mira')).errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT')

  for (const by of [cookie, colleague])
    for (const response of [await listOf(by), await revoke(by, remote.id)])
      expect(response.errors?.[0]?.extensions?.code).toBe('FORBIDDEN')
  const [ofOwner] = (await as(owner, LIST)).data.sessions
  for (const sessionId of [ofOwner.id, 'ses_x'])
    expect((await revoke(owner, sessionId)).data.revokeAdminSession.userErrors).toEqual([
      { code: 'NOT_FOUND', field: ['input', 'sessionId'] },
    ])

  const [local] = adminSessions.filter((session: { id: string }) => session.id !== remote.id)
  expect((await revoke(owner, local.id)).data.revokeAdminSession).toEqual({
    revokedId: local.id,
    userErrors: [],
  })
  expect((await as(cookie, '{ viewer { name } }')).data.viewer).toBeNull()
  expect((await listOf(owner)).data.adminSessions).toEqual([remote])
  const event = await latchkey.app.store.prisma.auditEvent.findFirst({ orderBy: { id: 'desc' } })
  expect(event).toMatchObject({
    actorName: 'admin',
    action: 'admin.end_sessions',
    targetLabel: 'mira',
  })
  const sdk = new Latchkey({ url: latchkey.url, adminToken: latchkey.adminToken })
  expect(await sdk.admins.sessions(id)).toEqual([remote])
  await sdk.admins.endSession(id, remote.id)
  expect(await sdk.admins.sessions(id)).toEqual([])
  await expect(sdk.admins.sessions('adm_999999')).rejects.toThrow('There is no such admin.')
})

test('a browser that is not known is an audit event of its own', async () => {
  const first = await graphql(latchkey, SIGN_IN, { input: { username: 'admin', password: PASSWORD } })
  const [, device] = first.headers.getSetCookie()
  const newDevices = () =>
    latchkey.app.store.prisma.auditEvent.count({ where: { action: 'admin.sign_in_new_device' } })
  const before = await newDevices()
  const input = { username: 'admin', password: PASSWORD }
  await graphql(latchkey, SIGN_IN, { input }, { cookie: device?.split(';')[0] ?? '' })
  expect(await newDevices()).toBe(before)
  await graphql(latchkey, SIGN_IN, { input })
  expect(await newDevices()).toBe(before + 1)
})

test('the settings bound how long a session lasts, also one that there is', async () => {
  for (const [input, field] of [
    [{ sessionIdleMinutes: 4 }, 'sessionIdleMinutes'],
    [{ sessionIdleMinutes: 43_201 }, 'sessionIdleMinutes'],
    [{ sessionMaxDays: 0 }, 'sessionMaxDays'],
    [{ sessionMaxDays: 91 }, 'sessionMaxDays'],
  ] as const) {
    expect(await settings(input)).toEqual({
      settings: null,
      userErrors: [{ code: 'OUT_OF_RANGE', field: ['input', field] }],
    })
  }
  const cookie = await signIn(latchkey)
  expect((await settings({ sessionIdleMinutes: 30, sessionMaxDays: 1 })).settings).toMatchObject({
    sessionIdleMinutes: 30,
    sessionMaxDays: 1,
  })
  nowMs += 29 * MINUTE
  expect((await as(cookie, '{ viewer { name } }')).data.viewer).not.toBeNull()
  nowMs += 30 * MINUTE
  expect((await as(cookie, '{ viewer { name } }')).data.viewer).toBeNull()
  const used = await graphql(latchkey, SIGN_IN, { input: { username: 'admin', password: PASSWORD } })
  expect(used.headers.getSetCookie()[0]).toContain('Max-Age=86400;')
  expect((await settings({ sessionIdleMinutes: null, sessionMaxDays: null })).settings).toMatchObject({
    sessionIdleMinutes: 720,
    sessionMaxDays: 14,
  })
})

test('what shows or removes much needs the password again after ten minutes; automation is not asked', async () => {
  const cookie = await signIn(latchkey)
  const create = 'mutation { createApiKey(input: { name: "k", keepEncryptedCopy: true }) { apiKey { id } } }'
  const { id } = (await as(cookie, create)).data.createApiKey.apiKey
  const REVEAL = 'mutation ($input: RevealApiKeyInput!) { revealApiKey(input: $input) { secret } }'
  const DELETE = 'mutation ($input: DeleteApiKeyInput!) { deleteApiKey(input: $input) { deletedId } }'
  expect((await as(cookie, REVEAL, { id })).data.revealApiKey.secret).not.toBeNull()
  nowMs += 10 * MINUTE
  const INVITE = 'mutation { inviteAdmin(input: { role: VIEWER }) { url } }'
  const REVOKE_TOKEN = 'mutation { revokeAdminToken(input: { id: "tok_1" }) { adminToken { id } } }'
  for (const response of [
    await as(cookie, REVEAL, { id }),
    await as(cookie, DELETE, { id }),
    await as(cookie, INVITE),
    await as(cookie, REVOKE_TOKEN),
    await as(cookie, REVOKE_THEIRS, { id: 'adm_1', sessionId: 'ses_x' }),
    await as(cookie, SETTINGS, { requireSecondFactor: 'ALL' }),
    await as(cookie, SETTINGS, { sessionIdleMinutes: 43_200 }),
    await as(cookie, SETTINGS, { sessionMaxDays: 90 }),
  ])
    expect(response.errors?.[0]?.extensions).toMatchObject(STEP_UP)
  // What is sent unchanged beside another setting is no change.
  const unchanged = { sessionIdleMinutes: null, sessionMaxDays: null, requireSecondFactor: 'NONE' }
  expect((await as(cookie, SETTINGS, unchanged)).data.updateSettings.userErrors).toEqual([])
  const path = `/api/api-keys/${id.slice('key_'.length)}`
  const refused = await rest(latchkey, 'DELETE', path, {}, { cookie })
  expect([refused.status, refused.body.error.code]).toEqual([403, 'STEP_UP_REQUIRED'])
  expect((await latchkey.graphql(REVEAL, { input: { id } })).data.revealApiKey.secret).not.toBeNull()

  const CONFIRM = `mutation ($input: ConfirmIdentityInput!) {
    confirmIdentity(input: $input) { confirmedUntil userErrors { code field } }
  }`
  const confirm = async (input: Record<string, unknown>) =>
    (await as(cookie, CONFIRM, input)).data.confirmIdentity
  expect((await confirm({})).userErrors).toEqual([{ code: 'REQUIRED', field: ['input', 'password'] }])
  expect((await confirm({ password: 'wrong' })).userErrors).toEqual([
    { code: 'WRONG_CREDENTIALS', field: ['input', 'password'] },
  ])
  expect((await confirm({ code: '123456' })).userErrors[0].code).toBe('REQUIRED')
  expect((await as(cookie, DELETE, { id })).errors?.[0]?.extensions).toMatchObject(STEP_UP)
  expect(await confirm({ password: PASSWORD })).toEqual({
    confirmedUntil: new Date(nowMs + 10 * MINUTE).toISOString(),
    userErrors: [],
  })
  expect((await as(cookie, DELETE, { id })).data.deleteApiKey).toEqual({ deletedId: id })
  // Of this session alone.
  const other = await signIn(latchkey, 'ada')
  nowMs += 10 * MINUTE
  expect((await as(other, '{ viewer { confirmMeans secondFactors } }')).data.viewer).toEqual({
    confirmMeans: ['PASSWORD'],
    secondFactors: [],
  })
})
