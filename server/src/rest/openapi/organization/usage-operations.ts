// The operations of usage and costs of OpenAI's admin API, by method and path below `/v1/organization`.
import { BUCKET_WIDTHS, type BucketWidth, COSTS_LIMIT_MAX } from '../../organization/usage-buckets.ts'
import {
  AMOUNT,
  COUNT,
  listOf,
  type Operation,
  objectOf,
  orNull,
  type Parameter,
  type Schema,
  TEXT,
} from '../operation.ts'
import type { OperationTable } from './operation-kinds.ts'
import { bucketsOf, constant, type Shape } from './organization-shapes.ts'

const GROUPS = ['project_id', 'user_id', 'api_key_id', 'model']
const FILTERS = ['project_ids', 'user_ids', 'api_key_ids', 'models']
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  project_ids: ['proj_default'],
  models: ['echo'],
  line_items: ['echo'],
}
const WIDTHS = Object.keys(BUCKET_WIDTHS) as BucketWidth[]

const TOKENS: Record<string, Schema> = {
  input_tokens: COUNT,
  output_tokens: COUNT,
  input_cached_tokens: COUNT,
  input_cache_write_tokens: COUNT,
  input_uncached_tokens: COUNT,
  num_model_requests: COUNT,
  batch: { type: ['boolean', 'null'] },
  service_tier: orNull(TEXT),
}
const INPUT: Record<string, Schema> = { input_tokens: COUNT, num_model_requests: COUNT }

export const USAGE_OPERATIONS: OperationTable = {
  'GET usage/completions': usage('Completions', 'completions', TOKENS, {
    groups: [...GROUPS, 'batch', 'service_tier'],
    filters: [...FILTERS, 'batch'],
  }),
  'GET usage/decisions': usage('Decisions', 'decisions', TOKENS, {
    groups: [...GROUPS, 'batch', 'service_tier'],
    filters: [...FILTERS, 'batch'],
  }),
  'GET usage/embeddings': usage('Embeddings', 'embeddings', INPUT),
  'GET usage/moderations': usage('Moderations', 'moderations', INPUT),
  'GET usage/images': usage(
    'Images',
    'images',
    { images: COUNT, num_model_requests: COUNT, size: { type: 'null' } },
    { groups: [...GROUPS, 'source'], filters: [...FILTERS, 'sources'] },
  ),
  'GET usage/audio_speeches': usage('AudioSpeeches', 'audio_speeches', {
    characters: COUNT,
    num_model_requests: COUNT,
  }),
  'GET usage/audio_transcriptions': usage('AudioTranscriptions', 'audio_transcriptions', {
    seconds: AMOUNT,
    num_model_requests: COUNT,
  }),
  'GET usage/code_interpreter_sessions': usage(
    'CodeInterpreterSessions',
    'code_interpreter_sessions',
    { num_sessions: COUNT },
    { groups: ['project_id'], filters: ['project_ids'] },
  ),
  'GET usage/file_search_calls': usage(
    'FileSearchCalls',
    'file_searches',
    { num_requests: COUNT, vector_store_id: { type: 'null' } },
    { groups: ['project_id', 'user_id', 'api_key_id'], filters: ['project_ids', 'user_ids', 'api_key_ids'] },
  ),
  'GET usage/web_search_calls': usage('WebSearchCalls', 'web_searches', {
    num_requests: COUNT,
    num_model_requests: COUNT,
    context_level: { type: 'null' },
  }),
  'GET costs': {
    id: 'getCosts',
    summary: 'US dollars by day',
    query: queryOf(
      ['1d'],
      ['project_id', 'user_id', 'line_item', 'api_key_id'],
      ['project_ids', 'user_ids', 'api_key_ids', 'line_items'],
    ),
    body: null,
    response: bucketsOf('Days with what calls cost.', {
      members: {
        object: constant('organization.costs.result'),
        amount: objectOf({ value: AMOUNT, currency: constant('usd') }),
        line_item: orNull(TEXT),
        project_id: orNull(TEXT),
        user_id: { type: 'null' },
        api_key_id: orNull(TEXT),
        quantity: { type: 'null' },
        quantity_unit: { type: 'null' },
      },
      example: {
        object: 'organization.costs.result',
        amount: { value: 0.25, currency: 'usd' },
        line_item: null,
        project_id: 'own_1',
        user_id: null,
        api_key_id: null,
        quantity: null,
        quantity_unit: null,
      },
    }),
    errors: [429],
  },
}

