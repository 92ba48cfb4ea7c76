// /v1/organization/projects/{id}/users: the key managers of an owner. All other roles are of every project, and are no members of one.
import { type AdminRow, findAdmins } from '../../auth/admins/admin-row.ts'
import { updateAdmin } from '../../auth/admins/manage-admins.ts'
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { adminId, adminNumber } from '../../domain/admins/admin-id.ts'
import type { OwnerRow } from '../../services/owners/owner-row.ts'
import { valueOrThrow } from '../response.ts'
import {
  cursorIn,
  listOf,
  type OrganizationCall,
  onlyMembers,
  PAGE_LIMIT,
  secondsOf,
  wholeParameter,
} from './organization-call.ts'
import { existingProject, ownerOf } from './organization-owners.ts'
import { existingUser } from './organization-users.ts'

/** Newest first. The default project has none. */
export async function listProjectUsers({ plane, actor, ids: [id = ''], query }: OrganizationCall) {
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const owner = await existingProject(plane, actor, id)
  if (owner === null) return listOf([], false)
  const page = { limit: limit + 1, ...cursorIn(query, adminNumber) }
  const found = await findAdmins(plane, page, { managerOf: owner.id })
  return listOf(found.slice(0, limit).map(projectUser), found.length > limit)
}

/** Gives the keys of the project to the key manager that `user_id` or `email` names. */
export async function createProjectUser({ plane, actor, ids: [id = ''], json }: OrganizationCall) {
  const owner = await ownerOf(plane, actor, id)
  const body = onlyMembers(await json(), ['role', 'user_id', 'email'])
  requireMember(body.role)
  const admin = await namedUser({ plane }, body)
  if (admin.role !== 'KEY_MANAGER')
    throw badInput(
      'user_id',
      'Only a key manager is a member of single projects: give the user role_key_manager first, as role_id.',
    )
  return projectUser(valueOrThrow(await updateAdmin(plane, actor, admin.id, { addOwnerId: owner.id })))
}

/** An admin who is bound to the owner; NOT_FOUND for any other. */
export async function retrieveProjectUser(call: OrganizationCall) {
  return projectUser((await member(call)).admin)
}

/** A member stays one: a project has no other role here. */
export async function updateProjectUser(call: OrganizationCall) {
  const { admin } = await member(call)
  const { role = null } = onlyMembers(await call.json(), ['role'])
  if (role !== null) requireMember(role)
  return projectUser(admin)
}

/** Takes the keys of the project from the key manager, who stays an admin. */
export async function deleteProjectUser(call: OrganizationCall) {
  const { admin, owner } = await member(call)
  valueOrThrow(await updateAdmin(call.plane, call.actor, admin.id, { removeOwnerId: owner.id }))
  return { object: 'organization.project.user.deleted', id: adminId(admin.id), deleted: true }
}

function requireMember(role: unknown): void {
  if (role !== 'member')
    throw badInput('role', 'role must be member: this gateway has no owners of single projects.')
}

async function namedUser(
  { plane }: Pick<OrganizationCall, 'plane'>,
  { user_id: id = null, email = null }: Record<string, unknown>,
): Promise<AdminRow> {
  if (typeof id === 'string') return existingUser(plane, id)
  if (typeof email !== 'string') throw badInput('user_id', 'user_id or email must be a string.')
  const found = await findAdmins(plane, { limit: 2 }, { emails: [email] })
  const [admin] = found
  if (admin === undefined) throw badInput('email', 'No user has this e-mail address.')
  if (found.length > 1) throw badInput('email', 'Several users have this e-mail address: send user_id.')
  return admin
}

async function member(call: OrganizationCall): Promise<{ owner: OwnerRow; admin: AdminRow }> {
  const { plane, actor, ids } = call
  const [project = '', user = ''] = ids
  const owner = await existingProject(plane, actor, project)
  const number = adminNumber(user)
  const [admin] =
    owner === null || number === null
      ? []
      : await findAdmins(
          plane,
          { limit: 1, olderThan: number + 1, newerThan: number - 1 },
          { managerOf: owner.id },
        )
  if (owner === null || admin === undefined)
    throw new AdminError('NOT_FOUND', 'This project has no user with this id.')
  return { owner, admin }
}

function projectUser(admin: AdminRow) {
  return {
    object: 'organization.project.user',
    id: adminId(admin.id),
    name: admin.displayName ?? admin.username,
    email: admin.email,
    role: 'member',
    added_at: secondsOf(admin.createdAt),
  }
}
