// /api/api-keys: API keys, their lifecycle and their statistics.
import { AdminError, badInput } from '../domain/admin-errors.ts'
import { DAY_MS } from '../domain/time.ts'
import type { ControlPlane } from '../services/control-plane.ts'
import { type ApiKeyRow, apiKeyStatus } from '../services/keys/api-key-row.ts'
import { createApiKey } from '../services/keys/create-api-key.ts'
import { deleteApiKey } from '../services/keys/delete-api-key.ts'
import { findApiKey, findApiKeys } from '../services/keys/find-api-keys.ts'
import { revokeApiKey } from '../services/keys/revoke-api-key.ts'
import { ownersOfKeys } from '../services/owners/find-owners.ts'
import type { OwnerRow } from '../services/owners/owner-row.ts'
import { readUsage } from '../services/usage/read-account.ts'
import { DAYS } from './bounds.ts'
import { readKeyId, readObject, readWhole } from './parameters.ts'
import { valueOrThrow } from './response.ts'
import type { RestCall } from './rest-call.ts'

/** GET /api/api-keys → `{api_keys, total}`, newest first. */
export async function listKeys({ plane, actor }: RestCall) {
  const keys = await findApiKeys(plane, actor, {}, {})
  return { api_keys: await keyRows(plane, keys), total: keys.length }
}

/** POST /api/api-keys {name, description?, expires_days?, never_expires?} → the key's row with its secret as `api_key`. */
export async function createKey({ plane, actor, json }: RestCall) {
  const body = readObject(await json(), ['name', 'description', 'expires_days', 'never_expires'])
  const result = await createApiKey(plane, actor, {
    name: readString(body, 'name') ?? '',
    description: readString(body, 'description'),
    externalId: null,
    expiresInDays: readNumber(body, 'expires_days'),
    expiresAtMs: null,
    neverExpires: readBoolean(body, 'never_expires'),
    keepEncryptedCopy: false,
    secretForm: null,
    policy: null,
  })
  const { apiKey, secret } = valueOrThrow(result)
  const [shown] = await keyRows(plane, [apiKey])
  return { id: apiKey.id, api_key: secret, ...shown }
}

/** POST /api/api-keys/{key_id}/revoke → the key's row. */
export async function revokeKey({ plane, actor, keyId }: RestCall) {
  const { apiKey } = valueOrThrow(await revokeApiKey(plane, actor, readKeyId(keyId)))
  const [row] = await keyRows(plane, [apiKey])
  return row
}

/** DELETE /api/api-keys/{key_id} → `{id, deleted: true}`. Its logs go too; what it used stays in totals. */
export async function deleteKey({ plane, actor, keyId }: RestCall) {
  return { id: valueOrThrow(await deleteApiKey(plane, actor, readKeyId(keyId))).number, deleted: true }
}

/**
 * GET /api/api-keys/{key_id}/stats?days=30, over the last `days` times 24 hours (1 to 3650) →
 * `{period_days, total_calls, successful_calls, failed_calls, success_rate, avg_response_time, by_model}`, and beside the original
 * product's members `{denied_calls, error_calls, cancelled_calls, interrupted_calls, admitted_success_rate}`.
 *
 * `failed_calls` are all but the successful ones, the other four each outcome of them. `success_rate` is in percent, 0 to 100 with
 * two decimals, `admitted_success_rate` the same of the calls that were not denied; `avg_response_time` in milliseconds; each null
 * without a call. `by_model` is a list of `{model, calls, avg_response_time}`, most calls first; `model` is null for calls that
 * named none, or none that exists.
 */
export async function keyStats({ plane, actor, keyId, query }: RestCall) {
  const days = readWhole(query, 'days', DAYS)
  const { id } = await existingKey({ plane, actor }, keyId)
  const range = { fromMs: plane.clock() - days * DAY_MS, toMs: null, apiKeyId: id }
  const { totals, byModel } = await readUsage(plane, actor, range)
  return {
    period_days: days,
    total_calls: totals.calls,
    successful_calls: totals.successes,
    failed_calls: totals.failures,
    success_rate: percent(totals.successRate),
    avg_response_time: meanTime(totals.meanDurationMs),
    denied_calls: totals.denied,
    error_calls: totals.errors,
    cancelled_calls: totals.cancelled,
    interrupted_calls: totals.interrupted,
    admitted_success_rate: percent(totals.admittedSuccessRate),
    by_model: byModel.map(({ model, totals: share }) => ({
      model,
      calls: share.calls,
      avg_response_time: meanTime(share.meanDurationMs),
    })),
  }
}

/** The key of a path. Throws NOT_FOUND. */
export async function existingKey(
  { plane, actor }: Pick<RestCall, 'plane' | 'actor'>,
  keyId: string,
): Promise<ApiKeyRow> {
  const key = await findApiKey(plane, actor, readKeyId(keyId))
  if (key === null) throw new AdminError('NOT_FOUND', `There is no API key with the id ${keyId}.`, 'key_id')
  return key
}

/** The columns of the original product, and `status`, which says why a key is not active. */
async function keyRows(plane: ControlPlane, keys: ApiKeyRow[]) {
  const owners = await ownersOfKeys(plane, keys)
  return keys.map((key) => keyRow(plane, key, owners.get(key.ownerId ?? 0) ?? null))
}

function keyRow(plane: ControlPlane, key: ApiKeyRow, owner: OwnerRow | null) {
  const status = apiKeyStatus(key, plane.clock(), owner)
  return {
    id: key.id,
    name: key.name,
    description: key.description,
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    is_active: status === 'ACTIVE',
    usage_count: Number(key.usageCount),
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    status: status.toLowerCase(),
  }
}

function percent(rate: number | null): number | null {
  return rate === null ? null : twoDecimals(rate * 100)
}

function readString(body: Record<string, unknown>, name: string): string | null {
  const value = body[name] ?? null
  if (value === null || typeof value === 'string') return value
  throw badInput(name, `${name} must be a string.`)
}

function readNumber(body: Record<string, unknown>, name: string): number | null {
  const value = body[name] ?? null
  if (value === null || typeof value === 'number') return value
  throw badInput(name, `${name} must be a number.`)
}

function readBoolean(body: Record<string, unknown>, name: string): boolean {
  const value = body[name] ?? false
  if (typeof value === 'boolean') return value
  throw badInput(name, `${name} must be true or false.`)
}

function meanTime(ms: number | null): number | null {
  return ms === null ? null : twoDecimals(ms)
}

function twoDecimals(value: number): number {
  return Math.round(value * 100) / 100
}
