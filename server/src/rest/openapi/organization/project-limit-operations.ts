// The operations of OpenAI's admin API about the limits and the budget that the keys of an owner share.
import { POLICY_MAX } from '../../../domain/policy/key-policy.ts'
import { AMOUNT, objectOf, type Schema, TEXT } from '../operation.ts'
import { BEFORE, change, type OperationTable, PAGE, read, removal } from './operation-kinds.ts'
import { constant, deleted, one, pageOfSchema, type Shape } from './organization-shapes.ts'

const LIMIT: Schema = {
  type: 'integer',
  minimum: 1,
  maximum: POLICY_MAX.limit,
  description: `${POLICY_MAX.limit} says that there is none.`,
}
const RATE_LIMIT_MEMBERS = {
  object: constant('project.rate_limit'),
  id: TEXT,
  model: TEXT,
  max_requests_per_1_minute: LIMIT,
  max_tokens_per_1_minute: LIMIT,
}
const RATE_LIMIT_SCHEMA: Schema = {
  ...objectOf(RATE_LIMIT_MEMBERS),
  properties: { ...RATE_LIMIT_MEMBERS, max_requests_per_1_day: LIMIT },
}
const RATE_LIMIT_EXAMPLE = {
  object: 'project.rate_limit',
  id: 'rl_all',
  model: '*',
  max_requests_per_1_minute: 600,
  max_tokens_per_1_minute: POLICY_MAX.limit,
}

const SPEND_LIMIT: Shape = {
  members: {
    object: constant('project.spend_limit'),
    threshold_amount: { ...AMOUNT, description: 'US cents.' },
    currency: constant('USD'),
    interval: constant('month'),
    enforcement: objectOf({ status: constant('enforcing') }),
  },
  example: {
    object: 'project.spend_limit',
    threshold_amount: 5_000,
    currency: 'USD',
    interval: 'month',
    enforcement: { status: 'enforcing' },
  },
}

export const PROJECT_LIMIT_OPERATIONS: OperationTable = {
  'GET projects/*/rate_limits': {
    ...read(
      'listRateLimits',
      'Limits that the keys of an owner share',
      pageOfSchema('A page of them: of all models, and of each.', RATE_LIMIT_SCHEMA, RATE_LIMIT_EXAMPLE),
    ),
    query: [...PAGE, BEFORE],
  },
  'POST projects/*/rate_limits/*': change(
    'updateRateLimit',
    'Change limits that the keys of an owner share',
    { max_requests_per_1_minute: LIMIT, max_tokens_per_1_minute: LIMIT, max_requests_per_1_day: LIMIT },
    { max_requests_per_1_minute: 600 },
    { description: 'The limits as they are now.', schema: RATE_LIMIT_SCHEMA, example: RATE_LIMIT_EXAMPLE },
  ),
  'GET projects/*/spend_limit': read(
    'retrieveSpendLimit',
    'The monthly budget that the keys of an owner share',
    one('The budget.', SPEND_LIMIT),
  ),
  'POST projects/*/spend_limit': change(
    'updateSpendLimit',
    'Set the monthly budget that the keys of an owner share',
    {
      threshold_amount: {
        type: 'integer',
        minimum: 1,
        maximum: POLICY_MAX.usd * 100,
        description: 'US cents.',
      },
      currency: constant('USD'),
      interval: constant('month'),
    },
    { threshold_amount: 5_000, currency: 'USD', interval: 'month' },
    one('The budget as it is now.', SPEND_LIMIT),
    { required: ['threshold_amount', 'currency', 'interval'] },
  ),
  'DELETE projects/*/spend_limit': {
    ...removal('deleteSpendLimit', 'Remove the monthly budget', 'project.spend_limit', ''),
    response: deleted('project.spend_limit.deleted', null),
  },
}
