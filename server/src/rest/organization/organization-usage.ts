// /v1/organization/usage/completions, embeddings and moderations: what calls used, by key, model and service tier.
import { badInput } from '../../domain/admin-errors.ts'
import { ENDPOINTS, WIRE_ROOT } from '../../domain/endpoints.ts'
import { apiKeyId, apiKeyNumber } from '../../domain/keys/api-key-id.ts'
import {
  type EndpointUsage,
  type GroupColumn,
  readEndpointUsage,
} from '../../services/usage/read-endpoint-usage.ts'
import { listParameter, type OrganizationCall, onlyKnown, refuseRestricted } from './organization-call.ts'
import { bucketPage, readBuckets } from './usage-buckets.ts'

const GROUPS: Readonly<Record<string, GroupColumn>> = {
  api_key_id: 'apiKeyId',
  model: 'requestedModel',
  service_tier: 'serviceTier',
}
const PARAMETERS = [
  'start_time',
  'end_time',
  'bucket_width',
  'limit',
  'page',
  'group_by',
  'api_key_ids',
  'models',
]

// Every call whose response is text of a model.
const COMPLETIONS = pathsOf(({ estimable }) => estimable)
const EMBEDDINGS = pathsOf(({ path }) => path === 'embeddings')
const MODERATIONS = pathsOf(({ path }) => path === 'moderations')

function pathsOf(is: (row: (typeof ENDPOINTS)[number]) => boolean): string[] {
  return ENDPOINTS.filter((row) => row.served === 'MODEL_CALL' && is(row)).map(
    ({ path }) => `${WIRE_ROOT}/${path}`,
  )
}

/** Input tokens include cached ones, and those that were written to a cache. */
export function completionsUsage(call: OrganizationCall) {
  return usagePage(call, COMPLETIONS, (row) => ({
    object: 'organization.usage.completions.result',
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    input_cached_tokens: row.cachedInputTokens,
    input_cache_write_tokens: row.cacheWriteInputTokens,
    input_uncached_tokens: Math.max(0, row.inputTokens - row.cachedInputTokens - row.cacheWriteInputTokens),
    num_model_requests: row.calls,
    batch: null,
    service_tier: row.serviceTier,
  }))
}

export function embeddingsUsage(call: OrganizationCall) {
  return usagePage(call, EMBEDDINGS, (row) => ({
    object: 'organization.usage.embeddings.result',
    input_tokens: row.inputTokens,
    num_model_requests: row.calls,
  }))
}

export function moderationsUsage(call: OrganizationCall) {
  return usagePage(call, MODERATIONS, (row) => ({
    object: 'organization.usage.moderations.result',
    input_tokens: row.inputTokens,
    num_model_requests: row.calls,
  }))
}

async function usagePage(
  { plane, actor, query }: OrganizationCall,
  endpoints: string[],
  resultOf: (row: EndpointUsage) => object,
) {
  refuseRestricted(actor)
  onlyKnown(query, PARAMETERS)
  const page = readBuckets(query, ['1m', '1h', '1d'], plane.clock())
  const apiKeyIds = listParameter(query, 'api_key_ids')?.map(keyNumber)
  const models = listParameter(query, 'models')
  const rows =
    page.fromMs >= page.toMs
      ? []
      : await readEndpointUsage(plane, {
          ...page,
          endpoints,
          groupBy: (listParameter(query, 'group_by') ?? []).map(columnOf),
          ...(apiKeyIds === undefined ? {} : { apiKeyIds }),
          ...(models === null ? {} : { models }),
        })
  return bucketPage(
    page,
    rows,
    ({ bucket }) => bucket,
    (row) => ({
      ...resultOf(row),
      project_id: null,
      user_id: null,
      api_key_id: row.apiKeyId === null ? null : apiKeyId(row.apiKeyId),
      model: row.requestedModel,
    }),
  )
}

function keyNumber(id: string): number {
  const number = apiKeyNumber(id)
  if (number === null) throw badInput('api_key_ids', 'api_key_ids must be ids of API keys, such as key_1.')
  return number
}

function columnOf(name: string): GroupColumn {
  const column = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined
  if (column === undefined)
    throw badInput('group_by', `group_by must be of ${Object.keys(GROUPS).join(', ')}.`)
  return column
}
