// How calls are shared among the candidate routes of one priority.
import type { CallExplanation } from '@latchkey/sdk'

type Route = CallExplanation['routes'][number]

/**
 * The part (0 to 1) of the calls that a route is tried first for, among those of its priority that are open; null where no
 * other shares them. Each credential of an upstream is a route here, of which the upstream's share is divided once more.
 */
export function candidateShare(route: Route, routes: readonly Route[]): number | null {
  const equals = routes.filter(({ enabled, priority }) => enabled && priority === route.priority)
  if (equals.length < 2) return null
  const own = equals.filter((other) => targetOf(other) === targetOf(route))
  const targets = [...new Map(equals.map((other) => [targetOf(other), other.weight])).values()]
  const share =
    (route.weight / total(targets)) *
    (route.credentialWeight / total(own.map(({ credentialWeight }) => credentialWeight)))
  return Number.isFinite(share) ? share : null
}

const targetOf = ({ upstream, upstreamModel }: Route) => JSON.stringify([upstream, upstreamModel])
const total = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0)
