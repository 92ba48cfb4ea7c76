// The session cookie. Over https its name has the prefix `__Host-`, which browsers take from this host over https alone, for every
// path and no other host (RFC 6265bis §4.1.3.2).
import { isToken } from './secret-token.ts'

const NAME = 'latchkey_session'
// Other ports of the host may set cookies of the same name beside it.
const TOKENS_MAX = 8

/** The session tokens in a Cookie header, at most eight. Over https those of the prefixed name alone, else those of the other. */
export function sessionTokensIn(cookieHeader: string | undefined, isHttps: boolean): string[] {
  const expected = nameOf(isHttps)
  const tokens: string[] = []
  for (const pair of cookieHeader?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    if (name === expected && value !== undefined && isToken(value)) tokens.push(value)
    if (tokens.length === TOKENS_MAX) break
  }
  return tokens
}

/** The Set-Cookie header of a new session, which lasts `sessionMs` at most. SameSite=Lax, so that a link to the console opens it signed in. */
export function sessionCookie(token: string, isHttps: boolean, sessionMs: number): string {
  return attributes(token, sessionMs / 1_000, isHttps)
}

/** The Set-Cookie header that deletes the cookie. */
export function clearedSessionCookie(isHttps: boolean): string {
  return attributes('', 0, isHttps)
}

function attributes(value: string, maxAgeSeconds: number, isHttps: boolean): string {
  return `${nameOf(isHttps)}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`
}

function nameOf(isHttps: boolean): string {
  return isHttps ? `__Host-${NAME}` : NAME
}
