// The operations of the original product's REST API, beside their handlers in api-keys.ts and api-logs.ts.
import { CHAT_COMPLETIONS_PATH } from '../../domain/endpoints/endpoints.ts'
import { API_KEY_STATUSES } from '../../domain/keys/api-key.ts'
import { DESCRIPTION_MAX, EXPIRES_IN_DAYS_MAX, NAME_MAX } from '../../domain/keys/api-key-input.ts'
import { DAYS, PAGE, PAGE_SIZE } from '../bounds.ts'
import {
  AMOUNT,
  COUNT,
  INSTANT,
  listOf,
  type Operation,
  objectOf,
  orNull,
  type Parameter,
  shownOnce,
  TEXT,
  TRUTH,
  wholeParameter,
} from './operation.ts'

const KEY_ID = { type: 'integer', minimum: 1 }
const STATUS = { type: 'string', enum: API_KEY_STATUSES.map((status) => status.toLowerCase()) }

const KEY_MEMBERS = {
  id: KEY_ID,
  name: TEXT,
  description: orNull(TEXT),
  created_at: INSTANT,
  expires_at: orNull(INSTANT),
  is_active: TRUTH,
  usage_count: COUNT,
  last_used_at: orNull(INSTANT),
  status: STATUS,
}
const KEY = objectOf(KEY_MEMBERS)
const KEY_EXAMPLE = {
  id: 1,
  name: 'ci',
  description: null,
  created_at: '2026-11-29T14:00:00.000Z',
  expires_at: '2027-02-27T14:00:00.000Z',
  is_active: true,
  usage_count: 0,
  last_used_at: null,
  status: 'active',
}

const LOG = objectOf({
  id: { type: 'string', pattern: '^req_[0-9a-f]{32}$' },
  api_key_id: orNull(KEY_ID),
  timestamp: INSTANT,
  model: orNull(TEXT),
  status: { type: 'string', enum: ['success', 'error'] },
  response_time: COUNT,
  ip_address: orNull(TEXT),
  endpoint: TEXT,
  error_message: orNull(TEXT),
  request_size: COUNT,
  response_size: COUNT,
})
const LOGS = objectOf({
  logs: listOf(LOG),
  total: COUNT,
  page: { type: 'integer', minimum: PAGE.min, maximum: PAGE.max },
  page_size: { type: 'integer', minimum: PAGE_SIZE.min, maximum: PAGE_SIZE.max },
})
const LOGS_EXAMPLE = {
  logs: [
    {
      id: 'req_019ad000a1b27c3d8e4f5a6b7c8d9e0f',
      api_key_id: 1,
      timestamp: '2026-11-29T14:00:00.000Z',
      model: 'gpt-4o',
      status: 'success',
      response_time: 830,
      ip_address: '192.0.2.7',
      endpoint: CHAT_COMPLETIONS_PATH,
      error_message: null,
      request_size: 84,
      response_size: 512,
    },
  ],
  total: 1,
  page: 1,
  page_size: 50,
}

const LOG_QUERY: readonly Parameter[] = [
  wholeParameter('page', 'Which page, from 1. Far pages are slow: GraphQL has cursors.', PAGE, 1),
  wholeParameter('page_size', 'Request logs of a page.', PAGE_SIZE, 50),
  {
    name: 'status',
    description: 'Calls that succeeded, or all others; absent: both.',
    schema: { type: 'string', enum: ['success', 'error'] },
    example: 'success',
  },
]

export const LIST_KEYS: Operation = {
  id: 'listApiKeys',
  summary: 'All API keys, newest first',
  query: [],
  body: null,
  response: {
    description: 'The keys.',
    schema: objectOf({ api_keys: listOf(KEY), total: COUNT }),
    example: { api_keys: [KEY_EXAMPLE], total: 1 },
  },
  errors: [],
}

