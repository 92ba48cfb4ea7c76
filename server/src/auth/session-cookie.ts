// The session cookie.
import { isToken } from './secret-token.ts'
import { SESSION_MS } from './session.ts'

const NAME = 'latchkey_session'

/** The session token in a Cookie header, or null. */
export function sessionTokenIn(cookieHeader: string | undefined): string | null {
  for (const pair of cookieHeader?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    if (name === NAME && value !== undefined && isToken(value)) return value
  }
  return null
}

/** The Set-Cookie header of a new session. SameSite=Lax, so that a link to the console opens it signed in. */
export function sessionCookie(token: string, secure: boolean): string {
  return attributes(`${NAME}=${token}`, SESSION_MS / 1_000, secure)
}

/** The Set-Cookie header that deletes the cookie. */
export function clearedSessionCookie(secure: boolean): string {
  return attributes(`${NAME}=`, 0, secure)
}

function attributes(pair: string, maxAgeSeconds: number, secure: boolean): string {
  return `${pair}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`
}
