// The operations of OpenAI's admin API about roles.
import { ROLES, SCOPES } from '../../../domain/admins/permissions.ts'
import { listOf, objectOf, orNull, TEXT, TRUTH } from '../operation.ts'
import { type OperationTable, ORDER, PAGE, read } from './operation-kinds.ts'
import { constant, one, type Shape } from './organization-shapes.ts'

const ROLE: Shape = {
  members: {
    object: constant('role'),
    id: { type: 'string', enum: ROLES.map((role) => `role_${role.toLowerCase()}`) },
    name: TEXT,
    description: TEXT,
    permissions: listOf({ type: 'string', enum: SCOPES }),
    predefined_role: TRUTH,
    resource_type: TEXT,
  },
  example: {
    object: 'role',
    id: 'role_viewer',
    name: 'viewer',
    description: 'May read, but neither secrets nor what calls say.',
    permissions: ['keys:read'],
    predefined_role: true,
    resource_type: 'api.organization',
  },
}

export const ROLE_OPERATIONS: OperationTable = {
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
}
