// /v1/organization/usage/…: what calls used, by project, key, model and service tier.
import { badInput } from '../../domain/admin-errors.ts'
import { adminNumber } from '../../domain/admins/admin-id.ts'
import { ENDPOINTS, WIRE_ROOT } from '../../domain/endpoints/endpoints.ts'
import { apiKeyId, apiKeyNumber } from '../../domain/keys/api-key-id.ts'
import { ownerId, ownerNumber } from '../../domain/owners/owner.ts'
import {
  type EndpointUsage,
  type EndpointUsageQuery,
  type GroupColumn,
  readEndpointUsage,
} from '../../services/usage/read-endpoint-usage.ts'
import { listParameter, type OrganizationCall, refuseRestricted } from './organization-call.ts'
import { DEFAULT_PROJECT } from './organization-owners.ts'
import { bucketPage, readBuckets } from './usage-buckets.ts'

/** Null: it is the same of every call, so that there is nothing to group. Calls come from keys, never from users, and none is in a batch. */
const GROUPS = {
  api_key_id: 'apiKeyId',
  project_id: 'ownerId',
  model: 'requestedModel',
  line_item: 'requestedModel',
  service_tier: 'serviceTier',
  source: 'endpoint',
  user_id: null,
  batch: null,
} as const satisfies Record<string, GroupColumn | null>
export type Group = keyof typeof GROUPS

const BY_CALL: readonly Group[] = ['project_id', 'user_id', 'api_key_id', 'model']

type UsageKind = {
  object: string
  groups: readonly Group[]
  /** Absent: of every endpoint. */
  endpoints?: string[]
  unit?: NonNullable<EndpointUsageQuery['unit']>
  having?: true
  measure(row: EndpointUsage): object
}

// Every call whose response is text of a model, and realtime sessions.
const COMPLETIONS = pathsOf(
  ({ served, estimable, bills, path }) =>
    (served === 'MODEL_CALL' && estimable) ||
    (served === 'WEBSOCKET' && bills === 'TEXT' && !path.includes('{')),
)
/** `image.generation`, `image.edit` and `image.variation`, with their paths. */
const IMAGE_SOURCES = new Map(
  pathsOf(({ bills }) => bills === 'IMAGES').map((path) => [
    `image.${path.slice(path.lastIndexOf('/') + 1).replace(/s$/, '')}`,
    path,
  ]),
)

/** By the last segment of the path. */
const KINDS = {
  completions: {
    object: 'completions',
    groups: [...BY_CALL, 'batch', 'service_tier'],
    endpoints: COMPLETIONS,
    measure: tokensOf,
  },
  decisions: {
    object: 'decisions',
    groups: [...BY_CALL, 'batch', 'service_tier'],
    endpoints: pathsOf(({ path }) => path === 'decisions'),
    measure: tokensOf,
  },
  embeddings: {
    object: 'embeddings',
    groups: BY_CALL,
    endpoints: pathsOf(({ path }) => path === 'embeddings'),
    measure: inputOf,
  },
  moderations: {
    object: 'moderations',
    groups: BY_CALL,
    endpoints: pathsOf(({ path }) => path === 'moderations'),
    measure: inputOf,
  },
  images: {
    object: 'images',
    groups: [...BY_CALL, 'source'],
    endpoints: [...IMAGE_SOURCES.values()],
    unit: 'image',
    measure: ({ quantity, calls }) => ({ images: quantity, num_model_requests: calls, size: null }),
  },
  audio_speeches: {
    object: 'audio_speeches',
    groups: BY_CALL,
    endpoints: pathsOf(({ bills }) => bills === 'SPEECH'),
    unit: 'character',
    measure: ({ quantity, calls }) => ({ characters: quantity, num_model_requests: calls }),
  },
  audio_transcriptions: {
    object: 'audio_transcriptions',
    groups: BY_CALL,
    endpoints: pathsOf(({ bills }) => bills === 'AUDIO'),
    unit: 'second',
    measure: ({ quantity, calls }) => ({ seconds: quantity, num_model_requests: calls }),
  },
  code_interpreter_sessions: {
    object: 'code_interpreter_sessions',
    groups: ['project_id'],
    unit: 'codeSession',
    having: true,
    measure: ({ quantity }) => ({ num_sessions: quantity }),
  },
  file_search_calls: {
    object: 'file_searches',
    groups: ['project_id', 'user_id', 'api_key_id'],
    unit: 'fileSearch',
    having: true,
    measure: ({ quantity }) => ({ num_requests: quantity, vector_store_id: null }),
  },
  web_search_calls: {
    object: 'web_searches',
    groups: BY_CALL,
    unit: 'webSearch',
    having: true,
    measure: ({ quantity, calls }) => ({
      num_requests: quantity,
      num_model_requests: calls,
      context_level: null,
    }),
  },
} satisfies Record<string, UsageKind>

