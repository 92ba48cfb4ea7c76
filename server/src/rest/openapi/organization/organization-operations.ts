// The operations of OpenAI's admin API, beside their handlers in rest/organization/, by method and path below `/v1/organization`.
import { AUDIT_ACTIONS } from '../../../domain/audit/audit-event.ts'
import { NAME_MAX } from '../../../domain/keys/api-key-input.ts'
import { POLICY_MAX } from '../../../domain/policy/key-policy.ts'
import { EXPIRES_SECONDS, PAGE_LIMIT } from '../../organization/organization-call.ts'
import {
  listOf,
  type Operation,
  objectOf,
  orNull,
  type Parameter,
  type Schema,
  shownOnce,
  TEXT,
  TRUTH,
} from '../operation.ts'
import {
  ADMIN_KEY,
  AFTER,
  constant,
  deleted,
  INVITE,
  one,
  PROJECT,
  PROJECT_KEY,
  PROJECT_USER,
  pageLimit,
  pageOf,
  ROLE,
  SERVICE_ACCOUNT,
  SERVICE_ACCOUNT_KEY,
  type Shape,
  SPEND_LIMIT,
  USER,
  USER_WITH_PROJECTS,
} from './organization-shapes.ts'
import { USAGE_OPERATIONS } from './usage-operations.ts'

const PAGE: readonly Parameter[] = [pageLimit(PAGE_LIMIT), AFTER]
const NAME: Schema = { type: 'string', minLength: 1, maxLength: NAME_MAX }
const EXPIRES: Schema = {
  type: ['integer', 'null'],
  minimum: EXPIRES_SECONDS.min,
  maximum: EXPIRES_SECONDS.max,
}
const ORDER: Parameter = {
  name: 'order',
  description: 'By creation.',
  schema: { type: 'string', enum: ['asc', 'desc'], default: 'desc' },
  example: 'asc',
}

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

const SECOND_BOUNDS: readonly Parameter[] = ['gt', 'gte', 'lt', 'lte'].map((end) => ({
  name: `effective_at[${end}]`,
  description: 'When it happened, in seconds since the epoch.',
  schema: { type: 'integer', minimum: 0, maximum: 253_402_300_799 },
}))
const AUDIT_LOG: Schema = {
  type: 'object',
  description: 'Beside these the member that `type` names, with what was changed.',
  properties: {
    object: constant('organization.audit_log'),
    id: TEXT,
    type: TEXT,
    effective_at: { type: 'integer' },
    actor: { type: 'object' },
  },
  required: ['object', 'id', 'type', 'effective_at', 'actor'],
  additionalProperties: true,
}

