// The operations of OpenAI's admin API about the key managers of an owner, as users of a project.
import { orNull, TEXT } from '../operation.ts'
import { change, type OperationTable, PAGE, read, removal } from './operation-kinds.ts'
import { AT, constant, one, pageOf, SECONDS, type Shape } from './organization-shapes.ts'

const PROJECT_USER: Shape = {
  members: {
    object: constant('organization.project.user'),
    id: TEXT,
    name: TEXT,
    email: orNull(TEXT),
    role: constant('member'),
    added_at: SECONDS,
  },
  example: {
    object: 'organization.project.user',
    id: 'adm_2',
    name: 'kim',
    email: 'kim@example.com',
    role: 'member',
    added_at: AT,
  },
}

export const PROJECT_USER_OPERATIONS: OperationTable = {
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
}
