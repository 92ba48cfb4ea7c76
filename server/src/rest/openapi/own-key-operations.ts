// The operations of `/v1/key…`, which the gateway serves (gateway/call/own/), with the bounds that it checks.
import { CHAT_COMPLETIONS_PATH, KEY_PATH, MODELS_PATH } from '../../domain/endpoints/endpoints.ts'
import { ROTATION_GRACE_MAX_MS } from '../../domain/keys/key-rotation.ts'
import { OWN_KEY_MAX, OWN_LOGS_DEFAULT } from '../../domain/keys/own-key.ts'
import { OUTCOMES } from '../../domain/logs/call-record.ts'
import { LIMIT_UNITS } from '../../domain/policy/key-policy.ts'
import { RULES } from '../../domain/policy/verdict.ts'
import { BUDGET_WINDOWS, LIMIT_WINDOWS } from '../../domain/policy/windows.ts'
import {
  CALL_ERROR_CODE,
  COUNT,
  DECIMAL,
  type DocumentedPath,
  INSTANT,
  listOf,
  objectOf,
  orNull,
  type Schema,
  shownOnce,
  TEXT,
  TRUTH,
  wholeParameter,
} from './operation.ts'

const REQUEST_ID = { type: 'string', pattern: '^req_[0-9a-f]{32}$' }
const KEY_ID = { type: 'string', pattern: '^key_[1-9][0-9]*$' }
const RULE = oneOf(RULES)
const OUTCOME = oneOf(OUTCOMES)

function oneOf(names: readonly string[]): Schema {
  return { type: 'string', enum: names.map((name) => name.toLowerCase()) }
}

const LOG = objectOf({
  object: { type: 'string', const: 'key.log' },
  id: REQUEST_ID,
  created_at: INSTANT,
  method: TEXT,
  endpoint: TEXT,
  model: orNull(TEXT),
  outcome: OUTCOME,
  status: orNull({ type: 'integer' }),
  error_code: {
    ...orNull(CALL_ERROR_CODE),
    description:
      'The gateway’s own name for the error, or the `error.code` of an upstream that the client was sent.',
  },
  rule: orNull(RULE),
  input_tokens: orNull(COUNT),
  output_tokens: orNull(COUNT),
  cached_input_tokens: orNull(COUNT),
  reasoning_tokens: orNull(COUNT),
  cost_usd: orNull(DECIMAL),
  duration_ms: COUNT,
  time_to_first_token_ms: orNull(COUNT),
  streamed: TRUTH,
  client_ip: orNull(TEXT),
})
const LOG_EXAMPLE = {
  object: 'key.log',
  id: 'req_019ad000a1b27c3d8e4f5a6b7c8d9e0f',
  created_at: '2026-11-29T14:00:00.000Z',
  method: 'POST',
  endpoint: CHAT_COMPLETIONS_PATH,
  model: 'gpt-4o',
  outcome: 'denied',
  status: 429,
  error_code: 'request_limit_reached',
  rule: 'requests',
  input_tokens: null,
  output_tokens: null,
  cached_input_tokens: null,
  reasoning_tokens: null,
  cost_usd: null,
  duration_ms: 1,
  time_to_first_token_ms: null,
  streamed: false,
  client_ip: '192.0.2.7',
}

const USAGE_MEMBERS = {
  calls: COUNT,
  successful_calls: COUNT,
  denied_calls: COUNT,
  error_calls: COUNT,
  cancelled_calls: COUNT,
  interrupted_calls: COUNT,
  input_tokens: COUNT,
  output_tokens: COUNT,
  spend_usd: DECIMAL,
}
const USAGE_EXAMPLE = {
  calls: 1,
  successful_calls: 0,
  denied_calls: 1,
  error_calls: 0,
  cancelled_calls: 0,
  interrupted_calls: 0,
  input_tokens: 0,
  output_tokens: 0,
  spend_usd: '0',
}

const HISTORY = objectOf({
  totals: objectOf(USAGE_MEMBERS),
  by_day: listOf(objectOf({ date: { type: 'string', format: 'date' }, ...USAGE_MEMBERS })),
  denials: listOf(objectOf({ rule: orNull(RULE), error_code: CALL_ERROR_CODE, calls: COUNT })),
  denials_partial: TRUTH,
  recent_errors: listOf(LOG),
})

const SHARER = objectOf(
  { kind: oneOf(['OWNER', 'LABEL']), name: TEXT },
  'Whose keys share it: those of an owner, or those with a label such as `env=prod`. Absent: it is the own one of the key.',
)

/** A limit or a budget, which may be shared. */
function mayBeShared(members: Record<string, Schema>): Schema {
  const own = objectOf(members)
  return { ...own, properties: { shared_by: SHARER, ...members } }
}

