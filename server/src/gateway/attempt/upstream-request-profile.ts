// What every request to one upstream has in common: headers, secrets, egress.
//
// A cache. Owner: this module. Key: the upstream's object, which never changes: every route table has new ones. Bound and
// lifetime: those of the objects.
import { headersOf, proxyOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import type { EgressOptions } from '../../http/client/upstream-client.ts'

export type UpstreamRequestProfile = {
  /** Sent with every request, with the credential; names in lower case. */
  headers: Readonly<Record<string, string>>
  /** What no client may learn of these, in each form in which a response may repeat it; the longest first. */
  secrets: readonly string[]
  egress: EgressOptions | null
}

const profiles = new WeakMap<Upstream, UpstreamRequestProfile>()

/** Computed with the first call to an upstream, and the same object for all that follow. */
export function upstreamRequestProfile(upstream: Upstream): UpstreamRequestProfile {
  let profile = profiles.get(upstream)
  if (profile === undefined) {
    profile = { headers: headersOf(upstream), secrets: secretsOf(upstream), egress: egressOf(upstream) }
    profiles.set(upstream, profile)
  }
  return profile
}

function secretsOf({ credential, settings }: Upstream): string[] {
  const sent = credential === null ? [] : [credential]
  for (const name of settings?.secretHeaders ?? []) {
    const value = settings?.headers[name] ?? ''
    sent.push(value)
    // RFC 9110 §11.4: what follows the scheme is the secret, and a response may repeat it alone.
    const [, token] = /^[A-Za-z-]+ +(\S+)$/.exec(value) ?? []
    if (token !== undefined) sent.push(token)
  }
  const escaped = sent.map((secret) => JSON.stringify(secret).slice(1, -1))
  return [...new Set([...sent, ...escaped])]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
}

/** Null for an upstream of the environment without a proxy, which has no settings for egress. */
function egressOf(upstream: Upstream): EgressOptions | null {
  const { baseUrl, settings } = upstream
  if (settings === undefined) return proxiedEgress(baseUrl, proxyOf(upstream))
  const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, proxyUrl } = settings
  return {
    key: JSON.stringify([baseUrl, proxyUrl, connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs]),
    timeouts: { connectMs: connectTimeoutMs, headMs: firstByteTimeoutMs, idleMs: idleTimeoutMs },
    proxyUrl,
  }
}

function proxiedEgress(baseUrl: string, proxyUrl: string | null): EgressOptions | null {
  if (proxyUrl === null) return null
  return {
    key: JSON.stringify(['environment', baseUrl, proxyUrl]),
    timeouts: { connectMs: null, headMs: null, idleMs: null },
    proxyUrl,
    isTrusted: true,
  }
}