/** Throws TypeError where a path has no operation: each has one. */
export function organizationOperation(method: string, path: string): Operation {
  const operation = OPERATIONS[`${method} ${path}`]
  if (operation === undefined) throw new TypeError(`${method} ${path} is not documented`)
  return operation
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(
    Object.entries(USAGE_OPERATIONS).map(([path, operation]) => [`GET ${path}`, operation]),
  ),
  'GET audit_logs': {
    ...read('listAuditLogs', 'Audit events, newest first', {
      description: 'A page of them.',
      schema: objectOf({
        object: constant('list'),
        data: listOf(AUDIT_LOG),
        first_id: orNull(TEXT),
        last_id: orNull(TEXT),
        has_more: TRUTH,
      }),
      example: {
        object: 'list',
        data: [
          {
            object: 'organization.audit_log',
            id: 'audit_log-7',
            type: 'api_key.created',
            effective_at: 1_764_424_800,
            actor: { type: 'session', session: { user: { id: 'adm_1', name: 'ann', email: null } } },
            'api_key.created': { id: 'key_1', name: 'ci', action: AUDIT_ACTIONS[0] },
          },
        ],
        first_id: 'audit_log-7',
        last_id: 'audit_log-7',
        has_more: false,
      },
    }),
    query: [
      ...PAGE,
      { name: 'before', description: 'The `first_id` of the page after.', schema: TEXT },
      ...SECOND_BOUNDS,
      {
        name: 'event_types',
        description: 'Of these types.',
        schema: listOf(TEXT),
        example: ['api_key.created'],
      },
      { name: 'resource_ids', description: 'Of one resource.', schema: { ...listOf(TEXT), maxItems: 1 } },
    ],
  },

  'GET admin_api_keys': {
    ...read('listAdminApiKeys', 'Admin tokens', pageOf('A page of them.', ADMIN_KEY)),
    query: [...PAGE, ORDER],
  },
  'POST admin_api_keys': change(
    'createAdminApiKey',
    'Create an admin token that may do what its maker may',
    { name: NAME, expires_in_seconds: EXPIRES },
    { name: 'deployer', expires_in_seconds: 86_400 },
    withSecret('The token, as `value`, which nothing else has.', ADMIN_KEY, 'value', 'lka_1a2b3c4d5e6f'),
    { required: ['name'] },
  ),
  'GET admin_api_keys/*': read('retrieveAdminApiKey', 'An admin token', one('The token.', ADMIN_KEY)),
  'DELETE admin_api_keys/*': removal(
    'deleteAdminApiKey',
    'Revoke an admin token',
    'organization.admin_api_key',
    'tok_1',
  ),

  'GET users': {
    ...read('listUsers', 'Admins, newest first', pageOf('A page of them.', USER)),
    query: [
      ...PAGE,
      {
        name: 'emails',
        description: 'With these addresses.',
        schema: listOf(TEXT),
        example: ['kim@example.com'],
      },
    ],
  },
  'GET users/*': read('retrieveUser', 'An admin', one('The admin.', USER_WITH_PROJECTS)),
  'POST users/*': change(
    'updateUser',
    'Change the role of an admin',
    {
      role: { type: ['string', 'null'], enum: ['owner', 'reader', null] },
      role_id: { type: ['string', 'null'], description: 'Such as role_key_manager.' },
    },
    { role: 'reader' },
    one('The admin as it is now.', USER_WITH_PROJECTS),
  ),
  'DELETE users/*': removal('deleteUser', 'Delete an admin', 'organization.user', 'adm_2'),
  'GET roles': {
    ...read('listRoles', 'The roles of admins', {
      description: 'All of them.',
      schema: objectOf({
        object: constant('list'),
        data: listOf(objectOf(ROLE.members)),
        has_more: TRUTH,
        next: orNull(TEXT),
      }),
      example: { object: 'list', data: [ROLE.example], has_more: false, next: null },
    }),
    query: [...PAGE, { ...ORDER, schema: { ...ORDER.schema, default: 'asc' } }],
  },
  'GET roles/*': read('retrieveRole', 'A role', one('The role.', ROLE)),
  'GET invites': {
    ...read('listInvites', 'Open invitations, newest first', pageOf('A page of them.', INVITE)),
    query: PAGE,
  },
  'POST invites': change(
    'createInvite',
    'Invite an admin',
    {
      email: TEXT,
      role: { type: 'string', enum: ['owner', 'reader'] },
      projects: { type: 'array', maxItems: 0 },
    },
    { email: 'ann@example.com', role: 'reader' },
    withSecret(
      'The invitation with its link, as `url`, which nothing else has.',
      INVITE,
      'url',
      'https://latchkey.example.com/invitation#token=x',
    ),
    { required: ['email', 'role'] },
  ),
  'GET invites/*': read('retrieveInvite', 'An open invitation', one('The invitation.', INVITE)),
  'DELETE invites/*': removal('deleteInvite', 'End an invitation', 'organization.invite', 'inv_1'),

  'GET projects': {
    ...read('listProjects', 'Owners, newest first', pageOf('A page of them.', PROJECT)),
    query: [
      ...PAGE,
      {
        name: 'include_archived',
        description: 'True: disabled owners too.',
        schema: { type: 'boolean' },
        example: true,
      },
    ],
  },
  'POST projects': change(
    'createProject',
    'Create an owner',
    { name: NAME },
    { name: 'docs' },
    one('The project.', PROJECT),
    { required: ['name'] },
  ),
  'GET projects/*': read('retrieveProject', 'An owner', one('The project.', PROJECT)),
  'POST projects/*': change(
    'updateProject',
    'Rename an owner',
    { name: NAME },
    { name: 'documents' },
    one('The project as it is now.', PROJECT),
    { required: ['name'] },
  ),
  'POST projects/*/archive': {
    ...change(
      'archiveProject',
      'Disable an owner, and so all of its keys',
      {},
      {},
      one('The project as it is now.', PROJECT),
    ),
    body: null,
  },
  'GET projects/*/api_keys': {
    ...read(
      'listProjectApiKeys',
      'API keys of an owner, newest first',
      pageOf('A page of them.', PROJECT_KEY),
    ),
    query: PAGE,
  },
  'GET projects/*/api_keys/*': read('retrieveProjectApiKey', 'An API key', one('The key.', PROJECT_KEY)),
  'POST projects/*/api_keys/*': change(
    'updateProjectApiKey',
    'Change when an API key expires',
    { expires_in_seconds: EXPIRES },
    { expires_in_seconds: 172_800 },
    one('The key as it is now.', PROJECT_KEY),
  ),
  'DELETE projects/*/api_keys/*': removal(
    'deleteProjectApiKey',
    'Delete an API key with its request logs',
    'organization.project.api_key',
    'key_1',
  ),
  'GET projects/*/service_accounts': {
    ...read(
      'listServiceAccounts',
      'API keys of an owner, as service accounts',
      pageOf('A page of them.', SERVICE_ACCOUNT),
    ),
    query: PAGE,
  },
  'POST projects/*/service_accounts': change(
    'createServiceAccount',
    'Create an API key',
    {
      name: NAME,
      expires_in_seconds: EXPIRES,
      create_service_account_only: { type: 'boolean', const: false },
    },
    { name: 'robot', expires_in_seconds: 86_400 },
    {
      description: 'The account, with the secret as `api_key.value`, which nothing else has.',
      schema: shownOnce({ ...SERVICE_ACCOUNT.members, api_key: objectOf(SERVICE_ACCOUNT_KEY.members) }),
      example: { ...SERVICE_ACCOUNT.example, api_key: SERVICE_ACCOUNT_KEY.example },
    },
    { required: ['name'] },
  ),
  'GET projects/*/service_accounts/*': read(
    'retrieveServiceAccount',
    'An API key, as a service account',
    one('The account.', SERVICE_ACCOUNT),
  ),
  'POST projects/*/service_accounts/*': change(
    'updateServiceAccount',
    'Rename an API key',
    { name: NAME },
    { name: 'machine' },
    one('The account as it is now.', SERVICE_ACCOUNT),
    { required: ['name'] },
  ),
  'DELETE projects/*/service_accounts/*': removal(
    'deleteServiceAccount',
    'Delete an API key with its request logs',
    'organization.project.service_account',
    'key_1',
  ),
  'GET projects/*/users': {
    ...read(
      'listProjectUsers',
      'Key managers of an owner, newest first',
      pageOf('A page of them.', PROJECT_USER),
    ),
    query: PAGE,
  },
  'POST projects/*/users': change(
    'createProjectUser',
    'Give the keys of an owner to a key manager',
    {
      role: constant('member'),
      user_id: { type: ['string', 'null'] },
      email: { type: ['string', 'null'] },
    },
    { role: 'member', email: 'kim@example.com' },
    one('The key manager.', PROJECT_USER),
    { required: ['role'] },
  ),
  'GET projects/*/users/*': read(
    'retrieveProjectUser',
    'A key manager of an owner',
    one('The key manager.', PROJECT_USER),
  ),
  'POST projects/*/users/*': change(
    'updateProjectUser',
    'Has no effect: a project has members alone',
    { role: { type: ['string', 'null'], enum: ['member', null] } },
    { role: 'member' },
    one('The key manager.', PROJECT_USER),
  ),
  'DELETE projects/*/users/*': removal(
    'deleteProjectUser',
    'Take the keys of an owner from a key manager',
    'organization.project.user',
    'adm_2',
  ),
  'GET projects/*/rate_limits': {
    ...read('listRateLimits', 'Limits that the keys of an owner share', {
      description: 'A page of them: of all models, and of each.',
      schema: objectOf({
        object: constant('list'),
        data: listOf(RATE_LIMIT_SCHEMA),
        first_id: orNull(TEXT),
        last_id: orNull(TEXT),
        has_more: TRUTH,
      }),
      example: {
        object: 'list',
        data: [RATE_LIMIT_EXAMPLE],
        first_id: 'rl_all',
        last_id: 'rl_all',
        has_more: false,
      },
    }),
    query: [...PAGE, { name: 'before', description: 'The `first_id` of the page after.', schema: TEXT }],
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

function read(id: string, summary: string, response: Operation['response']): Operation {
  return { id, summary, query: [], body: null, response, errors: [404, 429] }
}

function change(
  id: string,
  summary: string,
  properties: Record<string, Schema>,
  example: object,
  response: Operation['response'],
  { required = [] }: { required?: string[] } = {},
): Operation {
  const schema = { type: 'object', properties, required, additionalProperties: false }
  const body = { required: required.length > 0, schema, example }
  return { id, summary, query: [], body, response, errors: [404, 413, 415, 429] }
}

function removal(id: string, summary: string, object: string, example: string): Operation {
  const response = deleted(`${object}.deleted`, example)
  return { id, summary, query: [], body: null, response, errors: [404, 429] }
}

function withSecret(
  description: string,
  { members, example }: Shape,
  name: string,
  secret: string,
): Operation['response'] {
  return {
    description,
    schema: shownOnce({ ...members, [name]: orNull(TEXT) }),
    example: { ...example, [name]: secret },
  }
}