function usage(
  id: string,
  object: string,
  units: Record<string, Schema>,
  { groups = GROUPS, filters = FILTERS }: { groups?: string[]; filters?: string[] } = {},
): Operation {
  const kind = `organization.usage.${object}.result`
  const labels = {
    project_id: orNull(TEXT),
    user_id: { type: 'null' },
    api_key_id: orNull(TEXT),
    model: orNull(TEXT),
  }
  const source: Record<string, Schema> = groups.includes('source') ? { source: orNull(TEXT) } : {}
  const members = { object: constant(kind), ...units, ...labels }
  const counts = Object.entries(units).map(([name, { type }]) => [
    name,
    Array.isArray(type) || type === 'null' ? null : 3,
  ])
  const shape: Shape = {
    members,
    example: {
      object: kind,
      ...Object.fromEntries(counts),
      project_id: 'own_1',
      user_id: null,
      api_key_id: null,
      model: null,
    },
  }
  const response = bucketsOf('Buckets of time with what calls used.', shape)
  return {
    id: `getUsageOf${id}`,
    summary: `What calls used: ${object.replaceAll('_', ' ')}`,
    query: queryOf(WIDTHS, groups, filters),
    body: null,
    response:
      'schema' in response ? { ...response, schema: withOptional(response.schema, source) } : response,
    errors: [429],
  }
}

/** The schema of buckets whose results may have these members too. */
function withOptional(schema: Schema, optional: Record<string, Schema>): Schema {
  if (Object.keys(optional).length === 0) return schema
  return JSON.parse(
    JSON.stringify(schema, (name, value: unknown) =>
      name === 'properties' && typeof value === 'object' && value !== null && 'num_model_requests' in value
        ? { ...value, ...optional }
        : value,
    ),
  )
}

function queryOf(widths: BucketWidth[], groups: string[], filters: string[]): readonly Parameter[] {
  const isDaily = widths.length === 1
  const names = { type: 'string', enum: groups }
  return [
    {
      name: 'start_time',
      description: 'From when on, in seconds since the epoch.',
      schema: COUNT,
      example: Math.floor(Date.UTC(2026, 10, 1) / 1_000),
      required: true,
    },
    { name: 'end_time', description: 'Until when; absent: now.', schema: COUNT },
    {
      name: 'bucket_width',
      description: 'How long a bucket is.',
      schema: { type: 'string', enum: widths, default: '1d' },
      example: '1d',
    },
    {
      name: 'limit',
      description: 'Buckets of a page.',
      schema: {
        type: 'integer',
        minimum: 1,
        // Of days; more of shorter ones.
        maximum: isDaily ? COSTS_LIMIT_MAX : BUCKET_WIDTHS['1d'].max,
        default: BUCKET_WIDTHS['1d'].absent,
      },
      example: 2,
    },
    { name: 'page', description: 'The `next_page` of the page before.', schema: TEXT },
    { name: 'group_by', description: 'By what.', schema: listOf(names), example: ['project_id'] },
    ...filters.map((name) => ({
      name,
      description: 'Of these alone.',
      schema: name === 'batch' ? { type: 'boolean' } : listOf(TEXT),
      ...(EXAMPLES[name] === undefined ? {} : { example: EXAMPLES[name] }),
    })),
  ]
}