/** The handler of usage of one kind. */
export function usageOf(name: keyof typeof KINDS): (call: OrganizationCall) => Promise<object> {
  const kind: UsageKind = KINDS[name]
  return async ({ plane, actor, query }) => {
    refuseRestricted(actor)
    const page = readBuckets(query, ['1m', '1h', '1d'], plane.clock())
    const groups = groupsIn(query, kind.groups)
    const filter = filterIn(query)
    const endpoints = endpointsIn(query, kind)
    const rows =
      filter === null || page.fromMs >= page.toMs
        ? []
        : await readEndpointUsage(plane, {
            ...page,
            ...filter,
            groupBy: columnsOf(groups),
            ...(endpoints === undefined ? {} : { endpoints }),
            ...(kind.unit === undefined ? {} : { unit: kind.unit }),
            ...(kind.having === undefined ? {} : { having: kind.having }),
          })
    return bucketPage(
      page,
      rows,
      ({ bucket }) => bucket,
      (row) => ({
        object: `organization.usage.${kind.object}.result`,
        ...kind.measure(row),
        ...labelsOfRow(row, groups),
      }),
    )
  }
}

/** What a result says of the group that it is of; null where it is not grouped by that. */
export function labelsOfRow(row: EndpointUsage, groups: readonly Group[], isOfCosts = false) {
  const source = [...IMAGE_SOURCES].find(([, path]) => path === row.endpoint)?.[0] ?? null
  return {
    project_id: groups.includes('project_id') ? projectId(row.ownerId) : null,
    user_id: null,
    api_key_id: row.apiKeyId === null ? null : apiKeyId(row.apiKeyId),
    ...(isOfCosts ? { line_item: row.requestedModel } : { model: row.requestedModel }),
    ...(groups.includes('source') ? { source } : {}),
    ...(groups.includes('batch') ? { batch: false } : {}),
    ...(groups.includes('service_tier') ? { service_tier: row.serviceTier } : {}),
  }
}

/** `group_by`: some of `known`, each once. */
export function groupsIn(query: URLSearchParams, known: readonly Group[]): Group[] {
  const groups = (listParameter(query, 'group_by') ?? []).map((name) => {
    const group = known.find((one) => one === name)
    if (group === undefined) throw badInput('group_by', `group_by must be of ${known.join(', ')}.`)
    return group
  })
  return [...new Set(groups)]
}

/** The columns of groups; several groups may have none. */
export function columnsOf(groups: readonly Group[]): GroupColumn[] {
  return groups.flatMap((group) => GROUPS[group] ?? [])
}

/** Which calls a query asks for; null: for none that there can be. */
export function filterIn(
  query: URLSearchParams,
): Pick<EndpointUsageQuery, 'apiKeyIds' | 'ownerIds' | 'models'> | null {
  const apiKeyIds = numbersIn(query, 'api_key_ids', apiKeyNumber, 'API keys, such as key_1')
  const ownerIds = numbersIn(
    query,
    'project_ids',
    (id) => (id === DEFAULT_PROJECT ? 0 : ownerNumber(id)),
    `projects, such as own_1 or ${DEFAULT_PROJECT}`,
  )
  const users = numbersIn(query, 'user_ids', adminNumber, 'users, such as adm_1')
  const models = listParameter(query, 'models') ?? listParameter(query, 'line_items')
  const batch = query.get('batch') ?? 'false'
  if (batch !== 'true' && batch !== 'false') throw badInput('batch', 'batch must be true or false.')
  if (users !== null || batch === 'true') return null
  return {
    ...(apiKeyIds === null ? {} : { apiKeyIds }),
    ...(ownerIds === null ? {} : { ownerIds: ownerIds.map((number) => (number === 0 ? null : number)) }),
    ...(models === null ? {} : { models }),
  }
}

function numbersIn(
  query: URLSearchParams,
  name: string,
  numberOf: (id: string) => number | null,
  what: string,
): number[] | null {
  const ids = listParameter(query, name)
  if (ids === null) return null
  return ids.map((id) => {
    const number = numberOf(id)
    if (number === null) throw badInput(name, `${name} must be ids of ${what}.`)
    return number
  })
}

function endpointsIn(query: URLSearchParams, { endpoints }: UsageKind): string[] | undefined {
  const sources = listParameter(query, 'sources')
  if (sources === null) return endpoints
  return sources.map((source) => {
    const path = IMAGE_SOURCES.get(source)
    if (path === undefined)
      throw badInput('sources', `sources must be of ${[...IMAGE_SOURCES.keys()].join(', ')}.`)
    return path
  })
}

function projectId(owner: number | null): string {
  return owner === null ? DEFAULT_PROJECT : ownerId(owner)
}

/** Input tokens include cached ones, and those that were written to a cache. */
function tokensOf(row: EndpointUsage) {
  return {
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    input_cached_tokens: row.cachedInputTokens,
    input_cache_write_tokens: row.cacheWriteInputTokens,
    input_uncached_tokens: Math.max(0, row.inputTokens - row.cachedInputTokens - row.cacheWriteInputTokens),
    num_model_requests: row.calls,
    batch: null,
    service_tier: null,
  }
}

function inputOf(row: EndpointUsage) {
  return { input_tokens: row.inputTokens, num_model_requests: row.calls }
}

function pathsOf(is: (row: (typeof ENDPOINTS)[number]) => boolean): string[] {
  return ENDPOINTS.filter(is).map(({ path }) => `${WIRE_ROOT}/${path}`)
}
