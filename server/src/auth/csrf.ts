// Keeps other sites from using an admin's session. SameSite=Lax does not prevent all such requests, so Sec-Fetch-Site is checked
// (OWASP CSRF Cheat Sheet, "Fetch Metadata headers"), or Origin, for browsers and plain-HTTP origins that do not send it.
import type { IncomingHttpHeaders } from 'node:http'
import { AdminError } from '../domain/admin-errors.ts'

/** Throws FORBIDDEN for a request from a page of another origin; requests from no page (curl, a bookmark) pass. */
export function refuseOtherSites(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  if (site !== undefined) {
    if (site !== 'same-origin' && site !== 'none') throw new AdminError('FORBIDDEN')
    return
  }
  if (headers.origin !== undefined && hostOf(headers.origin) !== headers.host?.toLowerCase()) {
    throw new AdminError('FORBIDDEN')
  }
}

/** Throws UNSUPPORTED_MEDIA_TYPE unless Content-Type is JSON, which no HTML form can send. */
export function requireJson(headers: IncomingHttpHeaders): void {
  const mediaType = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') throw new AdminError('UNSUPPORTED_MEDIA_TYPE')
}

// The second is what Apollo's clients send.
const PREFLIGHT_HEADERS = ['x-graphql-csrf', 'apollo-require-preflight']

/**
 * Throws FORBIDDEN unless there is a header that no form, link or image of another page can send: a browser asks the server first,
 * which permits no other origin (Fetch standard, "CORS-preflight fetch").
 */
export function requirePreflight(headers: IncomingHttpHeaders): void {
  if (PREFLIGHT_HEADERS.some((name) => headers[name] !== undefined && headers[name] !== '')) return
  throw new AdminError('FORBIDDEN', 'A GET needs the header "X-GraphQL-CSRF: 1" beside its admin token.')
}

/** As in a Host header: without a default port. Null for "null", which sandboxed pages send. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
