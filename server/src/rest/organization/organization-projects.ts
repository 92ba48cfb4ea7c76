// /v1/organization/projects/…: the API keys of a project; each is a service account with one secret.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { apiKeyId, apiKeyNumber } from '../../domain/keys/api-key-id.ts'
import type { ApiKeyRow } from '../../services/keys/api-key-row.ts'
import { createApiKey } from '../../services/keys/create-api-key.ts'
import { deleteApiKey } from '../../services/keys/delete-api-key.ts'
import { findApiKey } from '../../services/keys/find-api-keys.ts'
import { updateApiKey } from '../../services/keys/update-api-key.ts'
import { findKeysOfOwner } from '../../services/owners/find-keys-of-owner.ts'
import { valueOrThrow } from '../response.ts'
import {
  EXPIRES_SECONDS,
  expiryOf,
  listOf,
  type OrganizationCall,
  onlyMembers,
  PAGE_LIMIT,
  seconds,
  secondsOf,
  wholeParameter,
} from './organization-call.ts'
import { existingProject } from './organization-owners.ts'

/** Newest first. */
export async function listProjectKeys(call: OrganizationCall) {
  const { data, hasMore } = await keyPage(call)
  return listOf(data.map(projectKey), hasMore)
}

/** A key of the owner, without its secret. */
export async function retrieveProjectKey(call: OrganizationCall) {
  return projectKey(await existingKey(call))
}

/** Changes when a key expires; it has no scopes here. */
export async function updateProjectKey(call: OrganizationCall) {
  const key = await existingKey(call)
  const body = onlyMembers(await call.json(), ['expires_in_seconds'])
  const expiresAtMs = expiryOf(call.plane.clock(), body, EXPIRES_SECONDS)
  if (expiresAtMs === null) return projectKey(key)
  const input = { number: key.id, expiresAtMs, expectedVersion: null }
  return projectKey(valueOrThrow(await updateApiKey(call.plane, call.actor, input)))
}

/** Deletes the key with its request logs. */
export async function deleteProjectKey(call: OrganizationCall) {
  const id = await deleted(call)
  return { object: 'organization.project.api_key.deleted', id, deleted: true }
}

/** The keys of the owner once more: each is a service account of its own. */
export async function listServiceAccounts(call: OrganizationCall) {
  const { data, hasMore } = await keyPage(call)
  return listOf(data.map(serviceAccount), hasMore)
}

/** A key of the owner as a service account. */
export async function retrieveServiceAccount(call: OrganizationCall) {
  return serviceAccount(await existingKey(call))
}

/** Creates a key: its secret is in this response, as `api_key.value`, and nowhere else. */
export async function createServiceAccount(call: OrganizationCall) {
  const owner = await inProject(call)
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
    expiresAtMs: expiryOf(call.plane.clock(), body, EXPIRES_SECONDS),
    neverExpires: false,
    keepEncryptedCopy: false,
    secretForm: null,
    owner,
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

/** Renames the key; the body has `name` alone. */
export async function updateServiceAccount(call: OrganizationCall) {
  const key = await existingKey(call)
  const { name } = onlyMembers(await call.json(), ['name'])
  if (typeof name !== 'string') throw badInput('name', 'name must be a string.')
  const input = { number: key.id, name, expectedVersion: null }
  return serviceAccount(valueOrThrow(await updateApiKey(call.plane, call.actor, input)))
}

/** Deletes the key with its logs. */
export async function deleteServiceAccount(call: OrganizationCall) {
  const id = await deleted(call)
  return { object: 'organization.project.service_account.deleted', id, deleted: true }
}

/** The number of the owner whose keys the project has; null: keys that belong to nobody. */
async function inProject({ plane, actor, ids: [id = ''] }: OrganizationCall): Promise<number | null> {
  return (await existingProject(plane, actor, id))?.id ?? null
}

async function keyPage(call: OrganizationCall): Promise<{ data: ApiKeyRow[]; hasMore: boolean }> {
  const owner = await inProject(call)
  const { plane, query } = call
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const after = query.get('after')
  const olderThan = after === null ? null : apiKeyNumber(after)
  if (after !== null && olderThan === null) throw badInput('after', 'after must be the last_id of a page.')
  const found = await findKeysOfOwner(plane, owner, { limit: limit + 1, olderThan })
  return { data: found.slice(0, limit), hasMore: found.length > limit }
}

async function existingKey(call: OrganizationCall): Promise<ApiKeyRow> {
  const owner = await inProject(call)
  const number = apiKeyNumber(call.ids[1] ?? '')
  const key = number === null ? null : await findApiKey(call.plane, call.actor, number)
  if (key === null || key.ownerId !== owner)
    throw new AdminError('NOT_FOUND', 'There is no API key with this id. It may have been deleted.')
  return key
}

async function deleted(call: OrganizationCall): Promise<string> {
  const { id } = await existingKey(call)
  valueOrThrow(await deleteApiKey(call.plane, call.actor, id))
  return apiKeyId(id)
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
