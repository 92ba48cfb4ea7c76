// Signing in, staying in, and being kept out.
import { afterEach, describe, expect, test } from 'vitest'
import { cookieOf, graphql, PASSWORD, rest, SIGN_IN, signIn } from '../../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../../support/server/latchkey.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const VIEWER = '{ viewer { type name } }'

let nowMs = 0
let latchkey: TestLatchkey
async function start(env: Record<string, string> = {}) {
  nowMs = Date.parse('2026-11-22T00:00:00Z')
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, ...env }, clock: () => nowMs })
}
afterEach(() => latchkey.close())

async function attempt(username: string, password: string) {
  const response = await graphql(latchkey, SIGN_IN, { input: { username, password } })
  return { ...response.data.signIn, cookie: cookieOf(response) }
}

async function isSignedIn(cookie: string) {
  const { data } = await graphql(latchkey, VIEWER, {}, { cookie })
  return data.viewer !== null
}

test('a right password opens a session, in a cookie that scripts and other sites cannot have', async () => {
  await start()
  const response = await graphql(latchkey, SIGN_IN, { input: { username: ' ADMIN ', password: PASSWORD } })
  expect(response.data.signIn).toEqual({ viewer: { type: 'ADMIN', name: 'admin' }, userErrors: [] })
  const [session, device] = response.headers.getSetCookie()
  expect(device).toMatch(
    /^latchkey_device=[\w.-]{77}; Path=\/graphql; Max-Age=15552000; HttpOnly; SameSite=Strict$/,
  )
  expect(session).toMatch(
    /^latchkey_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax$/,
  )
  const cookie = cookieOf(response) ?? ''
  expect((await graphql(latchkey, VIEWER, {}, { cookie })).data).toEqual({
    viewer: { type: 'ADMIN', name: 'admin' },
  })
  expect((await rest(latchkey, 'GET', '/api/api-keys', undefined, { cookie })).status).toBe(200)
  expect(JSON.stringify(response.data)).not.toContain(cookie.split('=')[1])
})