const INFO_MEMBERS = {
  object: { type: 'string', const: 'key' },
  id: KEY_ID,
  name: TEXT,
  expires_at: orNull(INSTANT),
  secret_expires_at: orNull(INSTANT),
  models: orNull(objectOf({ allow: listOf(TEXT), deny: listOf(TEXT) })),
  endpoints: orNull(listOf(TEXT)),
  contact: orNull(TEXT),
  self_rotation: TRUTH,
  limits: listOf(
    mayBeShared({
      unit: oneOf([...LIMIT_UNITS, 'CONCURRENCY']),
      window: orNull(oneOf(LIMIT_WINDOWS)),
      model: orNull(TEXT),
      limit: COUNT,
      remaining: COUNT,
      resets_at: orNull(INSTANT),
    }),
  ),
  budgets: listOf(
    mayBeShared({
      window: orNull(oneOf(BUDGET_WINDOWS)),
      model: orNull(TEXT),
      limit_usd: DECIMAL,
      spent_usd: DECIMAL,
      reserved_usd: DECIMAL,
      remaining_usd: DECIMAL,
      resets_at: orNull(INSTANT),
    }),
  ),
}

/** Each is a call of the gateway, with the key that it is about. */
export const OWN_KEY_PATHS: readonly DocumentedPath[] = [
  {
    path: KEY_PATH,
    method: 'GET',
    security: 'API_KEY',
    operation: {
      id: 'getOwnKey',
      summary: 'What the key may do, what remains, and what it did',
      description: `Counts in no limit. With \`history_days\` it reads the ledger: ${OWN_KEY_MAX.questionsPerMinute} such questions of a key in a minute. The models that the key may call now are listed by \`${MODELS_PATH}\`.`,
      query: [
        wholeParameter(
          'history_days',
          'Adds the history of so many days of UTC, today included; absent: none.',
          { min: 1, max: OWN_KEY_MAX.historyDays },
          1,
        ),
      ],
      body: null,
      response: {
        description: 'The key.',
        schema: {
          type: 'object',
          properties: { ...INFO_MEMBERS, history: HISTORY },
          required: Object.keys(INFO_MEMBERS),
          additionalProperties: false,
        },
        example: {
          object: 'key',
          id: 'key_1',
          name: 'ci',
          expires_at: null,
          secret_expires_at: null,
          models: null,
          endpoints: null,
          contact: null,
          self_rotation: false,
          limits: [
            {
              unit: 'requests',
              window: 'day',
              model: null,
              limit: 100,
              remaining: 0,
              resets_at: '2026-11-30T00:00:00.000Z',
            },
          ],
          budgets: [],
          history: {
            totals: USAGE_EXAMPLE,
            by_day: [{ date: '2026-11-29', ...USAGE_EXAMPLE }],
            denials: [{ rule: 'requests', error_code: 'request_limit_reached', calls: 1 }],
            denials_partial: false,
            recent_errors: [LOG_EXAMPLE],
          },
        },
      },
      errors: [429, 503],
    },
  },
  {
    path: `${KEY_PATH}/logs`,
    method: 'GET',
    security: 'API_KEY',
    operation: {
      id: 'listOwnLogs',
      summary: 'Request logs of the key, newest first',
      description:
        'Without content, and without what is the gateway’s own. A search may end before its page is full and have `has_more: true`: go on after `last_id`.',
      query: [
        wholeParameter(
          'limit',
          'Request logs of a page.',
          { min: 1, max: OWN_KEY_MAX.logs, absent: OWN_LOGS_DEFAULT },
          20,
        ),
        { name: 'after', description: 'The `last_id` of the page before.', schema: REQUEST_ID },
        { name: 'outcome', description: 'Calls that ended so.', schema: OUTCOME, example: 'success' },
      ],
      body: null,
      response: {
        description: 'A page of them.',
        schema: objectOf({
          object: { type: 'string', const: 'list' },
          data: listOf(LOG),
          first_id: orNull(REQUEST_ID),
          last_id: orNull(REQUEST_ID),
          has_more: TRUTH,
        }),
        example: {
          object: 'list',
          data: [LOG_EXAMPLE],
          first_id: LOG_EXAMPLE.id,
          last_id: LOG_EXAMPLE.id,
          has_more: false,
        },
      },
      errors: [429, 503],
    },
  },
  {
    path: `${KEY_PATH}/rotate`,
    method: 'POST',
    security: 'API_KEY',
    operation: {
      id: 'rotateOwnKey',
      summary: 'Replace the secret of the key',
      description:
        'Where the policy of the key has `selfRotation: true`. The new secret is in this response and nowhere else.',
      query: [],
      body: {
        required: false,
        schema: {
          type: 'object',
          properties: {
            grace_seconds: {
              type: 'integer',
              minimum: 0,
              maximum: ROTATION_GRACE_MAX_MS / 1_000,
              default: 0,
              description: 'How long the secret that was sent works beside the new one.',
            },
          },
          additionalProperties: false,
        },
        example: { grace_seconds: 3600 },
      },
      response: {
        description: 'The new secret.',
        schema: shownOnce({
          object: { type: 'string', const: 'key.rotated' },
          id: KEY_ID,
          secret: orNull(TEXT),
          expires_at: orNull(INSTANT),
          former_secret_expires_at: INSTANT,
        }),
        example: {
          object: 'key.rotated',
          id: 'key_1',
          secret: '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68',
          expires_at: null,
          former_secret_expires_at: '2026-11-29T15:00:00.000Z',
        },
      },
      errors: [413, 415, 429, 503],
    },
  },
]
