// What models are called at the upstream that a call goes to, where that is not chosen by them.
import type { Upstream } from '../../../domain/upstreams/upstream.ts'
import { boundRoute, isBoundUpstream } from '../../objects/object-bindings.ts'
import type { Route, Routes } from '../../routing/route-table.ts'

/** The route of a model to an upstream; null: it has none. */
export function routeAt(routes: Routes, upstream: Upstream, model: string): Route | null {
  const candidates = routes.resolveRoutes(model)
  if (candidates === null) return null
  const bound = boundRoute(upstream)
  return (
    [candidates.first, ...candidates.others].find((route) => isBoundUpstream(route.upstream, bound)) ?? null
  )
}

/** Each model's name at an upstream; one that is not known there keeps its own. */
export function namesAtUpstream(
  routes: Routes,
  upstream: Upstream,
  models: readonly string[],
): Map<string, string> {
  return new Map(models.map((name) => [name, routeAt(routes, upstream, name)?.model ?? name]))
}
