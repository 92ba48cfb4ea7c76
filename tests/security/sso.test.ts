// Signing in at a provider, attacked: tokens that are not the provider's, ways back that are not this browser's, addresses that nobody
// may be sent to, and settings in the hands of who may not decide who administers.
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { graphql, PASSWORD } from '../support/api/client.ts'
import { signedInAs } from '../support/api/people.ts'
import { listenOnLoopback } from '../support/listen-on-loopback.ts'
import { startLatchkey, type TestLatchkey } from '../support/server/latchkey.ts'
import { complete, setProvider, signInAt, start } from '../support/sso/sso-client.ts'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type Sign,
  startTestProvider,
  type TestProvider,
} from '../support/sso/test-provider.ts'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

let latchkey: TestLatchkey
let provider: TestProvider
let people = 0

beforeAll(async () => {
  latchkey = await startLatchkey({ env: { LATCHKEY_ADMIN_PASSWORD: PASSWORD } })
  provider = await startTestProvider(latchkey.url)
  await setProvider(latchkey, provider, { createsAdmins: true, defaultRole: 'VIEWER' })
})
afterAll(async () => {
  await provider?.stop()
  await latchkey?.close()
})
afterEach(() => {
  provider.forge = null
})

const person = () => `attacked-${++people}`
const sessions = () => latchkey.app.store.prisma.adminSession.count()

function unsigned(header: object, claims: JWTPayload): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part(header)}.${part(claims)}`
}

const now = () => Math.floor(Date.now() / 1_000)

const FORGERIES: Record<string, (claims: JWTPayload, sign: Sign) => Promise<string> | string> = {
  'another nonce': (claims, sign) => sign({ ...claims, nonce: 'of another sign-in' }),
  'no nonce': ({ nonce: _nonce, ...claims }, sign) => sign(claims),
  'another issuer': (claims, sign) => sign({ ...claims, iss: 'https://login.example.com' }),
  'another audience': (claims, sign) => sign({ ...claims, aud: 'another client' }),
  'an audience beside, of another party': (claims, sign) =>
    sign({ ...claims, aud: [CLIENT_ID, 'another client'], azp: 'another client' }),
  'an expiry that has passed': (claims, sign) => sign({ ...claims, iat: now() - 7_200, exp: now() - 3_600 }),
  'no expiry': ({ exp: _exp, ...claims }, sign) => sign(claims),
  'a beginning that is to come': (claims, sign) => sign({ ...claims, nbf: now() + 3_600 }),
  'no subject': ({ sub: _sub, ...claims }, sign) => sign(claims),
  'a subject that is another one than of its userinfo': (claims, sign) => sign({ ...claims, sub: 'admin' }),
  'no signature (alg none)': (claims) => `${unsigned({ alg: 'none' }, claims)}.`,
  'a signature that is left out': async (claims, sign) =>
    `${(await sign(claims)).split('.').slice(0, 2).join('.')}.`,
  'a MAC with the client secret (HS256)': (claims) => mac({ alg: 'HS256' }, claims, CLIENT_SECRET),
  'a MAC with the public key (HS256)': async (claims) => {
    const { jwks_uri: url } = await (
      await fetch(`${provider.issuer}/.well-known/openid-configuration`)
    ).json()
    return mac({ alg: 'HS256', kid: 'of-the-tests' }, claims, await (await fetch(url)).text())
  },
  'a key of somebody else': (claims) => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'of-the-tests' }).sign(privateKey)
  },
  'a key that it brings along': (claims) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const jwk = publicKey.export({ format: 'jwk' })
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', jwk } as never).sign(privateKey)
  },
  'claims that were changed': async (claims, sign) => {
    const [header, , signature] = (await sign(claims)).split('.')
    return `${header}.${Buffer.from(JSON.stringify({ ...claims, sub: 'x' })).toString('base64url')}.${signature}`
  },
  'no JWT at all': () => 'x',
}

function mac(header: object, claims: JWTPayload, key: string): string {
  const text = unsigned(header, claims)
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`
}

test('an ID token that the test signs as the provider does signs in', async () => {
  provider.forge = (claims, sign) => sign(claims)
  expect(await signInAt(latchkey, provider, person())).toMatchObject({
    fault: null,
    cookie: expect.any(String),
  })
})

test.for(Object.keys(FORGERIES))('an ID token with %s signs in nobody', async (name) => {
  provider.forge = FORGERIES[name] ?? null
  const before = await sessions()
  const done = await signInAt(latchkey, provider, person())
  expect(done).toMatchObject({ viewer: null, cookie: null })
  expect(['TOKEN_REFUSED', 'PROVIDER_INVALID']).toContain(done.fault)
  expect(await sessions()).toBe(before)
})

