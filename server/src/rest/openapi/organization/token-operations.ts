// The operations of OpenAI's admin API about admin tokens, as admin API keys.
import { objectOf, orNull, TEXT } from '../operation.ts'
import { change, EXPIRES, NAME, type OperationTable, ORDER, PAGE, read, removal } from './operation-kinds.ts'
import { AT, constant, one, pageOf, SECONDS, type Shape, withSecret } from './organization-shapes.ts'

const ADMIN_KEY: Shape = {
  members: {
    object: constant('organization.admin_api_key'),
    id: TEXT,
    name: TEXT,
    redacted_value: TEXT,
    created_at: SECONDS,
    expires_at: orNull(SECONDS),
    last_used_at: orNull(SECONDS),
    owner: objectOf({
      type: constant('service_account'),
      object: constant('organization.user'),
      name: TEXT,
      role: constant('owner'),
    }),
  },
  example: {
    object: 'organization.admin_api_key',
    id: 'tok_1',
    name: 'deployer',
    redacted_value: 'lka_1a2b…',
    created_at: AT,
    expires_at: null,
    last_used_at: null,
    owner: { type: 'service_account', object: 'organization.user', name: 'ann', role: 'owner' },
  },
}

export const TOKEN_OPERATIONS: OperationTable = {
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
}
