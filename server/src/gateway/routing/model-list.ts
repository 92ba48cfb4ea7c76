// The models that a client may request: those that admins have set up, those that upstreams list, and names of the default.
//
// Owner: the gateway. Bound: one list an upstream, LIST_MAX_BYTES each. Lifetime: FRESH_MS; an upstream that does not
// respond keeps its last list. Invalidation: a change of the routes makes the lists of managed upstreams old, and drops
// those of upstreams that are no longer there.
import { MODELS_PATH } from '../../domain/endpoints.ts'
import { upstreamPath } from '../../domain/find-endpoint.ts'
import { DEFAULT_MODEL_NAMES } from '../../domain/models/model-input.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { UpstreamClient } from '../../http/client/upstream-client.ts'
import { headersToUpstream } from '../../http/wire/headers.ts'
import { upstreamRequestProfile } from '../attempt/upstream-request-profile.ts'
import type { Routes } from './route-table.ts'

/** OpenAI's model object: https://platform.openai.com/docs/api-reference/models/object. */
export type ListedModel = { id: string; object: 'model'; created: number; owned_by: string }

export type ModelList = {
  /** Every model, the names of the default first; requests the lists of upstreams that are stale. Never rejects. */
  list(): Promise<ListedModel[]>
  /** The models as far as they are known, without a request to any upstream. */
  known(): ListedModel[]
}

const FRESH_MS = 60_000
const RESPONSE_TIMEOUT_MS = 5_000
const LIST_MAX_BYTES = 4 * 1024 * 1024

/** `upstream` is the very object that sent the list: after a change of the routes it is another. */
type Cached = { upstream: Upstream; models: ListedModel[]; untilMs: number }

export function createModelList(routes: Routes, client: UpstreamClient, clock: () => number): ModelList {
  const cache = new Map<string, Cached>()
  let asking: Promise<void> | null = null

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
          const models = (await fetchList(client, upstream)) ?? listOf(upstream)
          cache.set(placeOf(upstream), { upstream, models, untilMs: clock() + FRESH_MS })
        }),
    )
  }

  function listOf(upstream: Upstream): ListedModel[] {
    return cache.get(placeOf(upstream))?.models ?? namedIn(upstream)
  }

  function known(): ListedModel[] {
    const all = [
      ...DEFAULT_MODEL_NAMES.map((id) => model(id, 'latchkey')),
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
      return known()
    },
    known,
  }
}

/** The upstream's own list; null where it gives none in time. */
function fetchList(client: UpstreamClient, upstream: Upstream): Promise<ListedModel[] | null> {
  const { headers, egress } = upstreamRequestProfile(upstream)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => {
      request.abort()
      end(null)
    }, RESPONSE_TIMEOUT_MS)
    const end = (models: ListedModel[] | null) => {
      clearTimeout(timer)
      resolve(models)
    }
    const request = client.send(
      {
        baseUrl: upstream.baseUrl,
        method: 'GET',
        path: upstreamPath(MODELS_PATH),
        headers: headersToUpstream({ accept: 'application/json' }, headers, true),
        body: null,
        bodyBytes: null,
        egress,
      },
      {
        onHead: (status) => {
          if (status === 200) return
          request.abort()
          end(null)
        },
        onChunk: (chunk) => {
          bytes += chunk.length
          if (bytes <= LIST_MAX_BYTES) chunks.push(chunk)
          else {
            request.abort()
            end(null)
          }
          return true
        },
        onEnd: () => end(modelsIn(Buffer.concat(chunks))),
        onFailure: () => end(null),
      },
    )
  })
}

function modelsIn(bytes: Buffer): ListedModel[] | null {
  try {
    const { data } = JSON.parse(bytes.toString('utf8')) as { data?: unknown }
    if (!Array.isArray(data)) return null
    return data.flatMap((entry: { id?: unknown; created?: unknown; owned_by?: unknown } | null) => {
      if (typeof entry?.id !== 'string' || entry.id === '' || entry.id.length > 256) return []
      const listed = model(entry.id, typeof entry.owned_by === 'string' ? entry.owned_by : 'upstream')
      return [{ ...listed, created: typeof entry.created === 'number' ? entry.created : 0 }]
    })
  } catch {
    return null
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
