// Which scheme the browser's connection has: the setting says it, or a trusted proxy, and nobody else. Over https cookies are bound
// to the host, and browsers are sent the header to use https alone.
import { afterEach, describe, expect, test } from 'vitest'
import { graphql, PASSWORD, SIGN_IN } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { openStation } from '../support/server/station.ts'

let latchkey: TestLatchkey
afterEach(() => latchkey.close())

async function start(env: Record<string, string>): Promise<void> {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD, ...env } })
}

async function signIn(url: { url: string }, headers: Record<string, string> = {}) {
  const input = { username: 'admin', password: PASSWORD }
  const response = await graphql(url, SIGN_IN, { input }, { headers })
  const [session = '', device = ''] = response.headers.getSetCookie()
  return { session, device, secret: response.headers.get('x-latchkey-session') ?? '' }
}

const HSTS = 'max-age=31536000'
const SECURE_SESSION =
  /^__Host-latchkey_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax; Secure$/
const SECURE_DEVICE =
  /^__Host-latchkey_device=[\w.-]{77}; Path=\/; Max-Age=15552000; HttpOnly; SameSite=Strict; Secure$/

/** Settings, what a client sends, and whether that is https. */
const CASES: [string, Record<string, string>, Record<string, string>, boolean][] = [
  ['nothing says so', {}, {}, false],
  ['a stranger says so', {}, { 'x-forwarded-proto': 'https' }, false],
  [
    'a proxy that is not trusted says so',
    { LATCHKEY_TRUSTED_PROXIES: '10.0.0.0/8' },
    { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.0.0.1' },
    false,
  ],
  [
    'a trusted proxy says so',
    { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    { 'x-forwarded-proto': 'https' },
    true,
  ],
  [
    'a trusted proxy says so in capitals, before an inner one',
    { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    { 'x-forwarded-proto': 'HTTPS , http' },
    true,
  ],
  [
    'a trusted proxy says http',
    { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    { 'x-forwarded-proto': 'http' },
    false,
  ],
  [
    'a trusted proxy says something else',
    { LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    { 'x-forwarded-proto': 'httpsx' },
    false,
  ],
  ['the setting says so', { LATCHKEY_PUBLIC_URL: 'https://keys.example.com' }, {}, true],
  [
    'the setting says so, and a stranger does not',
    { LATCHKEY_PUBLIC_URL: 'https://keys.example.com' },
    { 'x-forwarded-proto': 'http' },
    true,
  ],
  [
    'the setting says http, and a trusted proxy https',
    { LATCHKEY_PUBLIC_URL: 'http://keys.internal:8000', LATCHKEY_TRUSTED_PROXIES: '127.0.0.1' },
    { 'x-forwarded-proto': 'https' },
    false,
  ],
]

test.for(CASES)('cookies and HSTS where %s', async ([, env, headers, isHttps]) => {
  await start(env)
  const { session, device, secret } = await signIn(latchkey, headers)
  if (isHttps) {
    expect(session).toMatch(SECURE_SESSION)
    expect(device).toMatch(SECURE_DEVICE)
  } else {
    expect(session).toMatch(/^latchkey_session=[^;]+; Path=\/; Max-Age=1209600; HttpOnly; SameSite=Lax$/)
    expect(device).toMatch(/^latchkey_device=/)
  }
  for (const path of ['/', '/graphql', '/api/api-keys', '/livez', '/metrics', '/no-such-page']) {
    const response = await fetch(latchkey.url + path, { headers })
    await response.text()
    expect(response.headers.get('strict-transport-security'), path).toBe(isHttps ? HSTS : null)
  }
  const cookie = session.split(';')[0] ?? ''
  const sent = { ...headers, cookie, 'x-latchkey-session': secret }
  expect((await graphql(latchkey, '{ viewer { name } }', {}, { headers: sent })).data.viewer).not.toBeNull()
  // The other scheme's name is that of no session: any port of the host could have set it.
  const renamed = isHttps ? cookie.replace('__Host-', '') : `__Host-${cookie}`
  const wrong = { ...sent, cookie: renamed }
  expect((await graphql(latchkey, '{ viewer { name } }', {}, { headers: wrong })).data.viewer).toBeNull()
  const out = await graphql(latchkey, 'mutation { signOut { signedOut } }', {}, { headers: sent })
  expect(out.headers.get('set-cookie')).toMatch(
    isHttps
      ? /^__Host-latchkey_session=; Path=\/; Max-Age=0; .*Secure$/
      : /^latchkey_session=; Path=\/; Max-Age=0; [^S]*SameSite=Lax$/,
  )
})

describe('workers', () => {
  test('pass to the owner what a trusted proxy says, and nothing that a client does', async () => {
    await start({})
    for (const [proxies, expected] of [
      ['127.0.0.1', HSTS],
      ['10.0.0.1', null],
    ] as const) {
      const station = await openStation('sqlite', {
        env: { LATCHKEY_WORKERS: '2', LATCHKEY_TRUSTED_PROXIES: proxies },
      })
      try {
        const { url } = await station.start()
        const response = await fetch(`${url}/livez`, {
          headers: { 'x-forwarded-proto': 'https', 'x-latchkey-client-scheme': 'https' },
        })
        expect(response.headers.get('strict-transport-security')).toBe(expected)
        const plain = await fetch(`${url}/livez`, { headers: { 'x-latchkey-client-scheme': 'https' } })
        expect(plain.headers.get('strict-transport-security')).toBeNull()
      } finally {
        await station.remove()
      }
    }
  })
})
