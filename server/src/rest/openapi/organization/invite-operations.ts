// The operations of OpenAI's admin API about invitations.
import { TEXT } from '../operation.ts'
import { change, type OperationTable, PAGE, read, removal } from './operation-kinds.ts'
import { AT, constant, one, pageOf, SECONDS, type Shape, withSecret } from './organization-shapes.ts'

const INVITE: Shape = {
  members: {
    object: constant('organization.invite'),
    id: TEXT,
    email: TEXT,
    role: { type: 'string', enum: ['owner', 'reader'] },
    status: constant('pending'),
    projects: { type: 'array', maxItems: 0 },
    created_at: SECONDS,
    expires_at: SECONDS,
    accepted_at: { type: 'null' },
  },
  example: {
    object: 'organization.invite',
    id: 'inv_1',
    email: 'ann@example.com',
    role: 'reader',
    status: 'pending',
    projects: [],
    created_at: AT,
    expires_at: AT + 604_800,
    accepted_at: null,
  },
}

export const INVITE_OPERATIONS: OperationTable = {
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
}