export const CREATE_KEY: Operation = {
  id: 'createApiKey',
  summary: 'Create an API key',
  description: 'The secret is in this response, as `api_key`, and nowhere else.',
  query: [],
  body: {
    required: true,
    schema: {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 1, maxLength: NAME_MAX },
        description: { type: ['string', 'null'], maxLength: DESCRIPTION_MAX },
        expires_days: {
          type: ['integer', 'null'],
          minimum: 1,
          maximum: EXPIRES_IN_DAYS_MAX,
          description: 'Days from now; absent: what the settings give.',
        },
        never_expires: { type: 'boolean', description: 'True: no expiry, whatever the settings give.' },
      },
      required: ['name'],
      additionalProperties: false,
    },
    example: { name: 'ci', expires_days: 90 },
  },
  response: {
    description: 'The key with its secret.',
    schema: shownOnce({ ...KEY_MEMBERS, api_key: orNull(TEXT) }),
    example: { ...KEY_EXAMPLE, api_key: '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68' },
  },
  errors: [413, 415],
}

export const REVOKE_KEY: Operation = {
  id: 'revokeApiKey',
  summary: 'Refuse a key from its next call on',
  description: 'Cannot be undone. Its record and its logs stay.',
  query: [],
  body: null,
  response: {
    description: 'The key.',
    schema: KEY,
    example: { ...KEY_EXAMPLE, is_active: false, status: 'revoked' },
  },
  errors: [404],
}

export const DELETE_KEY: Operation = {
  id: 'deleteApiKey',
  summary: 'Delete a key with its request logs',
  description: 'What it used stays in totals.',
  query: [],
  body: null,
  response: {
    description: 'It is deleted.',
    schema: objectOf({ id: KEY_ID, deleted: { type: 'boolean', const: true } }),
    example: { id: 1, deleted: true },
  },
  errors: [404],
}

export const KEY_STATS: Operation = {
  id: 'getApiKeyStats',
  summary: 'What a key did in the last days',
  description:
    '`failed_calls` are all but the successful ones; the other four are each outcome of them. Rates are in percent, times in milliseconds; each is null without a call.',
  query: [wholeParameter('days', 'The last so many times 24 hours.', DAYS, 30)],
  body: null,
  response: {
    description: 'The totals.',
    schema: objectOf({
      period_days: { type: 'integer', minimum: DAYS.min, maximum: DAYS.max },
      total_calls: COUNT,
      successful_calls: COUNT,
      failed_calls: COUNT,
      success_rate: orNull(AMOUNT),
      avg_response_time: orNull(AMOUNT),
      denied_calls: COUNT,
      error_calls: COUNT,
      cancelled_calls: COUNT,
      interrupted_calls: COUNT,
      admitted_success_rate: orNull(AMOUNT),
      by_model: listOf(objectOf({ model: orNull(TEXT), calls: COUNT, avg_response_time: orNull(AMOUNT) })),
    }),
    example: {
      period_days: 30,
      total_calls: 12,
      successful_calls: 11,
      failed_calls: 1,
      success_rate: 91.67,
      avg_response_time: 830.5,
      denied_calls: 1,
      error_calls: 0,
      cancelled_calls: 0,
      interrupted_calls: 0,
      admitted_success_rate: 100,
      by_model: [{ model: 'gpt-4o', calls: 12, avg_response_time: 830.5 }],
    },
  },
  errors: [404],
}

export const LIST_LOGS_OF_KEY: Operation = {
  id: 'listRequestLogsOfApiKey',
  summary: 'Request logs of a key, newest first',
  query: LOG_QUERY,
  body: null,
  response: { description: 'A page of them.', schema: LOGS, example: LOGS_EXAMPLE },
  errors: [404],
}

export const LIST_LOGS: Operation = {
  id: 'listRequestLogs',
  summary: 'Request logs, newest first',
  query: [...LOG_QUERY, { name: 'key_id', description: 'Of this API key alone.', schema: KEY_ID }],
  body: null,
  response: { description: 'A page of them.', schema: LOGS, example: LOGS_EXAMPLE },
  errors: [404],
}
