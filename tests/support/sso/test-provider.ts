// A real provider of OpenID Connect (oidc-provider) on loopback, whose people and tokens a test decides.
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import Provider from 'oidc-provider'
import { listenOnLoopback } from '../listen-on-loopback.ts'

export const CLIENT_ID = 'latchkey'
export const CLIENT_SECRET = 'a client secret of the tests'

type Person = Record<string, unknown>

export type TestProvider = {
  issuer: string
  /** By subject: what the provider says of them. */
  people: Map<string, Person>
  /** Replaces the ID token of the next responses; null: as the provider made it. */
  forge: ((claims: JWTPayload, sign: Sign) => Promise<string> | string) | null
  /** What the token endpoint was sent, one each. */
  codes: string[]
  /** What the authorization endpoint was asked for. */
  asked: URLSearchParams[]
  /** What the person's session at the provider says it is, of `auth_time`; null: as it is. */
  authTime: number | null
  /** Signs with the provider's own key. */
  sign: Sign
  /** Does what a browser does at the provider, as this person; resolves with the query of the way back. */
  signIn(url: string, subject: string): Promise<string>
  /** Signs the person out at the provider, in the browser of the last `signIn`. */
  signOut(): Promise<void>
  /** From here on nobody is there. */
  stop(): Promise<void>
}

export type Sign = (
  claims: JWTPayload,
  header?: { alg?: string; typ?: string; kid?: string },
) => Promise<string>

/** `site`: the origin of the server that people come back to. */
export async function startTestProvider(site: string): Promise<TestProvider> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), kid: 'of-the-tests', use: 'sig', alg: 'RS256' }
  const sign: Sign = (claims, header = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'of-the-tests', ...header }).sign(privateKey)
  const server = createServer()
  const port = await listenOnLoopback(server)
  const issuer = `http://127.0.0.1:${port}`
  const people = new Map<string, Person>()
  const cookies = new Map<string, string>()
  const state: TestProvider = {
    issuer,
    people,
    forge: null,
    codes: [],
    asked: [],
    authTime: null,
    sign,
    signIn,
    signOut,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [`${site}/login/sso`],
        post_logout_redirect_uris: [`${site}/login`],
        backchannel_logout_uri: `${site}/sso/back-channel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    cookies: { keys: ['of the tests'] },
    ttl: { Interaction: 600, Grant: 600, Session: 600 },
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups', 'teams'],
    },
    scopes: ['openid', 'profile', 'email', 'groups'],
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        logoutSource(ctx: { body: unknown }, form: string) {
          ctx.body = `<!doctype html>${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>`
        },
      },
    },
    findAccount: (_ctx: unknown, id: string) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...people.get(id) }),
    }),
    interactions: { url: (_ctx: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    // Its own would refuse addresses of loopback.
    fetch: (url: string, { method, headers, body }: RequestInit) =>
      fetch(url, { method: method ?? 'GET', headers: headers ?? {}, body: body ?? null }),
    renderError(ctx: { type: string; body: unknown }, out: unknown) {
      ctx.type = 'application/json'
      ctx.body = JSON.stringify(out)
    },
  } as never)
  provider.use(async (ctx, next) => {
    if (ctx.path === '/auth') state.asked.push(new URLSearchParams(ctx.querystring))
    const [, uid] = /^\/interaction\/([\w-]+)$/.exec(ctx.path) ?? []
    if (uid !== undefined) return interact(ctx)
    await next()
    const body = ctx.body as { id_token?: string } | null
    if (ctx.path !== '/token' || typeof body?.id_token !== 'string') return
    const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString())
    if (state.authTime !== null) claims.auth_time = state.authTime
    if (state.forge !== null) body.id_token = await state.forge(claims, sign)
    else if (state.authTime !== null) body.id_token = await sign(claims)
  })
  server.on('request', provider.callback())

  /** The page that asks who it is, and what it is sent. */
  async function interact(ctx: Parameters<Parameters<typeof provider.use>[0]>[0]) {
    const details = await provider.interactionDetails(ctx.req, ctx.res)
    if (ctx.method === 'GET') {
      ctx.type = 'text/html'
      ctx.body = `<!doctype html><title>Sign in</title><form method="post">
        <label>Account <input name="account" required></label><button>Sign in</button></form>`
      return
    }
    const form = new URLSearchParams(await textOf(ctx.req))
    const accountId = form.get('account') ?? ''
    ctx.respond = false
    if (accountId === '')
      return provider.interactionFinished(ctx.req, ctx.res, {
        error: 'access_denied',
        error_description: 'cancelled',
      })
    const grant = new provider.Grant({ accountId, clientId: CLIENT_ID })
    grant.addOIDCScope(String(details.params.scope))
    const consent = { grantId: await grant.save() }
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId }, consent })
  }

  async function step(url: string, body?: URLSearchParams): Promise<Response> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body === undefined ? {} : { method: 'POST', body }),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (name === undefined || value === undefined) continue
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }

  async function signIn(url: string, subject: string): Promise<string> {
    // A browser of one's own, so that nobody is signed in there yet.
    cookies.clear()
    let next = url
    for (let steps = 0; steps < 10; steps++) {
      const response = await step(next)
      const isPage = response.status === 200 && next.includes('/interaction/')
      const moved = isPage ? await step(next, new URLSearchParams({ account: subject })) : response
      const location = moved.headers.get('location')
      if (location === null) throw new Error(`no way on: ${moved.status} ${await moved.text()}`)
      const target = new URL(location, issuer)
      if (target.origin !== issuer) return target.search.slice(1)
      next = target.href
    }
    throw new Error('a sign-in without an end')
  }

  async function signOut(): Promise<void> {
    const page = await step(`${issuer}/session/end?client_id=${CLIENT_ID}`)
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const done = await step(`${issuer}/session/end/confirm`, new URLSearchParams({ xsrf, logout: 'yes' }))
    await done.text()
  }

  return state
}

async function textOf(request: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