describe('the way back', () => {
  test('is the same state, once, and only for what this server has begun', async () => {
    const begun = await start(latchkey)
    const callback = await provider.signIn(begun.url, person())
    const other = await start(latchkey)
    for (const [token, query] of [
      // Login CSRF: the attacker's code in the victim's browser, with the victim's sign-in, or none.
      [other.token, callback],
      ['', callback],
      [`${begun.token}x`, callback],
      [begun.token, callback.replace(/state=[^&]+/, 'state=x')],
      [begun.token, callback.replace(/&state=[^&]+/, '')],
      [begun.token, `${callback}&state=x`],
      [begun.token, 'x'.repeat(5_000)],
    ] as const)
      expect((await complete(latchkey, token, query)).fault).toBe('SIGN_IN_ENDED')
    expect((await complete(latchkey, begun.token, callback)).fault).toBeNull()
    expect((await complete(latchkey, begun.token, callback)).fault).toBe('SIGN_IN_ENDED')
  })

  test('takes no code twice, nor one of another sign-in', async () => {
    const first = await start(latchkey)
    const callback = await provider.signIn(first.url, person())
    const code = new URLSearchParams(callback).get('code') ?? ''
    expect((await complete(latchkey, first.token, callback)).fault).toBeNull()
    const second = await start(latchkey)
    const later = await provider.signIn(second.url, person())
    const query = new URLSearchParams(later)
    query.set('code', code)
    expect((await complete(latchkey, second.token, query.toString())).fault).toBe('SIGN_IN_ENDED')
    // PKCE: a code that was stolen on its way is of no use without the verifier of its own sign-in.
    const [third, fourth] = [await start(latchkey), await start(latchkey)]
    const stolen = new URLSearchParams(await provider.signIn(third.url, person()))
    stolen.set('state', new URLSearchParams(new URL(fourth.url).search).get('state') ?? '')
    expect((await complete(latchkey, fourth.token, stolen.toString())).fault).toBe('SIGN_IN_ENDED')
  })

  test('is of the provider that was asked (mix-up)', async () => {
    for (const change of [
      (query: URLSearchParams) => query.set('iss', 'https://login.example.com'),
      (query: URLSearchParams) => query.delete('iss'),
      (query: URLSearchParams) => query.append('iss', 'https://login.example.com'),
    ]) {
      const begun = await start(latchkey)
      const query = new URLSearchParams(await provider.signIn(begun.url, person()))
      change(query)
      expect((await complete(latchkey, begun.token, query.toString())).fault).toBe('TOKEN_REFUSED')
    }
  })

  test('says that somebody has cancelled', async () => {
    const begun = await start(latchkey)
    const callback = await provider.signIn(begun.url, '')
    expect(callback).toContain('error=access_denied')
    expect((await complete(latchkey, begun.token, callback)).fault).toBe('DENIED_AT_PROVIDER')
  })

  test('ends at this server alone, whatever the request says', async () => {
    const asked = new URL((await start(latchkey)).url).searchParams
    expect(asked.get('redirect_uri')).toBe(`${latchkey.url}/login/sso`)
    expect(asked.get('code_challenge_method')).toBe('S256')
    const named = await startLatchkey({ env: { LATCHKEY_PUBLIC_URL: 'https://keys.example.com' } })
    try {
      await setProvider(named, provider)
      const begun = await start(named, {}, { headers: { 'x-forwarded-host': 'evil.test' } })
      expect(new URL(begun.url).searchParams.get('redirect_uri')).toBe('https://keys.example.com/login/sso')
    } finally {
      await named.close()
    }
  })
})

