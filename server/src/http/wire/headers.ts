// Which headers the gateway passes on, in which direction.
import type { IncomingHttpHeaders } from 'node:http'
import { HOP_BY_HOP } from '../../domain/upstreams/hop-by-hop.ts'

const NOT_TO_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  // The upstream client sets its own.
  'host',
  'content-length',
  'expect',
  // The client's credentials, in every header that may hold them; a client's own account would not fit the gateway's credential.
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
  'openai-organization',
  'openai-project',
  // What the client says of the call to this gateway.
  'x-latchkey-tags',
  // Frameworks take them for the method: the rules have judged another request.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // Of a browser's page: an upstream may refuse a page that it does not know, and the key has been checked here.
  'origin',
  'referer',
  // The client's address is not for the upstream.
  'akamai-origin-hop',
  'cdn-loop',
  'client-ip',
  'do-connecting-ip',
  'fastly-client-ip',
  'forwarded',
  'incap-client-ip',
  'true-client-ip',
  'via',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-coming-from',
  'x-real-ip',
  // Who the client is, by a proxy in front that has identified it.
  'x-amzn-trace-id',
  'x-client-cert',
  'x-remote-user',
  'x-webauth-user',
])

// What a CDN, a load balancer or an identity proxy in front of the gateway adds: addresses, identity tokens, routing. Cloudflare
// refuses a request that holds some of its own. By the first letter, so that most names are compared with none.
// https://developers.cloudflare.com/fundamentals/reference/http-headers/
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
// https://cloud.google.com/iap/docs/identity-howto
// https://oauth2-proxy.github.io/oauth2-proxy/features/endpoints
const PROXY_PREFIXES: ReadonlyMap<number, readonly string[]> = Map.groupBy(
  [
    'cf-',
    'cloudfront-',
    'fly-',
    'remote-',
    'sec-',
    'ssl-client-',
    'tailscale-',
    'x-akamai-',
    'x-amzn-mtls-',
    'x-amzn-oidc-',
    'x-appengine-',
    'x-auth-request-',
    'x-authentik-',
    'x-azure-',
    'x-envoy-',
    'x-forwarded-',
    'x-goog-authenticated-user-',
    'x-goog-iap-',
    'x-ms-client-principal',
    'x-ms-token-aad-',
    'x-original-',
    'x-pomerium-',
    'x-vercel-',
  ],
  (prefix) => prefix.charCodeAt(0),
)

/**
 * What of an upstream's response reaches the client. By an allow-list: what concerns the upstream's origin, account or machines
 * (cookies, policies of browsers, reports, service workers) has new names each year, and would be taken for the gateway's.
 */
const TO_CLIENT = new Set([
  // What the body is (RFC 9110 §8, §14; RFC 6266).
  'content-type',
  'content-length',
  'content-encoding',
  'content-language',
  'content-range',
  'content-disposition',
  'accept-ranges',
  'etag',
  'last-modified',
  // How long it may be kept (RFC 9111).
  'age',
  'cache-control',
  'date',
  'expires',
  'vary',
  'x-accel-buffering',
  // Whether and when to call again, and what there is to call (RFC 9110 §10.2; RFC 8594; RFC 9745).
  'allow',
  'deprecation',
  'idempotent-replayed',
  'location',
  'ratelimit',
  'ratelimit-policy',
  'retry-after',
  'retry-after-ms',
  'sunset',
  'x-should-retry',
  // Of what made it: OpenAI and Azure, for whoever asks their support.
  'apim-request-id',
  'cf-ray',
  'openai-model',
  // How long a client waits before it asks again for an object that is in progress.
  'openai-poll-after-ms',
  'openai-processing-ms',
  'openai-version',
  'x-ms-region',
  'x-ms-request-id',
  'x-ms-client-request-id',
])
// Names of limits differ by upstream: `x-ratelimit-remaining-tokens`, `anthropic-ratelimit-…`, `x-ratelimit-limit-tokens_usage_based`.
const TO_CLIENT_PREFIXES = ['x-ratelimit-', 'ratelimit-', 'anthropic-ratelimit-']

/**
 * The request headers of a call for its upstream; `own` of the upstream take the place of the client's of the same name.
 * Responses that are read are requested without compression.
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
    if (isOfProxy(name)) continue
    out[name] = value
  }
  if (metered) out['accept-encoding'] = 'identity'
  for (const name in own) out[name] = own[name] ?? ''
  return out
}

function isOfProxy(name: string): boolean {
  const prefixes = PROXY_PREFIXES.get(name.charCodeAt(0))
  if (prefixes === undefined) return false
  for (const prefix of prefixes) if (name.startsWith(prefix)) return true
  return false
}

/**
 * The headers of an upstream's response for the client; the length only where the body stays as it is, and none that
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
    if (value === undefined || !isForClient(name)) continue
    if (named.has(name) && !NEVER_OF_A_CONNECTION.has(name)) continue
    if (name === 'content-length' && !sameLength) continue
    if (secrets.length > 0 && repeats(String(value), secrets)) continue
    out[name] = value
  }
  return out
}

function isForClient(name: string): boolean {
  if (TO_CLIENT.has(name)) return true
  for (const prefix of TO_CLIENT_PREFIXES) if (name.startsWith(prefix)) return true
  return false
}

function repeats(value: string, secrets: readonly string[]): boolean {
  for (const secret of secrets) if (value.includes(secret)) return true
  return false
}

// Without these a request means something else, or nothing: where one of two readers drops them, requests can be smuggled.
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

/** The header that `Connection` must not name, but does (RFC 9110 §7.6.1); null where there is none. */
export function misnamedHeader(connection: string | undefined): string | null {
  for (const name of connectionNames(connection)) if (NEVER_OF_A_CONNECTION.has(name)) return name
  return null
}

const NO_NAMES: ReadonlySet<string> = new Set()

function connectionNames(connection: string | undefined): ReadonlySet<string> {
  // The values of nearly every request name no header.
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return NO_NAMES
  return new Set(connection.split(',').map((name) => name.trim().toLowerCase()))
}
