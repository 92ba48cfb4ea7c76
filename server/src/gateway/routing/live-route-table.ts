// The route table that follows the database.
//
// Owner: the gateway. Content: one snapshot of every model, upstream and opened secret; bounded by what admins may set up
// (500 upstreams, 10,000 models). Lifetime: until the next. Invalidation: `replace`, after every committed change.
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import { type ManagedModels, NO_MODELS } from './route-snapshot.ts'
import { createRoutes, type Routes } from './route-table.ts'

export type LiveRoutes = Routes & {
  /** From the next call on, these are the models that admins manage. */
  replace(managed: ManagedModels): void
}

/** Routes over the upstreams of the environment and these models; `random` returns from 0 to below 1. */
export function createLiveRoutes(
  environment: readonly Upstream[],
  defaultModel: string | null,
  managed: ManagedModels = NO_MODELS,
  random: () => number = Math.random,
): LiveRoutes {
  let current = createRoutes(environment, defaultModel, managed, random)
  return {
    replace(fresh) {
      current = createRoutes(environment, defaultModel, fresh, random)
    },
    resolveRoutes: (model, session) => current.resolveRoutes(model, session),
    routeMatchOf: (model) => current.routeMatchOf(model),
    namesOf: (upstream, listed) => current.namesOf(upstream, listed),
    get objectRoutes() {
      return current.objectRoutes
    },
    get publicNames() {
      return current.publicNames
    },
    get upstreams() {
      return current.upstreams
    },
    get defaultModel() {
      return current.defaultModel
    },
  }
}
