// /v1/organization/projects: an owner of API keys is a project; keys that belong to nobody are in the default project.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import type { Actor } from '../../domain/admins/actor.ts'
import { ownerId, ownerNumber } from '../../domain/owners/owner.ts'
import { isWithinOwners } from '../../domain/owners/owner-restriction.ts'
import type { ControlPlane } from '../../services/control-plane.ts'
import { findOwner, findOwners } from '../../services/owners/find-owners.ts'
import type { OwnerRow } from '../../services/owners/owner-row.ts'
import { switchOwner } from '../../services/owners/switch-owner.ts'
import { createOwner, updateOwner } from '../../services/owners/write-owner.ts'
import { valueOrThrow } from '../response.ts'
import {
  listOf,
  type OrganizationCall,
  onlyMembers,
  PAGE_LIMIT,
  seconds,
  secondsOf,
  wholeParameter,
} from './organization-call.ts'

/** The project of keys that belong to nobody. */
export const DEFAULT_PROJECT = 'proj_default'

/** Owners, newest first, and the default project last. Disabled owners are archived projects. */
export async function listProjects({ plane, actor, query }: OrganizationCall) {
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const after = query.get('after')
  if (after === DEFAULT_PROJECT) return listOf([], false)
  const olderThan = after === null ? null : ownerNumber(after)
  if (after !== null && olderThan === null) throw badInput('after', 'after must be the last_id of a page.')
  const archivedToo = query.get('include_archived') === 'true'
  const filter = { within: actor.owners, ...(archivedToo ? {} : { disabled: false }) }
  const page = { limit: limit + 1, ...(olderThan === null ? {} : { olderThan }) }
  const owners = (await findOwners(plane, filter, page)).map(projectOf)
  const all = isWithinOwners(actor, null) ? [...owners, defaultProject(plane)] : owners
  return listOf(all.slice(0, limit), all.length > limit)
}

/** Creates an owner of the kind TEAM. The body has `name` alone. */
export async function createProject({ plane, actor, json }: OrganizationCall) {
  const body = onlyMembers(await json(), ['name'])
  const input = {
    name: nameIn(body),
    kind: 'TEAM' as const,
    externalId: null,
    contact: null,
    labels: [],
    policy: null,
  }
  return projectOf(valueOrThrow(await createOwner(plane, actor, input)))
}

/** An owner as a project, or the project of the keys that belong to nobody. */
export async function retrieveProject({ plane, actor, ids: [id = ''] }: OrganizationCall) {
  const project = await existingProject(plane, actor, id)
  return project === null ? defaultProject(plane) : projectOf(project)
}

/** Renames the owner; the project of keys that belong to nobody has no other name. */
export async function updateProject({ plane, actor, ids: [id = ''], json }: OrganizationCall) {
  const name = nameIn(onlyMembers(await json(), ['name']))
  const input = { number: (await ownerOf(plane, actor, id)).id, name, expectedVersion: null }
  return projectOf(valueOrThrow(await updateOwner(plane, actor, input)))
}

/** Disables the owner: the next call of each of its keys is refused. */
export async function archiveProject({ plane, actor, ids: [id = ''] }: OrganizationCall) {
  const { id: number } = await ownerOf(plane, actor, id)
  return projectOf(valueOrThrow(await switchOwner(plane, actor, number, 'DISABLED')).owner)
}

/** The owner that a project is; null: the default project. Throws NOT_FOUND for one that the actor may not see. */
export async function existingProject(
  plane: ControlPlane,
  actor: Actor,
  id: string,
): Promise<OwnerRow | null> {
  if (id === DEFAULT_PROJECT && isWithinOwners(actor, null)) return null
  const number = ownerNumber(id)
  const owner = number === null ? null : await findOwner(plane, actor, number)
  if (owner === null)
    throw new AdminError('NOT_FOUND', 'There is no project with this id. It may have been deleted.')
  return owner
}

/** The owner that a project is. Throws BAD_USER_INPUT for the default project, which has no settings. */
export async function ownerOf(plane: ControlPlane, actor: Actor, id: string): Promise<OwnerRow> {
  const owner = await existingProject(plane, actor, id)
  if (owner === null)
    throw badInput(
      'project_id',
      'The default project cannot be changed: it has the keys that belong to nobody.',
    )
  return owner
}

function nameIn({ name }: Record<string, unknown>): string {
  if (typeof name === 'string') return name
  throw badInput('name', 'name must be a string.')
}

function projectOf(owner: OwnerRow) {
  return {
    object: 'organization.project',
    id: ownerId(owner.id),
    name: owner.name,
    created_at: secondsOf(owner.createdAt),
    archived_at: seconds(owner.disabledAt),
    status: owner.disabledAt === null ? 'active' : 'archived',
  }
}

function defaultProject({ server }: ControlPlane) {
  return {
    object: 'organization.project',
    id: DEFAULT_PROJECT,
    name: 'Default project',
    created_at: Math.floor(server.startedAtMs / 1_000),
    archived_at: null,
    status: 'active',
  }
}
