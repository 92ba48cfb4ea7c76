// Which of the ways of a call are gone, after what is known against them.
import { type CallError, callError } from '../../domain/errors.ts'
import { FAILURE_POLICIES, type FailureClass } from '../../domain/upstreams/failure-class.ts'
import type { RouteHealth, RouteStatus } from './route-health.ts'
import type { CandidateRoutes, Route } from './route-table.ts'

/**
 * The ways that may be gone now, in their order. Where none may: those of upstreams that answer, if only with trouble, since
 * their own word says more than ours; else when the first may be, as an error.
 *
 * A model's only way is gone although its credential rests: there is nothing to spare it for, and the upstream's refusal
 * tells more. Only where an upstream does not answer at all is the caller told so at once, instead of after a timeout.
 */
export function availableCandidates(
  candidates: CandidateRoutes,
  health: RouteHealth,
  nowMs: number,
): CandidateRoutes | CallError {
  if (health.quiet) return candidates
  const all = [candidates.first, ...candidates.others].map((route) => ({
    route,
    routeStatus: health.routeStatus(route),
  }))
  const alone = all.length === 1
  const disconnected =
    withStatus(all, 'ready') ??
    withStatus(all, 'degraded') ??
    (alone ? withStatus(all, 'cooling-down') : null)
  if (disconnected !== null) return disconnected
  const soonestMs = Math.min(...all.map(({ routeStatus }) => routeStatus.readyAtMs))
  return callError('upstreams_cooling_down', { retryAfterMs: Math.max(1, soonestMs - nowMs) })
}

function withStatus(
  all: readonly { route: Route; routeStatus: RouteStatus }[],
  kind: RouteStatus['kind'],
): CandidateRoutes | null {
  const [first, ...others] = all
    .filter(({ routeStatus }) => routeStatus.kind === kind)
    .map(({ route }) => route)
  return first === undefined ? null : { first, others }
}

/** The first of the ways left that may help after this failure of this one, with what is left behind it. */
export function nextCandidate(
  failed: Route,
  failure: FailureClass,
  remaining: readonly Route[],
  health: RouteHealth,
): CandidateRoutes | null {
  const { failover } = FAILURE_POLICIES[failure]
  if (failover === 'none') return null
  const helps = (route: Route) => {
    const elsewhere = !sameUpstream(route, failed)
    if (failover === 'other-upstream' && !elsewhere) return false
    if (failover === 'other-route' && !elsewhere && route.model === failed.model) return false
    return health.routeStatus(route).kind === 'ready'
  }
  const at = remaining.findIndex(helps)
  const first = remaining[at]
  return first === undefined ? null : { first, others: remaining.filter((_route, index) => index !== at) }
}

/** Whatever credential each is asked with. */
function sameUpstream({ upstream: a }: Route, { upstream: b }: Route): boolean {
  return a === b || (a.name === b.name && a.baseUrl === b.baseUrl)
}
