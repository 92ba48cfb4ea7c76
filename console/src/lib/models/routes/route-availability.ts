// Whether a model can be reached now by the state of its upstreams, and if not, when again.
import type { ModelRoute, Upstream } from '@latchkey/sdk'

/** OFF: an admin has to do something first. `until`: when the first route may take calls again; null: nobody knows. */
export type Unavailability = { why: 'COOLING_DOWN' | 'OPEN' | 'OFF'; until: string | null }

type Reached = Pick<Upstream, 'id' | 'enabled' | 'health' | 'credentials'>
type Route = Pick<ModelRoute, 'upstreamModel'> & { upstream: { id: string } }

/**
 * Why none of the routes takes calls, by the one that takes them first again; null: one does, or its upstream is not among
 * `upstreams`. What ends until `nowMs` has ended.
 */
export function unavailabilityOf(
  routes: readonly Route[],
  upstreams: readonly Reached[],
  nowMs: number,
): Unavailability | null {
  let mildest: Unavailability | null = null
  for (const route of routes) {
    const upstream = upstreams.find(({ id }) => id === route.upstream.id)
    const state = upstream ? stateOf(route, upstream, nowMs) : null
    if (state === null) return null
    if (mildest === null || endOf(state) < endOf(mildest)) mildest = state
  }
  return mildest
}

const endOf = ({ until }: Unavailability) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until))

/** One credential that does not cool down is enough; one that is cooling down for several reasons does until the last ends. */
function stateOf({ upstreamModel }: Route, upstream: Reached, nowMs: number): Unavailability | null {
  const { health, credentials } = upstream
  const sent = credentials.filter(({ enabled, readable }) => enabled && readable)
  if (!upstream.enabled || (credentials.length > 0 && sent.length === 0)) return { why: 'OFF', until: null }
  if (health.breaker === 'OPEN') {
    const open: Unavailability = { why: 'OPEN', until: health.retryAt }
    return endOf(open) > nowMs ? open : null
  }
  const ends = (sent.length > 0 ? sent.map(({ id }) => id) : [null]).map((credentialId) =>
    Math.max(
      ...health.coolingDownCredentials
        .filter((each) => each.credentialId === credentialId)
        .filter((each) => each.upstreamModel === null || each.upstreamModel === upstreamModel)
        .map(({ until }) => Date.parse(until)),
    ),
  )
  const first = Math.min(...ends)
  return first > nowMs ? { why: 'COOLING_DOWN', until: new Date(first).toISOString() } : null
}