test('behind TLS the cookie is for TLS alone', async () => {
  await start({ LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' })
  const input = { username: 'admin', password: PASSWORD }
  const response = await graphql(latchkey, SIGN_IN, { input }, { headers: { 'x-forwarded-proto': 'https' } })
  expect(response.headers.get('set-cookie')).toMatch(/; Secure$/)
})

test('a wrong password, an unknown name and nonsense get the same response', async () => {
  await start()
  const wrong = {
    viewer: null,
    userErrors: [
      { code: 'WRONG_CREDENTIALS', field: null, message: 'The username or the password is wrong.' },
    ],
    cookie: null,
  }
  expect(await attempt('admin', `${PASSWORD}.`)).toEqual(wrong)
  expect(await attempt('nobody', PASSWORD)).toEqual(wrong)
  expect(await attempt('', '')).toEqual(wrong)
  expect(await attempt('nul\u0000', 'x')).toEqual(wrong)
  expect(await attempt("' OR 1=1 --", 'x'.repeat(15_000))).toEqual(wrong)
})

test('five failures are let through, then even the right password has to wait; the account is never locked for good', async () => {
  await start()
  for (let i = 0; i < 5; i++)
    expect((await attempt('admin', 'wrong')).userErrors[0].code).toBe('WRONG_CREDENTIALS')
  nowMs += 10_000
  expect((await attempt('admin', PASSWORD)).userErrors).toEqual([
    { code: 'THROTTLED', field: null, message: 'Too many failed sign-ins. Try again in 290 seconds.' },
  ])
  const seconds =
    'mutation { signIn(input: { username: "admin", password: "x" }) { userErrors { retryAfterSeconds } } }'
  expect((await graphql(latchkey, seconds)).data.signIn.userErrors).toEqual([{ retryAfterSeconds: 290 }])
  nowMs += 290_000
  expect((await attempt('admin', PASSWORD)).viewer).toEqual({ type: 'ADMIN', name: 'admin' })
})

test('failures at once count as many', async () => {
  await start()
  const responses = await Promise.all(Array.from({ length: 12 }, () => attempt('admin', 'wrong')))
  const codes = responses.map((response) => response.userErrors[0].code)
  expect(codes.filter((code) => code === 'WRONG_CREDENTIALS')).toHaveLength(5)
  expect(codes.filter((code) => code === 'THROTTLED')).toHaveLength(7)
})

test('ten failures a minute from one address, whatever the names; a success forgets the failures of its account', async () => {
  await start()
  for (let i = 0; i < 4; i++) await attempt('admin', 'wrong')
  expect((await attempt('admin', PASSWORD)).cookie).not.toBeNull()
  for (let i = 0; i < 6; i++) {
    expect((await attempt(`user${i}`, 'wrong')).userErrors[0].code, `user${i}`).toBe('WRONG_CREDENTIALS')
  }
  expect((await attempt('another', 'wrong')).userErrors[0]).toMatchObject({ code: 'THROTTLED' })
  nowMs += MINUTE
  expect((await attempt('another', 'wrong')).userErrors[0].code).toBe('WRONG_CREDENTIALS')
})

test('a request may try one password only', async () => {
  await start()
  const field = 'signIn(input: { username: "admin", password: "wrong" }) { userErrors { code } }'
  const { data, errors } = await graphql(latchkey, `mutation { a: ${field} b: ${field} }`)
  expect(data).toBeUndefined()
  expect(errors?.[0]?.extensions.code).toBe('COMPLEXITY_LIMIT')
})

describe('a session', () => {
  test('ends 12 hours after its last use', async () => {
    await start()
    const cookie = await signIn(latchkey)
    for (let i = 0; i < 3; i++) {
      nowMs += 11 * HOUR
      expect(await isSignedIn(cookie)).toBe(true)
    }
    nowMs += 12 * HOUR
    expect(await isSignedIn(cookie)).toBe(false)
  })

  test('ends 14 days after it began, however much it is used', async () => {
    await start()
    const cookie = await signIn(latchkey)
    for (let hours = 0; hours < 14 * 24 - 11; hours += 11) {
      nowMs += 11 * HOUR
      expect(await isSignedIn(cookie)).toBe(true)
    }
    nowMs = Date.parse('2026-11-22T00:00:00Z') + 14 * DAY
    expect(await isSignedIn(cookie)).toBe(false)
  })

  test('writes that it was seen at most once a minute', async () => {
    await start()
    const cookie = await signIn(latchkey)
    const seen = async () =>
      (await latchkey.app.store.prisma.adminSession.findMany())[0]?.lastSeenAt.getTime()
    const first = await seen()
    nowMs += MINUTE - 1
    await isSignedIn(cookie)
    expect(await seen()).toBe(first)
    nowMs += 1
    await isSignedIn(cookie)
    expect(await seen()).toBe(nowMs)
  })

  test('is a new one at every sign-in, and the former one of that browser ends', async () => {
    await start()
    const first = await signIn(latchkey)
    const other = await signIn(latchkey)
    expect(other).not.toBe(first)
    const input = { username: 'admin', password: PASSWORD }
    const second = cookieOf(await graphql(latchkey, SIGN_IN, { input }, { cookie: first })) ?? ''
    expect(await isSignedIn(first)).toBe(false)
    expect(await isSignedIn(second)).toBe(true)
    expect(await isSignedIn(other)).toBe(true)
  })

  test('ends at sign-out, at the server too', async () => {
    await start()
    const cookie = await signIn(latchkey)
    const response = await graphql(latchkey, 'mutation { signOut { signedOut } }', {}, { cookie })
    expect(response.data).toEqual({ signOut: { signedOut: true } })
    expect(response.headers.get('set-cookie')).toBe(
      'latchkey_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax',
    )
    expect(await isSignedIn(cookie)).toBe(false)
    const again = await graphql(latchkey, 'mutation { signOut { signedOut } }', {}, { cookie })
    expect(again.data).toEqual({ signOut: { signedOut: false } })
  })

  test('does not make up for a wrong token sent beside it', async () => {
    await start()
    const cookie = await signIn(latchkey)
    const { status, data, errors } = await graphql(latchkey, VIEWER, {}, { cookie, token: 'wrong' })
    expect([status, data, errors?.[0]?.extensions.code]).toEqual([401, undefined, 'UNAUTHENTICATED'])
  })

  test('is kept by its hash only', async () => {
    await start()
    const cookie = await signIn(latchkey)
    const [row] = await latchkey.app.store.prisma.adminSession.findMany()
    expect(Buffer.from(row?.tokenHash ?? []).toString('base64url')).not.toBe(cookie.split('=')[1])
  })
})

test('sign-ins and failures are audited; a name that is no account is not written down', async () => {
  await start()
  await attempt('admin', 'wrong')
  await attempt('my-password-in-the-wrong-field', 'wrong')
  await signIn(latchkey)
  const events = await latchkey.app.store.prisma.auditEvent.findMany({ orderBy: { id: 'asc' } })
  expect(events.map(({ action, actorType, targetLabel }) => [action, actorType, targetLabel])).toEqual([
    ['admin.sign_in_failed', 'SYSTEM', 'admin'],
    ['admin.sign_in_failed', 'SYSTEM', null],
    ['admin.sign_in', 'ADMIN', 'admin'],
    ['admin.sign_in_new_device', 'ADMIN', 'admin'],
  ])
  expect(JSON.stringify(events)).not.toContain('wrong')
})

test('an admin token is known by name; a changed one replaces the former', async () => {
  await start()
  const { data } = await latchkey.graphql(VIEWER)
  expect(data).toEqual({ viewer: { type: 'ADMIN_TOKEN', name: 'environment' } })
  expect(await latchkey.app.store.prisma.adminToken.count()).toBe(1)
})
