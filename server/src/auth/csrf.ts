// Keeps other sites from using an admin's session: what SameSite=Lax leaves open is closed by where a request
// says it comes from (OWASP CSRF Cheat Sheet, "Fetch Metadata headers"), with Origin for browsers and plain-HTTP
// origins that send none.
import type { IncomingHttpHeaders } from 'node:http'
import { AdminError } from '../domain/admin-errors.ts'

/** Throws FORBIDDEN unless the request comes from our own pages, or from no page at all. */
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

/** Throws UNSUPPORTED_MEDIA_TYPE unless the body says that it is JSON, which no HTML form can. */
export function requireJson(headers: IncomingHttpHeaders): void {
  const mediaType = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (mediaType !== 'application/json') throw new AdminError('UNSUPPORTED_MEDIA_TYPE')
}

/** As in a Host header: default ports are left out on both sides. "null", of sandboxed pages, is no host of ours. */
function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null
}
