// The models that a client may request: those that admins have set up, those that upstreams list, and names of the default.
//
// Owner: the gateway. Bound: one list an upstream, as large as fetch-models.ts reads. Lifetime: FRESH_MS, RETRY_MS after a
// failure; an upstream that does not respond keeps its last list, which is stale then. Invalidation: a change of the routes
// makes the lists of managed upstreams old, and drops those of upstreams that are no longer there.
import { type CallError, callError } from '../../domain/errors.ts'
import { DEFAULT_MODEL_NAMES } from '../../domain/models/model-input.ts'
import { unknownModel } from '../../domain/models/unknown-model.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { UpstreamClient } from '../../http/client/upstream-client.ts'
import { fetchModel, fetchModels, type ListedModel } from './fetch-models.ts'
import type { Routes } from './route-table.ts'

/** `staleUpstreams`: names of the upstreams that did not say which models they have; what is known of theirs is listed. */
export type Listing = { models: ListedModel[]; staleUpstreams: string[] }

export type ModelList = {
  /**
   * Every model, the names of the default first; requests the lists of upstreams that are stale. An error where no
   * upstream responds and nothing is known. Never rejects.
   */
  list(): Promise<Listing | CallError>
  /** A model that is not listed, from the upstream that its calls go to first; an error where that has none. Never rejects. */
  find(id: string): Promise<{ model: ListedModel } | CallError>
  /** The models as far as they are known, without a request to any upstream. */
  known(): ListedModel[]
}

const FRESH_MS = 60_000
const RETRY_MS = 5_000
// A client can ask for any number of names; each is a request to an upstream that no limit counts.
const FINDING_MAX = 16

/** `upstream` is the very object that sent the list: after a change of the routes it is another. */
type Cached = {
  upstream: Upstream
  models: ListedModel[]
  /** False where the models are those that the configuration names, since the upstream has given no list. */
  isItsOwn: boolean
  stale: boolean
  untilMs: number
}

/** Asks upstreams through `client`; `clock` is in milliseconds. */
export function createModelList(routes: Routes, client: UpstreamClient, clock: () => number): ModelList {
  const cache = new Map<string, Cached>()
  let asking: Promise<void> | null = null
  let finding = 0

  function isFresh(upstream: Upstream): boolean {
    const cached = cache.get(placeOf(upstream))
    return cached?.upstream === upstream && cached.untilMs > clock()
  }

  async function refresh(): Promise<void> {
    const { upstreams } = routes
    const places = new Set(upstreams.map(placeOf))
    for (const place of cache.keys()) if (!places.has(place)) cache.delete(place)
    await Promise.all(
      upstreams
        .filter((upstream) => !isFresh(upstream))
        .map(async (upstream) => {
          const fetched = await fetchModels(client, upstream)
          const stale = fetched === 'failed'
          const isItsOwn = typeof fetched !== 'string' || cache.get(placeOf(upstream))?.isItsOwn === true
          const models = typeof fetched === 'string' ? listOf(upstream) : fetched
          const untilMs = clock() + (stale ? RETRY_MS : FRESH_MS)
          cache.set(placeOf(upstream), { upstream, models, isItsOwn, stale, untilMs })
        }),
    )
  }

  function listOf(upstream: Upstream): ListedModel[] {
    return cache.get(placeOf(upstream))?.models ?? namedIn(upstream)
  }

  /** The names of the default, where it is a model that calls can reach: else an upstream would be sent a name it has not. */
  function standIns(): readonly string[] {
    const { defaultModel } = routes
    return defaultModel !== null && isServed(defaultModel) ? DEFAULT_MODEL_NAMES : []
  }

  /**
   * Whether a model is managed, named by the configuration, or listed by the upstream of its calls, with a prefix too (Gemini:
   * `models/…`); true also where that upstream has given no list.
   */
  function isServed(name: string): boolean {
    const route = routes.resolveRoutes(name)?.first
    if (route === undefined) return false
    const { upstream, model: upstreamModel } = route
    if (routes.publicNames.includes(name) || upstream.models.includes(name)) return true
    const cached = cache.get(placeOf(upstream))
    if (cached === undefined || !cached.isItsOwn) return true
    return cached.models.some(({ id }) => id === upstreamModel || id.endsWith(`/${upstreamModel}`))
  }

  function known(): ListedModel[] {
    const all = [
      ...standIns().map((id) => model(id, 'latchkey')),
      ...routes.publicNames.map((id) => model(id, 'latchkey')),
      ...routes.upstreams.flatMap((upstream) =>
        listOf(upstream).flatMap((listed) =>
          routes.namesOf(upstream, listed.id).map((id) => ({ ...listed, id })),
        ),
      ),
    ]
    // A model that two upstreams have goes to the first that takes it, and is listed once.
    const byId = new Map<string, ListedModel>()
    for (const listed of all) if (!byId.has(listed.id)) byId.set(listed.id, listed)
    return [...byId.values()]
  }

  return {
    async list() {
      asking ??= refresh().finally(() => {
        asking = null
      })
      await asking
      const stale = routes.upstreams.filter((upstream) => cache.get(placeOf(upstream))?.stale === true)
      const isAnyKnown =
        routes.publicNames.length > 0 || routes.upstreams.some((upstream) => listOf(upstream).length > 0)
      if (!isAnyKnown && stale.length > 0) return callError('upstream_unreachable')
      return { models: known(), staleUpstreams: [...new Set(stale.map(({ name }) => name))] }
    },
    async find(id) {
      const route = routes.resolveRoutes(id)?.first
      if (route === undefined || route.model === null) return unknownModel(id)
      if (finding >= FINDING_MAX) return callError('upstream_unreachable', { retryAfterMs: 1_000 })
      finding++
      const found = await fetchModel(client, route.upstream, route.model).finally(() => finding--)
      if (found === 'absent') return unknownModel(id)
      return found === 'failed' ? callError('upstream_unreachable') : { model: { ...found, id } }
    },
    known,
  }
}

function placeOf({ name, baseUrl }: Upstream): string {
  return `${name} ${baseUrl}`
}

/** The models that the configuration names without `*`, for an upstream that gives no list. */
function namedIn(upstream: Upstream): ListedModel[] {
  return upstream.models.filter((pattern) => !pattern.includes('*')).map((id) => model(id, upstream.name))
}

function model(id: string, ownedBy: string): ListedModel {
  return { id, object: 'model', created: 0, owned_by: ownedBy }
}
