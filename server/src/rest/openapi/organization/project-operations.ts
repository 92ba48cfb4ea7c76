// The operations of OpenAI's admin API about owners, as projects.
import { orNull, TEXT } from '../operation.ts'
import { change, NAME, type OperationTable, PAGE, read } from './operation-kinds.ts'
import { AT, constant, one, pageOf, SECONDS, type Shape } from './organization-shapes.ts'

const PROJECT: Shape = {
  members: {
    object: constant('organization.project'),
    id: TEXT,
    name: TEXT,
    created_at: SECONDS,
    archived_at: orNull(SECONDS),
    status: { type: 'string', enum: ['active', 'archived'] },
  },
  example: {
    object: 'organization.project',
    id: 'own_1',
    name: 'docs',
    created_at: AT,
    archived_at: null,
    status: 'active',
  },
}

export const PROJECT_OPERATIONS: OperationTable = {
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
}
