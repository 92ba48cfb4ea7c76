// The health of an upstream, from the breakers and cooldowns of the gateway's processes.
import { mergeStatuses, type UpstreamStatus } from '../../domain/upstreams/upstream-status.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { UpstreamView } from './upstream-row.ts'

/** The health of an upstream; a closed breaker and no failure where none is known. */
export function upstreamHealth(
  { upstreamStatuses, clock }: Pick<ControlPlane, 'upstreamStatuses' | 'clock'>,
  { source, name, order }: Pick<UpstreamView, 'source' | 'name' | 'order'>,
): UpstreamStatus {
  const upstreamId = source === 'DATABASE' ? order : null
  const own = upstreamStatuses().filter((upstreamStatus) =>
    upstreamId === null
      ? upstreamStatus.upstreamId === null && upstreamStatus.upstream === name
      : upstreamStatus.upstreamId === upstreamId,
  )
  const [merged] = mergeStatuses(own, clock())
  return (
    merged ?? {
      upstreamId,
      upstream: name,
      breaker: 'CLOSED',
      retryAtMs: null,
      failure: null,
      coolingDown: [],
    }
  )
}
