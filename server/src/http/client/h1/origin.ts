// A base URL as an origin: what a connection is opened to, and what every request to it begins with.
import { isIP, type LookupFunction } from 'node:net'

export type Origin = {
  secure: boolean
  hostname: string
  port: number
  /** For the Host header: with the port, where it is not the scheme's own. */
  host: string
  /** For TLS; null for an address, which is never sent as a name (RFC 6066 §3). */
  servername: string | null
  /** What every path begins with, without a slash at the end. */
  prefix: string
  /** How its name is resolved; null: by the system. */
  lookup: LookupFunction | null
}

/** Null for what is no http:// or https:// URL. */
export function originOf(baseUrl: string, lookup: LookupFunction | null = null): Origin | null {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  const secure = url.protocol === 'https:'
  const hostname = url.hostname.replace(/^\[|\]$/g, '')
  return {
    secure,
    hostname,
    port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
    host: url.host,
    servername: isIP(hostname) === 0 ? hostname : null,
    prefix: url.pathname === '/' ? '' : url.pathname,
    lookup,
  }
}