describe('the provider', () => {
  const UPDATE = `mutation ($input: UpdateSsoProviderInput!) {
    updateSsoProvider(input: $input) { ssoProvider { issuer } userErrors { code field message } }
  }`

  test.for([
    ['http of another machine', 'http://login.example.com', 'INVALID'],
    ['a metadata address', 'https://169.254.169.254', 'INVALID'],
    ['a metadata name', 'https://metadata.google.internal/', 'INVALID'],
    ['another scheme', 'file:///etc/passwd', 'INVALID'],
    ['a password', 'https://a:b@login.example.com', 'INVALID'],
    ['a query', 'https://login.example.com/?x', 'INVALID'],
    ['nothing', '', 'REQUIRED'],
    ['too much', `https://login.example.com/${'x'.repeat(3_000)}`, 'TOO_LONG'],
  ])('is not at an issuer with %s', async ([, issuer, code]) => {
    const { data } = await latchkey.graphql(UPDATE, { input: { issuer, clientSecret: 'x' } })
    expect(data.updateSsoProvider.userErrors).toMatchObject([{ code, field: ['input', 'issuer'] }])
    expect(JSON.stringify(data)).not.toContain('a:b@')
  })

  test('in a private network is refused where upstreams there are', async () => {
    const closed = await startLatchkey({ env: { LATCHKEY_PRIVATE_UPSTREAMS: 'refuse' } })
    try {
      const input = { issuer: provider.issuer, clientId: 'x' }
      const { data } = await closed.graphql(UPDATE, { input })
      expect(data.updateSsoProvider.userErrors).toMatchObject([{ code: 'INVALID' }])
    } finally {
      await closed.close()
    }
  })

  test.for([
    ['another issuer', (at: string) => ({ issuer: `${at}/other` }), 'PROVIDER_INVALID'],
    [
      'a page that is a script',
      () => ({ authorization_endpoint: 'javascript:alert(1)' }),
      'PROVIDER_INVALID',
    ],
    ['a page without https', () => ({ authorization_endpoint: 'http://evil.test/' }), 'PROVIDER_INVALID'],
    ['more than may be read', () => ({ x: 'x'.repeat(1_100_000) }), 'PROVIDER_INVALID'],
    ['a way to somebody else', () => 'redirect', 'PROVIDER_INVALID'],
    ['an error of its own', () => 'error', 'PROVIDER_UNREACHABLE'],
    ['no JSON', () => 'text', 'PROVIDER_INVALID'],
  ] as const)('that responds with %s is not used', async ([, said, fault]) => {
    let followed = 0
    const server = createServer((request, response) => {
      const body = said(`http://127.0.0.1:${port}`)
      if (request.url === '/followed') followed++
      if (body === 'redirect') return void response.writeHead(302, { location: '/followed' }).end()
      if (body === 'error') return void response.writeHead(500).end()
      response.writeHead(200, { 'content-type': body === 'text' ? 'text/plain' : 'application/json' })
      const issuer = `http://127.0.0.1:${port}`
      const metadata = {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
      }
      response.end(
        body === 'text' ? 'x' : JSON.stringify({ ...metadata, ...(typeof body === 'string' ? {} : body) }),
      )
    })
    const port = await listenOnLoopback(server)
    const alone = await startLatchkey()
    try {
      await setProvider(alone, { issuer: `http://127.0.0.1:${port}` })
      const begun = await start(alone)
      expect(begun).toMatchObject({ url: null, fault })
      expect(followed).toBe(0)
    } finally {
      await alone.close()
      server.closeAllConnections()
      server.close()
    }
  })

  test('is set by nobody who may not decide who administers', async () => {
    const input = { issuer: 'https://evil.test', clientSecret: null }
    const { cookie } = await signedInAs(latchkey, 'ADMIN', 'almost')
    const token = async (more: Record<string, unknown>) => {
      const create =
        'mutation ($input: CreateAdminTokenInput!) { createAdminToken(input: $input) { token userErrors { message } } }'
      const { data } = await latchkey.graphql(create, { input: { name: `t${++people}`, ...more } })
      return { token: data.createAdminToken.token as string }
    }
    const all = { scopes: ['settings:write', 'admins:write'] }
    for (const as of [
      { cookie },
      await token({ scopes: ['settings:write'] }),
      // What they may do is bounded, and an admin whom they made would not be.
      await token({ ...all, expiresInDays: 1 }),
      await token({ ...all, networks: ['127.0.0.0/8'] }),
    ]) {
      const results = [
        (await graphql(latchkey, UPDATE, { input }, as)).data.updateSsoProvider,
        (await graphql(latchkey, 'mutation { deleteSsoProvider { userErrors { code } } }', {}, as)).data
          .deleteSsoProvider,
        (await graphql(latchkey, 'mutation { testSsoProvider { userErrors { code } } }', {}, as)).data
          .testSsoProvider,
      ]
      for (const { userErrors } of results) expect(userErrors).toMatchObject([{ code: 'FORBIDDEN' }])
    }
    const able = await token(all)
    const label = { buttonLabel: 'Example' }
    expect(
      (await graphql(latchkey, UPDATE, { input: label }, able)).data.updateSsoProvider.userErrors,
    ).toEqual([])
  })

  test('has a secret that goes to no other issuer, and that nobody reads', async () => {
    const { data } = await latchkey.graphql(UPDATE, { input: { issuer: 'https://login.example.com' } })
    expect(data.updateSsoProvider.userErrors).toMatchObject([
      { code: 'REQUIRED', field: ['input', 'clientSecret'] },
    ])
    const row = await latchkey.app.store.prisma.ssoProvider.findFirstOrThrow()
    expect(JSON.stringify(row)).not.toContain(CLIENT_SECRET)
    const events = await latchkey.app.store.prisma.auditEvent.findMany()
    expect(JSON.stringify(events)).not.toContain(CLIENT_SECRET)
    // Moved to another row's issuer by hand, it does not open.
    await latchkey.app.store.prisma.ssoProvider.updateMany({ data: { issuer: 'https://login.example.com' } })
    const { readProviderSecret } = await import('@latchkey/server/auth/sso/provider-row.ts')
    const key = { encryptionKey: new Uint8Array(32) }
    await expect(readProviderSecret(key, latchkey.app.store.prisma)).rejects.toThrow('Set it again')
    await latchkey.app.store.prisma.ssoProvider.updateMany({ data: { issuer: provider.issuer } })
  })
})

