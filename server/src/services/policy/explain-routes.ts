// The candidate routes of a call, without making it.
import { isOwnPath } from '../../domain/endpoints/find-endpoint.ts'
import { filledIn } from '../../domain/models/name-pattern.ts'
import type { RouteCandidate, RouteMatch } from '../../domain/models/route-target.ts'
import type { ControlPlane } from '../control-plane.ts'
import { type ModelRouteRow, type ModelRow, WITH_ROUTES } from '../models/model-row.ts'

/** One route, with one of the upstream's credentials. */
export type ExplainedRoute = {
  upstream: string
  /** The model's name there; null where the call names none. */
  upstreamModel: string | null
  /** Null: the upstream is sent none. */
  credential: { name: string | null; lastFour: string | null } | null
  /** The lowest is tried first. */
  priority: number
  /** How often the route is first among those of its priority. */
  weight: number
  /** How often the credential is first among those of its upstream. */
  credentialWeight: number
  /** False where no call takes this route now: a part of it is disabled, refused, or cannot be decrypted. */
  enabled: boolean
}

/**
 * The candidate routes in the order to be tried, the higher weight first among equals; null where the gateway serves the
 * endpoint itself. `model` null: the call names none.
 */
export async function explainRoutes(
  plane: ControlPlane,
  endpoint: string,
  model: string | null,
): Promise<ExplainedRoute[] | null> {
  if (model === null && isOwnPath(endpoint)) return null
  const { target, candidates } = plane.routesOf(model)
  if (target === null) return []
  if (target.kind === 'UPSTREAM') return environmentRoute(plane, target)
  const row = await plane.store.prisma.model.findUnique({
    where: { name: target.name },
    include: WITH_ROUTES,
  })
  return row === null ? [] : managedRoutes(row, target.part, candidates)
}

function environmentRoute(
  { environmentUpstreams }: ControlPlane,
  { name, model }: Extract<RouteMatch, { kind: 'UPSTREAM' }>,
): ExplainedRoute[] {
  const upstream = environmentUpstreams.find((one) => one.name === name)
  // Its end is not shown: whoever may ask this need not be who may read the environment.
  const credential = (upstream?.credential ?? null) === null ? null : { name: null, lastFour: null }
  const alone = { priority: 0, weight: 1, credentialWeight: 1, enabled: true }
  return [{ upstream: name, upstreamModel: model, credential, ...alone }]
}

function managedRoutes(
  { routes }: ModelRow,
  part: string | null,
  candidates: RouteCandidate[],
): ExplainedRoute[] {
  return routes
    .flatMap((route) => resolveRoutes(route, part, candidates))
    .sort((a, b) => a.priority - b.priority || b.weight - a.weight || b.credentialWeight - a.credentialWeight)
}

function resolveRoutes(
  route: ModelRouteRow,
  part: string | null,
  candidates: RouteCandidate[],
): ExplainedRoute[] {
  const upstreamModel = part === null ? null : filledIn(route.upstreamModel, part)
  const isOpen = (credentialId: number | null) =>
    candidates.some(
      (candidate) =>
        candidate.upstreamId === route.upstreamId &&
        candidate.credentialId === credentialId &&
        candidate.upstreamModel === upstreamModel,
    )
  const { upstream, priority, weight } = route
  const shared = { upstream: upstream.name, upstreamModel, priority, weight }
  const withCredentials = upstream.credentials.map((credential) => ({
    ...shared,
    credential: { name: credential.name, lastFour: credential.lastFour },
    credentialWeight: credential.weight,
    enabled: isOpen(credential.id),
  }))
  if (withCredentials.length > 0 && !isOpen(null)) return withCredentials
  return [{ ...shared, credential: null, credentialWeight: 1, enabled: isOpen(null) }, ...withCredentials]
}
