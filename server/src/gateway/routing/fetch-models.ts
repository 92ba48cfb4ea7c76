// Asks an upstream for its models: all that it lists, or one.
import { MODELS_PATH } from '../../domain/endpoints/endpoints.ts'
import { upstreamPath } from '../../domain/endpoints/find-endpoint.ts'
import { isObject } from '../../domain/is-object.ts'
import type { Upstream } from '../../domain/upstreams/upstream.ts'
import type { UpstreamClient } from '../../http/client/upstream-client.ts'
import { headersToUpstream } from '../../http/wire/headers.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'
import { upstreamRequestProfile } from '../attempt/upstream-request-profile.ts'

/**
 * OpenAI's model object (https://platform.openai.com/docs/api-reference/models/object), with whatever else its upstream says of
 * it: `max_model_len`, `context_length`, `pricing` …
 */
export type ListedModel = {
  id: string
  object: 'model'
  created: number
  owned_by: string
  [field: string]: unknown
}

/** `absent`: the upstream has no such list or model. `failed`: it did not say, and may do so later. */
export type Fetched<Value> = Value | 'absent' | 'failed'

const RESPONSE_TIMEOUT_MS = 5_000
const LIST_MAX_BYTES = 4 * 1024 * 1024
const MODEL_MAX_BYTES = 64 * 1024
const ID_MAX_CHARS = 256

/** The upstream's own list. Never rejects. */
export async function fetchModels(
  client: UpstreamClient,
  upstream: Upstream,
): Promise<Fetched<ListedModel[]>> {
  const body = await fetchJson(client, upstream, MODELS_PATH, LIST_MAX_BYTES)
  if (typeof body === 'string') return body
  const { data } = body
  // Some upstreams have one response for every path.
  if (!Array.isArray(data)) return 'absent'
  return data.flatMap((entry) => listedModel(entry) ?? [])
}

/** One model by the upstream's name for it, whether or not it lists that. Never rejects. */
export async function fetchModel(
  client: UpstreamClient,
  upstream: Upstream,
  id: string,
): Promise<Fetched<ListedModel>> {
  const path = `${MODELS_PATH}/${encodeURIComponent(id)}`
  const body = await fetchJson(client, upstream, path, MODEL_MAX_BYTES)
  if (typeof body === 'string') return body
  // Some upstreams have one response for every path.
  if (body.object !== undefined && body.object !== 'model') return 'absent'
  return listedModel(body) ?? 'absent'
}

function listedModel(entry: unknown): ListedModel | null {
  if (!isObject(entry)) return null
  const { id, created, owned_by: ownedBy } = entry
  if (typeof id !== 'string' || id === '' || id.length > ID_MAX_CHARS) return null
  return {
    ...entry,
    id,
    object: 'model',
    created: typeof created === 'number' ? created : 0,
    owned_by: typeof ownedBy === 'string' ? ownedBy : 'upstream',
  }
}

function fetchJson(
  client: UpstreamClient,
  upstream: Upstream,
  path: string,
  maxBytes: number,
): Promise<Fetched<Record<string, unknown>>> {
  const { headers, egress } = upstreamRequestProfile(upstream)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const timer = setTimeout(() => {
      request.abort()
      end('failed')
    }, RESPONSE_TIMEOUT_MS)
    const end = (result: Fetched<Record<string, unknown>>) => {
      clearTimeout(timer)
      resolve(result)
    }
    const request = client.send(
      {
        baseUrl: upstream.baseUrl,
        method: 'GET',
        path: upstreamPath(path),
        headers: headersToUpstream({ accept: 'application/json' }, headers, true),
        body: null,
        bodyBytes: null,
        egress,
      },
      {
        onHead: (status) => {
          if (status === 200) return
          request.abort()
          end(status === 404 || status === 405 || status === 501 ? 'absent' : 'failed')
        },
        onChunk: (chunk) => {
          bytes += chunk.length
          if (bytes <= maxBytes) chunks.push(chunk)
          else {
            request.abort()
            end('failed')
          }
          return true
        },
        onEnd: () => {
          const body = parsedJson(Buffer.concat(chunks).toString('utf8'))
          end(isObject(body) ? body : 'failed')
        },
        onFailure: () => end('failed'),
      },
    )
  })
}
