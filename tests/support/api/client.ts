// Calls a server's admin APIs as a browser, as automation or as a stranger would.
import type { TestLatchkey } from '../server/latchkey.ts'

export type GraphqlResponse = {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  data: any
  errors: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[] | undefined
  extensions: Record<string, unknown> | undefined
}

export type As = { token?: string; cookie?: string; headers?: Record<string, string> }

export const PASSWORD = 'correct horse battery'

// The second secret of each session that was started here, by its cookie: a page of the console keeps it, and sends it along.
const sessionSecrets = new Map<string, string>()

/** The headers that a page of the console sends for a session that was started here. */
export function sessionHeaders(cookie: string): Record<string, string> {
  const secret = sessionSecrets.get(cookie)
  return { cookie, ...(secret !== undefined && { 'x-latchkey-session': secret }) }
}

/** Sends one operation and returns the response, whatever it is. */
export async function graphql(
  latchkey: Pick<TestLatchkey, 'url'>,
  query: string,
  variables: Record<string, unknown> = {},
  as: As = {},
): Promise<GraphqlResponse> {
  const response = await fetch(`${latchkey.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(as) },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors, extensions } = JSON.parse(await response.text())
  const secret = response.headers.get('x-latchkey-session')
  if (secret) sessionSecrets.set(cookieOf(response) ?? '', secret)
  return { status: response.status, headers: response.headers, data, errors, extensions }
}

export type RestResponse = {
  status: number
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into the response that it requested
  body: any
}

/** Sends one REST request, as the admin token by default. A string body is sent as it is. */
export async function rest(
  latchkey: TestLatchkey,
  method: string,
  path: string,
  body?: unknown,
  as: As = { token: latchkey.adminToken },
): Promise<RestResponse> {
  const sent =
    body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const response = await fetch(`${latchkey.url}${path}`, {
    method,
    headers: { ...(sent !== undefined && { 'content-type': 'application/json' }), ...headersOf(as) },
    ...(sent !== undefined && { body: sent as string }),
  })
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

/** The cookie that a response sets, as a browser would send it back; null where it sets none. */
export function cookieOf({ headers }: { headers: Headers }): string | null {
  return headers.get('set-cookie')?.split(';')[0] ?? null
}

export const SIGN_IN = `mutation ($input: SignInInput!) {
  signIn(input: $input) { viewer { type name } userErrors { code field message } }
}`

/** Signs in and returns the session's cookie. */
export async function signIn(
  latchkey: Pick<TestLatchkey, 'url'>,
  username = 'admin',
  password = PASSWORD,
): Promise<string> {
  const response = await graphql(latchkey, SIGN_IN, { input: { username, password } })
  const cookie = cookieOf(response)
  if (cookie === null) throw new Error(`not signed in: ${JSON.stringify(response.data)}`)
  return cookie
}

/** Makes one call with a key, to the built-in echo. */
export async function call(
  latchkey: TestLatchkey,
  secret: string,
  body: Record<string, unknown> = { model: 'echo', messages: [{ role: 'user', content: 'Hello' }] },
): Promise<{ status: number; requestId: string }> {
  const response = await fetch(`${latchkey.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  await response.text()
  return { status: response.status, requestId: response.headers.get('x-request-id') ?? '' }
}

function headersOf({ token, cookie, headers }: As): Record<string, string> {
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(cookie !== undefined && sessionHeaders(cookie)),
    ...headers,
  }
}
