// /v1/organization/projects/…: one project, which has all API keys; each key is a service account with one secret.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { apiKeyId, apiKeyNumber } from '../../domain/keys/api-key-id.ts'
import type { ApiKeyRow } from '../../services/keys/api-key-row.ts'
import { createApiKey } from '../../services/keys/create-api-key.ts'
import { deleteApiKey } from '../../services/keys/delete-api-key.ts'
import { findApiKey, findApiKeys } from '../../services/keys/find-api-keys.ts'
import { updateApiKey } from '../../services/keys/update-api-key.ts'
import { valueOrThrow } from '../response.ts'
import {
  listOf,
  type OrganizationCall,
  onlyKnown,
  refuseRestricted,
  seconds,
  secondsOf,
  wholeParameter,
} from './organization-call.ts'

/** The project of every key. */
export const DEFAULT_PROJECT = 'proj_default'
const LIMIT = { min: 1, max: 100, absent: 20 }
const EXPIRES_SECONDS = { min: 1, max: 3_650 * 86_400 }

export async function listProjects({ plane, actor, query }: OrganizationCall) {
  refuseRestricted(actor)
  onlyKnown(query, ['limit', 'after', 'include_archived'])
  wholeParameter(query, 'limit', LIMIT)
  return listOf(query.get('after') === null ? [project(plane.server.startedAtMs)] : [], false)
}

export async function retrieveProject(call: OrganizationCall) {
  inProject(call)
  return project(call.plane.server.startedAtMs)
}

/** Newest first. */
export async function listProjectKeys(call: OrganizationCall) {
  const { data, hasMore } = await keyPage(call)
  return listOf(data.map(projectKey), hasMore)
}

export async function retrieveProjectKey(call: OrganizationCall) {
  return projectKey(await existingKey(call))
}

/** Changes when a key expires; it has no scopes here. */
export async function updateProjectKey(call: OrganizationCall) {
  const key = await existingKey(call)
  const body = onlyMembers(await call.json(), ['expires_in_seconds'])
  const expiresAtMs = expiryOf(call, body)
  if (expiresAtMs === null) return projectKey(key)
  const input = { number: key.id, expiresAtMs, expectedVersion: null }
  return projectKey(valueOrThrow(await updateApiKey(call.plane, call.actor, input)))
}

/** Deletes the key with its request logs. */
export async function deleteProjectKey(call: OrganizationCall) {
  const id = await deleted(call)
  return { object: 'organization.project.api_key.deleted', id, deleted: true }
}

export async function listServiceAccounts(call: OrganizationCall) {
  const { data, hasMore } = await keyPage(call)
  return listOf(data.map(serviceAccount), hasMore)
}

export async function retrieveServiceAccount(call: OrganizationCall) {
  return serviceAccount(await existingKey(call))
}

/** Creates a key: its secret is in this response, as `api_key.value`, and nowhere else. */
export async function createServiceAccount(call: OrganizationCall) {
  inProject(call)
  const { plane, actor } = call
  const body = onlyMembers(await call.json(), ['name', 'expires_in_seconds', 'create_service_account_only'])
  if (body.create_service_account_only === true)
    throw badInput(
      'create_service_account_only',
      'create_service_account_only must be false: here a service account is its key.',
    )
  if (typeof body.name !== 'string') throw badInput('name', 'name must be a string.')
  const made = await createApiKey(plane, actor, {
    name: body.name,
    externalId: null,
    description: null,
    expiresInDays: null,
    expiresAtMs: expiryOf(call, body),
    neverExpires: false,
    keepEncryptedCopy: false,
    secretForm: null,
    policy: null,
  })
  const { apiKey, secret } = valueOrThrow(made)
  return {
    ...serviceAccount(apiKey),
    api_key: {
      object: 'organization.project.service_account.api_key',
      id: apiKeyId(apiKey.id),
      name: apiKey.name,
      value: secret,
      created_at: secondsOf(apiKey.createdAt),
      expires_at: seconds(apiKey.expiresAt),
    },
  }
}

