// How an upstream is doing, from what the gateway's processes know against it.
import { mergeTroubles, type UpstreamTrouble } from '../../domain/upstreams/upstream-status.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { UpstreamView } from './upstream-row.ts'

/** Of one that nothing is known against, that it is well. */
export function upstreamHealth(
  { upstreamTroubles, clock }: Pick<ControlPlane, 'upstreamTroubles' | 'clock'>,
  { source, name, order }: Pick<UpstreamView, 'source' | 'name' | 'order'>,
): UpstreamTrouble {
  const upstreamId = source === 'DATABASE' ? order : null
  const own = upstreamTroubles().filter((trouble) =>
    upstreamId === null
      ? trouble.upstreamId === null && trouble.upstream === name
      : trouble.upstreamId === upstreamId,
  )
  const [merged] = mergeTroubles(own, clock())
  return (
    merged ?? { upstreamId, upstream: name, breaker: 'CLOSED', retryAtMs: null, failure: null, resting: [] }
  )
}
