// The way to the login page and back.
import { AuthenticationError } from '@latchkey/sdk'
import { goto } from '$app/navigation'

/** Where to go after signing in: a path on this site, never another one, whatever the address bar was made to say. */
export function returnPath(searchParams: Pick<URLSearchParams, 'get'>): string {
  const path = searchParams.get('to') ?? '/'
  return /^\/(?![/\\])/.test(path) ? path : '/'
}

/** The login page that comes back to this path. */
export function loginPath(path: string): string {
  return path === '/' ? '/login' : `/login?to=${encodeURIComponent(path)}`
}

/** True when the session has ended: the login page is then on its way, and the caller need not show anything. */
export function sessionEnded(error: unknown): boolean {
  if (!(error instanceof AuthenticationError)) return false
  void goto(loginPath(location.pathname + location.search))
  return true
}
