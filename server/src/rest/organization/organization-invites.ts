// /v1/organization/invites: invitations of admins. Nothing is mailed: the link is in the response to the creation, as `url`.
import {
  findInvitations,
  type Invitation,
  inviteAdmin,
  revokeInvitation,
} from '../../auth/admins/invitations.ts'
import { linkOf } from '../../auth/admins/link.ts'
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { invitationId, invitationNumber } from '../../domain/admins/admin-id.ts'
import { valueOrThrow } from '../response.ts'
import {
  cursorIn,
  listOf,
  type OrganizationCall,
  onlyMembers,
  PAGE_LIMIT,
  refuseRestricted,
  secondsOf,
  wholeParameter,
} from './organization-call.ts'
import { wireRole } from './organization-users.ts'

/** Those that can still be accepted, newest first. */
export async function listInvites({ plane, actor, query }: OrganizationCall) {
  refuseRestricted(actor)
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const { olderThan = Number.POSITIVE_INFINITY } = cursorIn(query, invitationNumber)
  // There are at most 100.
  const found = (await findInvitations(plane, actor)).filter(({ id }) => id < olderThan)
  return listOf(found.slice(0, limit).map(inviteOf), found.length > limit)
}

/** The link is in this response, as `url`, and nowhere else. */
export async function createInvite({ plane, actor, json }: OrganizationCall) {
  refuseRestricted(actor)
  const body = onlyMembers(await json(), ['email', 'role', 'projects'])
  const { email, role, projects = [] } = body
  if (typeof email !== 'string') throw badInput('email', 'email must be a string.')
  if (role !== 'owner' && role !== 'reader') throw badInput('role', 'role must be owner or reader.')
  if (!Array.isArray(projects) || projects.length > 0)
    throw badInput(
      'projects',
      'projects must be empty: add the user to projects when the invite is accepted.',
    )
  const input = {
    role: role === 'owner' ? ('OWNER' as const) : ('VIEWER' as const),
    displayName: null,
    email,
    ownerIds: [],
    expiresInDays: null,
  }
  const { invitation, token } = valueOrThrow(await inviteAdmin(plane, actor, input))
  return { ...inviteOf(invitation), url: linkOf(plane, '/invitation', token) }
}

/** An invitation; NOT_FOUND where there is none of this id. */
export async function retrieveInvite(call: OrganizationCall) {
  return inviteOf(await existing(call))
}

/** Ends the invitation: its link works no more. */
export async function deleteInvite(call: OrganizationCall) {
  const { id } = await existing(call)
  valueOrThrow(await revokeInvitation(call.plane, call.actor, id))
  return { object: 'organization.invite.deleted', id: invitationId(id), deleted: true }
}

async function existing({ plane, actor, ids: [id = ''] }: OrganizationCall): Promise<Invitation> {
  refuseRestricted(actor)
  const number = invitationNumber(id)
  const found =
    number === null ? undefined : (await findInvitations(plane, actor)).find((one) => one.id === number)
  if (found === undefined)
    throw new AdminError(
      'NOT_FOUND',
      'There is no open invite with this id. It may be accepted, expired or deleted.',
    )
  return found
}

function inviteOf(invitation: Invitation) {
  return {
    object: 'organization.invite',
    id: invitationId(invitation.id),
    // One that was made without an address has none.
    email: invitation.email ?? '',
    role: wireRole(invitation.role),
    status: 'pending',
    projects: [],
    created_at: secondsOf(invitation.createdAt),
    expires_at: secondsOf(invitation.expiresAt),
    accepted_at: null,
  }
}