export async function updateServiceAccount(call: OrganizationCall) {
  const key = await existingKey(call)
  const { name } = onlyMembers(await call.json(), ['name'])
  if (typeof name !== 'string') throw badInput('name', 'name must be a string.')
  const input = { number: key.id, name, expectedVersion: null }
  return serviceAccount(valueOrThrow(await updateApiKey(call.plane, call.actor, input)))
}

export async function deleteServiceAccount(call: OrganizationCall) {
  const id = await deleted(call)
  return { object: 'organization.project.service_account.deleted', id, deleted: true }
}

/** There are no projects but one, so that another id is a 404. */
function inProject({ actor, ids: [projectId = ''] }: OrganizationCall): void {
  refuseRestricted(actor)
  if (projectId !== DEFAULT_PROJECT)
    throw new AdminError('NOT_FOUND', `No such project. Every API key is in the project ${DEFAULT_PROJECT}.`)
}

async function keyPage(call: OrganizationCall): Promise<{ data: ApiKeyRow[]; hasMore: boolean }> {
  inProject(call)
  const { plane, query } = call
  onlyKnown(query, ['limit', 'after'])
  const limit = wholeParameter(query, 'limit', LIMIT)
  const after = query.get('after')
  const olderThan = after === null ? null : apiKeyNumber(after)
  if (after !== null && olderThan === null) throw badInput('after', 'after must be the last_id of a page.')
  const found = await findApiKeys(
    plane,
    {},
    { limit: limit + 1, ...(olderThan === null ? {} : { olderThan }) },
  )
  return { data: found.slice(0, limit), hasMore: found.length > limit }
}

async function existingKey(call: OrganizationCall): Promise<ApiKeyRow> {
  inProject(call)
  const number = apiKeyNumber(call.ids[1] ?? '')
  const key = number === null ? null : await findApiKey(call.plane, number)
  if (key === null)
    throw new AdminError('NOT_FOUND', 'There is no API key with this id. It may have been deleted.')
  return key
}

async function deleted(call: OrganizationCall): Promise<string> {
  const { id } = await existingKey(call)
  valueOrThrow(await deleteApiKey(call.plane, call.actor, id))
  return apiKeyId(id)
}

/** Null: the body says nothing of it. */
function expiryOf({ plane }: OrganizationCall, body: Record<string, unknown>): number | null {
  const { expires_in_seconds: sent = null } = body
  if (sent === null) return null
  const { min, max } = EXPIRES_SECONDS
  if (typeof sent === 'number' && Number.isInteger(sent) && sent >= min && sent <= max)
    return plane.clock() + sent * 1_000
  throw badInput('expires_in_seconds', `expires_in_seconds must be a whole number from ${min} to ${max}.`)
}

function onlyMembers(body: Record<string, unknown>, known: readonly string[]): Record<string, unknown> {
  const unknown = Object.keys(body).find((name) => !known.includes(name))
  if (unknown === undefined) return body
  throw badInput(unknown.slice(0, 100), `This gateway takes ${known.join(', ')} here.`)
}

function project(startedAtMs: number) {
  return {
    object: 'organization.project',
    id: DEFAULT_PROJECT,
    name: 'Default project',
    created_at: Math.floor(startedAtMs / 1_000),
    archived_at: null,
    status: 'active',
  }
}

function projectKey(key: ApiKeyRow) {
  return {
    object: 'organization.project.api_key',
    id: apiKeyId(key.id),
    name: key.name,
    redacted_value: `${key.secretStart}…`,
    created_at: secondsOf(key.createdAt),
    last_used_at: seconds(key.lastUsedAt),
    expires_at: seconds(key.expiresAt),
    owner: { type: 'service_account', service_account: serviceAccount(key) },
    owner_project_access: key.revokedAt === null && key.disabledAt === null ? 'active' : 'inactive',
  }
}

function serviceAccount(key: ApiKeyRow) {
  return {
    object: 'organization.project.service_account',
    id: apiKeyId(key.id),
    name: key.name,
    role: 'member',
    created_at: secondsOf(key.createdAt),
  }
}
