// Which of the ways of a call are gone, after what is known against them.
import { type CallError, callError } from '../../domain/errors.ts'
import { type FailureClass, REMEDIES } from '../../domain/upstreams/failure-class.ts'
import type { RouteHealth, Standing } from './route-health.ts'
import type { Route, Ways } from './route-table.ts'

/**
 * The ways that may be gone now, in their order. Where none may: those of upstreams that answer, if only with trouble, since
 * their own word says more than ours; else when the first may be, as an error.
 *
 * A model's only way is gone although its credential rests: there is nothing to spare it for, and the upstream's refusal
 * tells more. Only where an upstream does not answer at all is the caller told so at once, instead of after a timeout.
 */
export function chooseWays(ways: Ways, health: RouteHealth, nowMs: number): Ways | CallError {
  if (health.quiet) return ways
  const all = [ways.first, ...ways.others].map((route) => ({ route, standing: health.standing(route) }))
  const alone = all.length === 1
  const gone =
    withStanding(all, 'ready') ??
    withStanding(all, 'in-trouble') ??
    (alone ? withStanding(all, 'resting') : null)
  if (gone !== null) return gone
  const soonestMs = Math.min(...all.map(({ standing }) => standing.readyAtMs))
  return callError('upstreams_cooling_down', { retryAfterMs: Math.max(1, soonestMs - nowMs) })
}

function withStanding(
  all: readonly { route: Route; standing: Standing }[],
  kind: Standing['kind'],
): Ways | null {
  const [first, ...others] = all.filter(({ standing }) => standing.kind === kind).map(({ route }) => route)
  return first === undefined ? null : { first, others }
}

/** The first of the ways left that may help after this failure of this one, with what is left behind it. */
export function nextWay(
  failed: Route,
  failure: FailureClass,
  left: readonly Route[],
  health: RouteHealth,
): Ways | null {
  const { next } = REMEDIES[failure]
  if (next === 'none') return null
  const helps = (route: Route) => {
    const elsewhere = !sameUpstream(route, failed)
    if (next === 'other-upstream' && !elsewhere) return false
    if (next === 'other-route' && !elsewhere && route.model === failed.model) return false
    return health.standing(route).kind === 'ready'
  }
  const at = left.findIndex(helps)
  const first = left[at]
  return first === undefined ? null : { first, others: left.filter((_route, index) => index !== at) }
}

/** Whatever credential each is asked with. */
function sameUpstream({ upstream: a }: Route, { upstream: b }: Route): boolean {
  return a === b || (a.name === b.name && a.baseUrl === b.baseUrl)
}
