// A session's cookie opens nothing by itself: browsers send it to every port of its host. The second secret, which the console
// keeps in the storage of its own origin, has to come with it.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieOf, graphql, PASSWORD, SIGN_IN } from '../support/api/client.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'

type Session = { cookie: string; secret: string }

let latchkey: TestLatchkey
let own: Session
let other: Session
beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  own = await signedIn()
  other = await signedIn()
})
afterAll(() => latchkey.close())

async function signedIn(headers: Record<string, string> = {}): Promise<Session> {
  const input = { username: 'admin', password: PASSWORD }
  const response = await graphql(latchkey, SIGN_IN, { input }, { headers })
  return { cookie: cookieOf(response) ?? '', secret: response.headers.get('x-latchkey-session') ?? '' }
}

const json = { 'content-type': 'application/json' }
const post = (query: string, accept = 'application/json') => ({
  method: 'POST',
  headers: { ...json, accept },
  body: JSON.stringify({ query }),
})

/** What a session may reach, and whether a response says that it was let in. */
const PLACES: [string, string, RequestInit, (response: Response, text: string) => boolean][] = [
  ['the viewer', '/graphql', post('{ viewer { name } }'), (_, text) => text.includes('"admin"')],
  ['a query', '/graphql', post('{ apiKeys { totalCount } }'), (_, text) => text.includes('totalCount')],
  [
    'a mutation',
    '/graphql',
    post('mutation { deleteApiKey(input: { id: "key_99999" }) { userErrors { code } } }'),
    (_, text) => text.includes('userErrors'),
  ],
  [
    'a stream of events',
    '/graphql',
    post('{ apiKeys { totalCount } }', 'text/event-stream'),
    (_, text) => text.includes('totalCount'),
  ],
  ['reading REST', '/api/api-keys', {}, ({ status }) => status === 200],
  [
    'writing REST',
    '/api/api-keys',
    { method: 'POST', headers: json, body: '{"name":"x"}' },
    ({ status }) => status === 200,
  ],
  ['the metrics', '/metrics', {}, ({ status }) => status === 200],
]

/** What is sent in place of the session's own secret. */
const WRONG: [string, (session: Session) => Record<string, string>][] = [
  ['the cookie alone', ({ cookie }) => ({ cookie })],
  ['an empty secret', ({ cookie }) => ({ cookie, 'x-latchkey-session': '' })],
  ['the secret alone', ({ secret }) => ({ 'x-latchkey-session': secret })],
  ['the secret of another session', ({ cookie }) => ({ cookie, 'x-latchkey-session': other.secret })],
  ['the cookie in its place', ({ cookie }) => ({ cookie, 'x-latchkey-session': cookie.split('=')[1] ?? '' })],
  [
    'a hash of the cookie',
    ({ cookie }) => ({
      cookie,
      'x-latchkey-session': createHash('sha256')
        .update(cookie.split('=')[1] ?? '')
        .digest('base64url'),
    }),
  ],
  ['a shortened secret', ({ cookie, secret }) => ({ cookie, 'x-latchkey-session': secret.slice(0, -1) })],
  ['two secrets', ({ cookie, secret }) => ({ cookie, 'x-latchkey-session': `${secret}, ${other.secret}` })],
  ['20,000 characters', ({ cookie }) => ({ cookie, 'x-latchkey-session': 'a'.repeat(20_000) })],
]

async function isLetIn(
  [, path, init, shows]: (typeof PLACES)[number],
  headers: Record<string, string>,
): Promise<boolean> {
  const response = await fetch(latchkey.url + path, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...headers },
  })
  return shows(response, await response.text())
}

describe.for(PLACES)('%s', (place) => {
  test('is open to the cookie with its own secret', async () => {
    expect(await isLetIn(place, { cookie: own.cookie, 'x-latchkey-session': own.secret })).toBe(true)
  })

  test.for(WRONG)('is closed to %s', async ([, headersOf]) => {
    expect(await isLetIn(place, headersOf(own))).toBe(false)
  })
})

test('a cookie that another port has set beside it does not take its place', async () => {
  const [name = ''] = own.cookie.split('=')
  for (const cookie of [
    `${other.cookie}; ${own.cookie}`,
    `${name}=${'a'.repeat(43)}; ${own.cookie}`,
    `${own.cookie}; ${other.cookie}`,
  ]) {
    const { data } = await graphql(
      latchkey,
      '{ viewer { name } }',
      {},
      {
        headers: { cookie, 'x-latchkey-session': own.secret },
      },
    )
    expect(data, cookie).toEqual({ viewer: { name: 'admin' } })
  }
})

test('the secret is in no body, no cookie and no row', async () => {
  const input = { username: 'admin', password: PASSWORD }
  const response = await graphql(latchkey, SIGN_IN, { input })
  const secret = response.headers.get('x-latchkey-session') ?? ''
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(JSON.stringify(response.data)).not.toContain(secret)
  expect(response.headers.getSetCookie().join()).not.toContain(secret)
  const rows = await latchkey.app.store.prisma.adminSession.findMany()
  for (const { tokenHash } of rows) expect(Buffer.from(tokenHash).toString('base64url')).not.toBe(secret)
})

test('signing out ends the session, also where its secret is lost', async () => {
  const { cookie, secret } = await signedIn()
  const response = await graphql(latchkey, 'mutation { signOut { signedOut } }', {}, { headers: { cookie } })
  expect(response.data).toEqual({ signOut: { signedOut: true } })
  expect(response.headers.get('x-latchkey-session')).toBe('')
  const { data } = await graphql(
    latchkey,
    '{ viewer { name } }',
    {},
    {
      headers: { cookie, 'x-latchkey-session': secret },
    },
  )
  expect(data).toEqual({ viewer: null })
})
