// The page that somebody wanted before having to sign in, carried in `?to=`.

/** Where to go after signing in: a path on this site, never another site, whatever is in the URL. */
export function returnPath(searchParams: Pick<URLSearchParams, 'get'>): string {
  const path = searchParams.get('to') ?? '/'
  // Browsers drop tabs and line breaks in a URL: `/<tab>/evil.test` would be `//evil.test`.
  return /^\/(?![/\\])[^\p{Cc}]*$/u.test(path) ? path : '/'
}

/** The login page that comes back to this path. */
export function loginPath(path: string): string {
  return path === '/' ? '/login' : `/login?to=${encodeURIComponent(path)}`
}

/** True for a path that the server itself serves, GraphiQL's, and not the console: the browser has to load it. */
export function isServerPage(path: string): boolean {
  return /^\/graphql(?![^/?#])/.test(path)
}
