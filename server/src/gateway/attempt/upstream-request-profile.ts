// What every request to an upstream carries, and how it goes there.
//
// Owner: this module. Key: the upstream's object, which is never changed, but made anew with every route table. Bound and
// lifetime: those of the objects themselves.
import { headersOf, type Upstream } from '../../domain/upstreams/upstream.ts'
import type { EgressOptions } from '../../http/client/upstream-client.ts'

export type UpstreamRequestProfile = {
  /** Sent with every request, the credential among them; names in lower case. */
  headers: Readonly<Record<string, string>>
  /** Whatever of these no caller may learn, in each form that an answer may repeat it in; the longest first. */
  secrets: readonly string[]
  egress: EgressOptions | null
}

const candidates = new WeakMap<Upstream, UpstreamRequestProfile>()

/** Worked out with the first call of an upstream, and the same for all that follow. */
export function upstreamRequestProfile(upstream: Upstream): UpstreamRequestProfile {
  let way = candidates.get(upstream)
  if (way === undefined) {
    way = { headers: headersOf(upstream), secrets: secretsOf(upstream), egress: egressOf(upstream) }
    candidates.set(upstream, way)
  }
  return way
}

function secretsOf({ credential, settings }: Upstream): string[] {
  const sent = credential === null ? [] : [credential]
  for (const name of settings?.secretHeaders ?? []) {
    const value = settings?.headers[name] ?? ''
    sent.push(value)
    // RFC 9110 §11.4: what follows the scheme is the secret, and may be repeated alone.
    const [, token] = /^[A-Za-z-]+ +(\S+)$/.exec(value) ?? []
    if (token !== undefined) sent.push(token)
  }
  const escaped = sent.map((secret) => JSON.stringify(secret).slice(1, -1))
  return [...new Set([...sent, ...escaped])]
    .filter((secret) => secret !== '')
    .sort((a, b) => b.length - a.length)
}

/** Null for an upstream of the environment, which is reached as the machine reaches anything. */
function egressOf({ baseUrl, settings }: Upstream): EgressOptions | null {
  if (settings === undefined) return null
  const { connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs, proxyUrl } = settings
  return {
    key: JSON.stringify([baseUrl, proxyUrl, connectTimeoutMs, firstByteTimeoutMs, idleTimeoutMs]),
    timeouts: { connectMs: connectTimeoutMs, headMs: firstByteTimeoutMs, idleMs: idleTimeoutMs },
    proxyUrl,
  }
}