describe('a logout token', () => {
  const send = (token: string, type = 'application/x-www-form-urlencoded') =>
    fetch(`${latchkey.url}/sso/back-channel-logout`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: new URLSearchParams({ logout_token: token }).toString(),
    })
  const claims = (more: Record<string, unknown> = {}): JWTPayload => ({
    iss: provider.issuer,
    aud: CLIENT_ID,
    iat: now(),
    exp: now() + 120,
    jti: `jti-${++people}`,
    events: { [EVENT]: {} },
    ...more,
  })

  async function signedIn() {
    const subject = person()
    const { cookie } = await signInAt(latchkey, provider, subject)
    const viewer = async () =>
      (await graphql(latchkey, '{ viewer { name } }', {}, { cookie: cookie ?? '' })).data.viewer
    expect(await viewer()).not.toBeNull()
    return { subject, viewer }
  }

  test('ends the sessions of its subject, once', async () => {
    const { subject, viewer } = await signedIn()
    const other = await signedIn()
    const token = await provider.sign(claims({ sub: subject }), { typ: 'logout+jwt' })
    const response = await send(token)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await viewer()).toBeNull()
    expect(await other.viewer()).not.toBeNull()
    const again = await send(token)
    expect([again.status, await again.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'jti: this token has been taken before.' },
    ])
  })

  test('ends no session that began after it', async () => {
    const { subject, viewer } = await signedIn()
    expect((await send(await provider.sign(claims({ sub: subject, iat: now() - 200 })))).status).toBe(200)
    expect(await viewer()).not.toBeNull()
  })

  test('ends nothing unless it is the provider’s, for this client, of now, and for logging out', async () => {
    const { subject, viewer } = await signedIn()
    const sub = { sub: subject }
    const { sign } = provider
    const { jti: _jti, ...withoutId } = claims(sub)
    const { iat: _iat, ...withoutTime } = claims(sub)
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    const tokens = [
      await sign(claims()),
      await sign(claims({ ...sub, nonce: 'x' })),
      await sign(claims({ ...sub, iss: 'https://login.example.com' })),
      await sign(claims({ ...sub, aud: 'another client' })),
      await sign(claims({ ...sub, exp: now() - 120 })),
      await sign(claims({ ...sub, iat: now() - 3_600 })),
      await sign(claims({ ...sub, events: {} })),
      await sign(claims({ ...sub, events: { [EVENT]: true } })),
      await sign(claims({ ...sub, sub: [subject] })),
      await sign(claims(sub), { typ: 'at+jwt' }),
      await sign(withoutId),
      await sign(withoutTime),
      `${unsigned({ alg: 'none' }, claims(sub))}.`,
      mac({ alg: 'HS256' }, claims(sub), CLIENT_SECRET),
      await new SignJWT(claims(sub))
        .setProtectedHeader({ alg: 'RS256', kid: 'of-the-tests' })
        .sign(privateKey),
      '',
      'x.y.z',
      `${'x'.repeat(10_000)}.y.z`,
    ]
    for (const token of tokens) {
      const response = await send(token)
      expect([token.slice(0, 40), response.status]).toEqual([token.slice(0, 40), 400])
      expect(JSON.stringify(await response.json())).not.toContain(subject)
    }
    expect((await send(await sign(claims(sub)), 'application/json')).status).toBe(415)
    expect((await fetch(`${latchkey.url}/sso/back-channel-logout`)).status).toBe(405)
    expect((await fetch(`${latchkey.url}/sso/back-channel-logout/x`, { method: 'POST' })).status).toBe(404)
    expect((await send(await sign(claims({ ...sub, sid: 'another one' })))).status).toBe(200)
    expect(await viewer()).not.toBeNull()
  })
})
