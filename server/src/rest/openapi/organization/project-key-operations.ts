// The operations of OpenAI's admin API about the API keys of an owner, as keys and as service accounts of a project.
import { objectOf, orNull, shownOnce, TEXT } from '../operation.ts'
import { change, EXPIRES, NAME, type OperationTable, PAGE, read, removal } from './operation-kinds.ts'
import { AT, constant, one, pageOf, SECONDS, type Shape } from './organization-shapes.ts'

const SERVICE_ACCOUNT: Shape = {
  members: {
    object: constant('organization.project.service_account'),
    id: TEXT,
    name: TEXT,
    role: constant('member'),
    created_at: SECONDS,
  },
  example: {
    object: 'organization.project.service_account',
    id: 'key_1',
    name: 'robot',
    role: 'member',
    created_at: AT,
  },
}

/** The secret of a new service account. */
const SERVICE_ACCOUNT_KEY: Shape = {
  members: {
    object: constant('organization.project.service_account.api_key'),
    id: TEXT,
    name: TEXT,
    value: orNull(TEXT),
    created_at: SECONDS,
    expires_at: orNull(SECONDS),
  },
  example: {
    object: 'organization.project.service_account.api_key',
    id: 'key_1',
    name: 'robot',
    value: '3f0c9a52-6f5e-4b8a-9a3e-0d7f2c1b4a68',
    created_at: AT,
    expires_at: null,
  },
}

const PROJECT_KEY: Shape = {
  members: {
    object: constant('organization.project.api_key'),
    id: TEXT,
    name: TEXT,
    redacted_value: TEXT,
    created_at: SECONDS,
    last_used_at: orNull(SECONDS),
    expires_at: orNull(SECONDS),
    owner: objectOf({
      type: constant('service_account'),
      service_account: objectOf(SERVICE_ACCOUNT.members),
    }),
    owner_project_access: { type: 'string', enum: ['active', 'inactive'] },
  },
  example: {
    object: 'organization.project.api_key',
    id: 'key_1',
    name: 'robot',
    redacted_value: '3f0c9a52…',
    created_at: AT,
    last_used_at: null,
    expires_at: null,
    owner: { type: 'service_account', service_account: SERVICE_ACCOUNT.example },
    owner_project_access: 'active',
  },
}

export const PROJECT_KEY_OPERATIONS: OperationTable = {
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
}
