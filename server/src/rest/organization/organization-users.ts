// /v1/organization/users: admins. OpenAI has the roles owner and reader; every role but OWNER is a reader, and /roles has all of them.
import { type AdminRow, findAdmin, findAdmins } from '../../auth/admins/admin-row.ts'
import { type AdminChanges, deleteAdmin, updateAdmin } from '../../auth/admins/manage-admins.ts'
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { adminId, adminNumber } from '../../domain/admins/admin-id.ts'
import { type Role, readRole } from '../../domain/admins/permissions.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import type { ControlPlane } from '../../services/control-plane.ts'
import { findOwnersOfAdmins } from '../../services/owners/find-owners.ts'
import { valueOrThrow } from '../response.ts'
import {
  cursorIn,
  listOf,
  listParameter,
  type OrganizationCall,
  onlyMembers,
  PAGE_LIMIT,
  refuseRestricted,
  secondsOf,
  wholeParameter,
} from './organization-call.ts'
import { roleOf } from './organization-roles.ts'

/** Newest first. */
export async function listUsers({ plane, actor, query }: OrganizationCall) {
  refuseRestricted(actor)
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const emails = listParameter(query, 'emails')
  const found = await findAdmins(
    plane,
    { limit: limit + 1, ...cursorIn(query, adminNumber) },
    emails === null ? {} : { emails },
  )
  return listOf(found.slice(0, limit).map(userOf), found.length > limit)
}

/** With the projects whose keys a key manager administers. */
export async function retrieveUser(call: OrganizationCall) {
  return withProjects(call.plane, await existing(call))
}

/** Changes the role: `role` by OpenAI's names, or `role_id` by this gateway's. */
export async function updateUser(call: OrganizationCall) {
  const { plane, actor } = call
  const admin = await existing(call)
  const body = onlyMembers(await call.json(), ['role', 'role_id'])
  const role = wantedRole(body, admin)
  const changes: AdminChanges = role === null ? {} : { role }
  return withProjects(plane, valueOrThrow(await updateAdmin(plane, actor, admin.id, changes)))
}

/** Deletes the admin, and ends all sessions; the last owner stays. */
export async function deleteUser(call: OrganizationCall) {
  const { id } = await existing(call)
  valueOrThrow(await deleteAdmin(call.plane, call.actor, id))
  return { object: 'organization.user.deleted', id: adminId(id), deleted: true }
}

/** OpenAI's role of an admin: the only one that may administer admins is the owner. */
export function wireRole(role: string): 'owner' | 'reader' {
  return role === 'OWNER' ? 'owner' : 'reader'
}

/** The admin with this id. Throws NOT_FOUND, without a query for what is no id. */
export async function existingUser(plane: ControlPlane, id: string): Promise<AdminRow> {
  const number = adminNumber(id)
  const admin = number === null ? null : await findAdmin(plane, number)
  if (admin === null)
    throw new AdminError('NOT_FOUND', 'There is no user with this id. It may have been deleted.')
  return admin
}

async function existing({ plane, actor, ids: [id = ''] }: OrganizationCall): Promise<AdminRow> {
  refuseRestricted(actor)
  return existingUser(plane, id)
}

function wantedRole({ role, role_id: id }: Record<string, unknown>, admin: AdminRow): Role | null {
  if (id !== undefined && id !== null) {
    const named = typeof id === 'string' ? roleOf(id) : null
    if (named === null) throw badInput('role_id', 'role_id must be the id of a role, such as role_viewer.')
    return named
  }
  if (role === undefined || role === null) return null
  if (role === 'owner') return 'OWNER'
  // An admin and a key manager are readers already: this takes nothing from them.
  if (role === 'reader') return admin.role === 'OWNER' ? 'VIEWER' : readRole(admin.role)
  throw badInput('role', 'role must be owner or reader. role_id names the other roles, such as role_admin.')
}

async function withProjects(plane: ControlPlane, admin: AdminRow) {
  const isManager = readRole(admin.role) === 'KEY_MANAGER'
  const owners = isManager ? (await findOwnersOfAdmins(plane, [admin.id])).get(admin.id) : []
  const data = (owners ?? []).map(({ id, name }) => ({ id: ownerId(id), name, role: 'member' }))
  return { ...userOf(admin), projects: { object: 'list', data } }
}

function userOf(admin: AdminRow) {
  const { email } = admin
  const id = adminId(admin.id)
  const name = admin.displayName ?? admin.username
  const enabled = admin.disabledAt === null
  return {
    object: 'organization.user',
    id,
    name,
    email,
    role: wireRole(admin.role),
    added_at: secondsOf(admin.createdAt),
    created: secondsOf(admin.createdAt),
    api_key_last_used_at: null,
    is_default: false,
    is_scim_managed: false,
    is_service_account: false,
    user: { object: 'user', id, name, email, enabled, banned: !enabled, banned_at: null, picture: null },
  }
}
