// Which candidate routes of a call are tried, and in which order, by the health of their upstreams and credentials.
import { type CallError, callError } from '../../domain/errors.ts'
import { FAILURE_POLICIES, type FailureClass } from '../../domain/upstreams/failure-class.ts'
import type { RouteHealth, RouteStatus } from './route-health.ts'
import type { CandidateRoutes, Route } from './route-table.ts'

/**
 * The candidate routes that are ready, in their order. Where none is: those of degraded upstreams, since an upstream's own
 * error says more than ours; else an error that says when the first is ready.
 *
 * A model's only route is tried although its credential cools down: there is nothing to fail over to, and the upstream's
 * error says more. Only where the upstream is unreachable does the client get an error at once, instead of after a timeout.
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
  const isOnly = all.length === 1
  const available =
    withStatus(all, 'ready') ??
    withStatus(all, 'degraded') ??
    (isOnly ? withStatus(all, 'cooling-down') : null)
  if (available !== null) return available
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

/** Failover: the first of the remaining candidates that can help after this failure, with those that remain after it. */
export function nextCandidate(
  failed: Route,
  failure: FailureClass,
  remaining: readonly Route[],
  health: RouteHealth,
): CandidateRoutes | null {
  const { failover } = FAILURE_POLICIES[failure]
  if (failover === 'none') return null
  const helps = (route: Route) => {
    const isOtherUpstream = !sameUpstream(route, failed)
    if (failover === 'other-upstream' && !isOtherUpstream) return false
    if (failover === 'other-route' && !isOtherUpstream && route.model === failed.model) return false
    return health.routeStatus(route).kind === 'ready'
  }
  const at = remaining.findIndex(helps)
  const first = remaining[at]
  return first === undefined ? null : { first, others: remaining.filter((_route, index) => index !== at) }
}

/** With whatever credentials. */
function sameUpstream({ upstream: a }: Route, { upstream: b }: Route): boolean {
  return a === b || (a.name === b.name && a.baseUrl === b.baseUrl)
}
