// /v1/organization/roles: the roles of admins, which are fixed, and what each may do.
import { AdminError } from '../../domain/admin-errors.ts'
import { ROLES, type Role, scopesOfRole } from '../../domain/admins/permissions.ts'
import { type OrganizationCall, onlyKnown } from './organization-call.ts'

const DESCRIPTIONS: Record<Role, string> = {
  OWNER: 'May do everything, and administers admins.',
  ADMIN: 'May do everything but administer admins.',
  KEY_MANAGER: 'Administers the API keys of some projects.',
  VIEWER: 'May read, but neither secrets nor what calls say.',
}

/** All of them, as one page. */
export async function listRoles({ query }: OrganizationCall) {
  onlyKnown(query, ['limit', 'after', 'order'])
  const data = query.get('after') === null ? ROLES.map(roleBody) : []
  return { object: 'list', data, has_more: false, next: null }
}

export async function retrieveRole({ ids: [id = ''] }: OrganizationCall) {
  const role = roleOf(id)
  if (role === null) throw new AdminError('NOT_FOUND', 'There is no role with this id.')
  return roleBody(role)
}

/** The role of an id such as `role_key_manager`; null: it is none. */
export function roleOf(id: string): Role | null {
  return ROLES.find((role) => roleId(role) === id) ?? null
}

function roleId(role: Role): string {
  return `role_${role.toLowerCase()}`
}

function roleBody(role: Role) {
  return {
    object: 'role',
    id: roleId(role),
    name: role.toLowerCase(),
    description: DESCRIPTIONS[role],
    permissions: [...scopesOfRole(role)].sort(),
    predefined_role: true,
    resource_type: 'api.organization',
  }
}
