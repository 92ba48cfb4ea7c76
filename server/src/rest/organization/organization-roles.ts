// /v1/organization/roles: the roles of admins, which are fixed, and what each may do.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { ROLES, type Role, scopesOfRole } from '../../domain/admins/permissions.ts'
import { type OrganizationCall, PAGE_LIMIT, wholeParameter } from './organization-call.ts'

const DESCRIPTIONS: Record<Role, string> = {
  OWNER: 'May do everything, and administers admins.',
  ADMIN: 'May do everything but administer admins.',
  KEY_MANAGER: 'Administers the API keys of some projects.',
  VIEWER: 'May read, but neither secrets nor what calls say.',
}

/** In the order of what they may do. */
export async function listRoles({ query }: OrganizationCall) {
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const order = query.get('order') ?? 'asc'
  if (order !== 'asc' && order !== 'desc') throw badInput('order', 'order must be asc or desc.')
  const roles = order === 'asc' ? ROLES : ROLES.toReversed()
  const after = query.get('after')
  const at = after === null ? -1 : roles.findIndex((role) => roleId(role) === after)
  if (after !== null && at === -1) throw badInput('after', 'after must be the next of a page.')
  const data = roles.slice(at + 1, at + 1 + limit).map(roleBody)
  const hasMore = at + 1 + limit < roles.length
  return { object: 'list', data, has_more: hasMore, next: hasMore ? (data.at(-1)?.id ?? null) : null }
}

/** One of the four roles; NOT_FOUND for any other id. */
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
