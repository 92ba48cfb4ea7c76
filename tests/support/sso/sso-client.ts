// Signing in at a test provider as a browser does, through Latchkey's API.
import { type As, cookieOf, graphql } from '../api/client.ts'
import type { TestLatchkey } from '../server/latchkey.ts'
import { CLIENT_ID, CLIENT_SECRET, type TestProvider } from './test-provider.ts'

const START = `mutation ($input: StartSsoInput!) {
  startSso(input: $input) { url token fault userErrors { code field message } }
}`
const COMPLETE = `mutation ($input: CompleteSsoInput!) {
  completeSso(input: $input) {
    purpose viewer { name role } confirmedUntil fault userErrors { code field message }
  }
}`
const UPDATE = `mutation ($input: UpdateSsoProviderInput!) {
  updateSsoProvider(input: $input) { ssoProvider { version } userErrors { code field message } }
}`

/** Sets the provider up, with these settings beside. */
export async function setProvider(
  latchkey: TestLatchkey,
  provider: Pick<TestProvider, 'issuer'>,
  more: Record<string, unknown> = {},
) {
  const input = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    scopes: ['openid', 'profile', 'email', 'groups'],
    ...more,
  }
  const { data, errors } = await latchkey.graphql(UPDATE, { input })
  if (errors !== undefined || data.updateSsoProvider.userErrors.length > 0)
    throw new Error(JSON.stringify(errors ?? data.updateSsoProvider.userErrors))
}

/** Begins a sign-in. */
export async function start(latchkey: TestLatchkey, input: Record<string, unknown> = {}, as: As = {}) {
  const { data, errors } = await graphql(latchkey, START, { input }, as)
  return { errors, ...data?.startSso } as {
    errors: { extensions: Record<string, unknown> }[] | undefined
    url: string
    token: string
    fault: string | null
    userErrors: { code: string }[]
  }
}

/** Ends a sign-in with what the provider has sent back. `cookie`: of the session, null: none. */
export async function complete(latchkey: TestLatchkey, token: string, callback: string, as: As = {}) {
  const response = await graphql(latchkey, COMPLETE, { input: { token, callback } }, as)
  return { ...response.data.completeSso, cookie: cookieOf(response) } as {
    purpose: string | null
    viewer: { name: string; role: string } | null
    confirmedUntil: string | null
    fault: string | null
    userErrors: { code: string; message: string }[]
    cookie: string | null
  }
}

/** A whole sign-in, there and back. */
export async function signInAt(
  latchkey: TestLatchkey,
  provider: TestProvider,
  subject: string,
  input: Record<string, unknown> = {},
  as: As = {},
) {
  const started = await start(latchkey, input, as)
  if (started.url === null || started.url === undefined) throw new Error(JSON.stringify(started))
  return complete(latchkey, started.token, await provider.signIn(started.url, subject), as)
}
