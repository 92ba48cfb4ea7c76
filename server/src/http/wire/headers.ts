// Which headers cross the gateway, in which direction.
import type { IncomingHttpHeaders } from 'node:http'
import { HOP_BY_HOP } from '../../domain/upstreams/hop-by-hop.ts'

const NOT_TO_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  // Made anew for the upstream.
  'host',
  'content-length',
  'expect',
  // The caller's credentials, wherever they may stand; an account of the caller's own would not fit our credential.
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
  'openai-organization',
  'openai-project',
  // Of a browser's page: an upstream may refuse a page that it does not know, and the key has been checked here.
  'origin',
  'referer',
  // Where the caller is, is not the upstream's business.
  'forwarded',
  'x-real-ip',
  'via',
])

const NOT_TO_CALLER = new Set([
  ...HOP_BY_HOP,
  // Of the upstream's account and its machines.
  'set-cookie',
  'server',
  'openai-organization',
  'openai-project',
  'www-authenticate',
  'alt-svc',
  'strict-transport-security',
  'x-powered-by',
  'via',
  // About an origin that is ours, not the upstream's.
  'clear-site-data',
  'refresh',
  // Ours takes its place; the upstream's is kept in the log.
  'x-request-id',
])

/**
 * The headers of a call as they go to its upstream, `own` of the upstream before the caller's of the same name. Answers that
 * are read are asked for without compression.
 */
export function headersToUpstream(
  headers: IncomingHttpHeaders,
  own: Readonly<Record<string, string>>,
  metered: boolean,
): Record<string, string | string[]> {
  const named = connectionNames(headers.connection)
  const out: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || NOT_TO_UPSTREAM.has(name) || named.has(name)) continue
    if (name.startsWith('x-forwarded-') || name.startsWith('sec-')) continue
    out[name] = value
  }
  if (metered) out['accept-encoding'] = 'identity'
  for (const name in own) out[name] = own[name] ?? ''
  return out
}

/**
 * The headers of an upstream's answer as they go to the caller; the length only where the body stays as it is, and none that
 * repeats one of the secrets.
 */
export function headersToClient(
  headers: IncomingHttpHeaders,
  sameLength: boolean,
  secrets: readonly string[] = [],
): Record<string, string | string[]> {
  const named = connectionNames(headers.connection)
  const out: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || NOT_TO_CALLER.has(name)) continue
    if (named.has(name) && !NEVER_OF_A_CONNECTION.has(name)) continue
    // Which pages may call is said by the gateway.
    if (name.startsWith('access-control-')) continue
    if (name === 'content-length' && !sameLength) continue
    if (secrets.length > 0 && repeats(String(value), secrets)) continue
    out[name] = value
  }
  return out
}

function repeats(value: string, secrets: readonly string[]): boolean {
  for (const secret of secrets) if (value.includes(secret)) return true
  return false
}

// Without these a request means another thing, or nothing: dropped by one of two readers, they are how requests are smuggled.
const NEVER_OF_A_CONNECTION = new Set([
  'accept',
  'api-key',
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'transfer-encoding',
  'x-api-key',
  'x-goog-api-key',
])

/** The header that `Connection` must not name, but does (RFC 9110 §7.6.1); null where all is well. */
export function misnamedHeader(connection: string | undefined): string | null {
  for (const name of connectionNames(connection)) if (NEVER_OF_A_CONNECTION.has(name)) return name
  return null
}

const NO_NAMES: ReadonlySet<string> = new Set()

function connectionNames(connection: string | undefined): ReadonlySet<string> {
  // What nearly every request says names no header.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NO_NAMES
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}
