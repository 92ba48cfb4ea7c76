// /v1/organization/admin_api_keys: admin tokens. One that is made here may do what its maker may, since this API has no scopes.
import { AdminError, badInput } from '../../domain/admin-errors.ts'
import { adminTokenId, adminTokenNumber } from '../../domain/admins/admin-token-id.ts'
import { ownerId } from '../../domain/owners/owner.ts'
import type { AdminTokenRow } from '../../services/admins/tokens/admin-token-row.ts'
import { createAdminToken } from '../../services/admins/tokens/create-admin-token.ts'
import { findAdminTokens } from '../../services/admins/tokens/find-admin-tokens.ts'
import { revokeAdminToken } from '../../services/admins/tokens/revoke-admin-token.ts'
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

/** Admin tokens by `created_at`, revoked ones included: https://platform.openai.com/docs/api-reference/admin-api-keys/list. */
export async function listAdminKeys({ plane, actor, query }: OrganizationCall) {
  const limit = wholeParameter(query, 'limit', PAGE_LIMIT)
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw badInput('order', 'order must be asc or desc.')
  const after = query.get('after')
  const number = after === null || after === '' ? null : adminTokenNumber(after)
  if (after !== null && after !== '' && number === null)
    throw badInput('after', 'after must be the last_id of a page.')
  const oldestFirst = order === 'asc'
  const place = number === null ? {} : oldestFirst ? { newerThan: number } : { olderThan: number }
  const found = await findAdminTokens(plane, actor, { limit: limit + 1, oldestFirst, ...place })
  const ordered = oldestFirst ? found.toReversed() : found
  return listOf(ordered.slice(0, limit).map(adminKey), found.length > limit)
}

/** The token is in this response, as `value`, and nowhere else. */
export async function createAdminKey(call: OrganizationCall) {
  const { plane, actor } = call
  const body = onlyMembers(await call.json(), ['name', 'expires_in_seconds'])
  if (typeof body.name !== 'string') throw badInput('name', 'name must be a string.')
  const made = await createAdminToken(plane, actor, {
    name: body.name,
    scopes: [...actor.scopes],
    expiresInDays: null,
    expiresAtMs: expiryOf(plane.clock(), body, EXPIRES_SECONDS),
    networks: null,
    ownerIds: actor.owners?.map(ownerId) ?? null,
  })
  const { adminToken, token } = valueOrThrow(made)
  return { ...adminKey(adminToken), value: token }
}

/** An admin token, without its secret. */
export async function retrieveAdminKey(call: OrganizationCall) {
  return adminKey(await existing(call))
}

/** Revokes it: it stays in the list. */
export async function deleteAdminKey(call: OrganizationCall) {
  const { id } = await existing(call)
  valueOrThrow(await revokeAdminToken(call.plane, call.actor, id))
  return { object: 'organization.admin_api_key.deleted', id: adminTokenId(id), deleted: true }
}

async function existing({ plane, actor, ids: [id = ''] }: OrganizationCall): Promise<AdminTokenRow> {
  const number = adminTokenNumber(id)
  const [token] =
    number === null
      ? []
      : await findAdminTokens(plane, actor, { limit: 1, olderThan: number + 1, newerThan: number - 1 })
  if (token === undefined) throw new AdminError('NOT_FOUND', 'There is no admin token with this id.')
  return token
}

function adminKey(token: AdminTokenRow) {
  return {
    object: 'organization.admin_api_key',
    id: adminTokenId(token.id),
    name: token.name,
    redacted_value: `${token.tokenStart}…`,
    created_at: secondsOf(token.createdAt),
    expires_at: seconds(token.revokedAt ?? token.expiresAt),
    last_used_at: seconds(token.lastUsedAt),
    owner: {
      type: 'service_account',
      object: 'organization.user',
      name: token.createdBy ?? 'environment',
      role: 'owner',
    },
  }
}
