// The operations of OpenAI's admin API about admins, as users.
import { listOf, objectOf, orNull, TEXT, TRUTH } from '../operation.ts'
import { change, type OperationTable, PAGE, read, removal } from './operation-kinds.ts'
import { AT, constant, one, pageOf, SECONDS, type Shape } from './organization-shapes.ts'

const USER: Shape = {
  members: {
    object: constant('organization.user'),
    id: TEXT,
    name: TEXT,
    email: orNull(TEXT),
    role: { type: 'string', enum: ['owner', 'reader'] },
    added_at: SECONDS,
    created: SECONDS,
    api_key_last_used_at: { type: 'null' },
    is_default: TRUTH,
    is_scim_managed: TRUTH,
    is_service_account: TRUTH,
    user: objectOf({
      object: constant('user'),
      id: TEXT,
      name: TEXT,
      email: orNull(TEXT),
      enabled: TRUTH,
      banned: TRUTH,
      banned_at: { type: 'null' },
      picture: { type: 'null' },
    }),
  },
  example: {
    object: 'organization.user',
    id: 'adm_2',
    name: 'kim',
    email: 'kim@example.com',
    role: 'reader',
    added_at: AT,
    created: AT,
    api_key_last_used_at: null,
    is_default: false,
    is_scim_managed: false,
    is_service_account: false,
    user: {
      object: 'user',
      id: 'adm_2',
      name: 'kim',
      email: 'kim@example.com',
      enabled: true,
      banned: false,
      banned_at: null,
      picture: null,
    },
  },
}

const USER_PROJECTS = objectOf({
  object: constant('list'),
  data: listOf(objectOf({ id: TEXT, name: TEXT, role: constant('member') })),
})
const USER_WITH_PROJECTS: Shape = {
  members: { ...USER.members, projects: USER_PROJECTS },
  example: {
    ...USER.example,
    projects: { object: 'list', data: [{ id: 'own_1', name: 'docs', role: 'member' }] },
  },
}

export const USER_OPERATIONS: OperationTable = {
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
}
