// What alert rules are judged by: keys, their spend, their addresses. Each is one query for many keys.
import type { Label } from '../../../domain/labels/label.ts'
import type { UsagePart } from '../../../domain/usage/rollup-changes.ts'
import { readInstant, writtenInstant } from '../../instants.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { SPENT_IN_ROLLUP } from '../usage-rollups.ts'

/** The keys to read: all, those of these numbers, those of owners, those with a label. */
export type KeySelection =
  | 'ALL'
  | { apiKeys: readonly number[] }
  | { owners: readonly number[] }
  | { label: Label }

export type BudgetedKey = { id: number; name: string; policy: string }

/** Keys after a number that have a budget and are not revoked, in the order of their numbers. */
export async function readBudgetedKeys(
  store: Store,
  keys: KeySelection,
  afterId: number,
  limit: number,
): Promise<BudgetedKey[]> {
  const values: SqlValue[] = [afterId]
  const rows = await store[SQL].all(
    `SELECT k."id", k."name", k."policy" FROM "ApiKey" k
     WHERE k."id" > $1 AND k."revokedAt" IS NULL AND k."policy" LIKE '%"limitUsd"%'${among('k', keys, values)}
     ORDER BY k."id" LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return rows.map(({ id, name, policy }) => ({
    id: Number(id),
    name: String(name),
    policy: String(policy),
  }))
}

/** What all keys have spent in hours since the epoch (`from` included, `to` not), by key: whole days from the rollups of days. */
export async function readSpendByKey(
  store: Store,
  parts: readonly UsagePart[],
): Promise<Map<number, number>> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const stretches = parts.map(
    ({ kind, from, to }) =>
      `SELECT "value", ${SPENT_IN_ROLLUP} AS spent FROM "UsageRollup" WHERE "kind" = ${at(kind)} AND "apiKeyId" = 0 AND "bucket" >= ${at(from)} AND "bucket" < ${at(to)}`,
  )
  if (stretches.length === 0) return new Map()
  const rows = await store[SQL].scan(
    `SELECT "value", sum(spent) AS cost FROM (${stretches.join(' UNION ALL ')}) u GROUP BY 1`,
    values,
  )
  return new Map(rows.map(({ value, cost }) => [Number(value), Number(cost)]))
}

/** `id`: the key's number. */
export type ModelSpendOfKey = { id: number; model: string; costNanoUsd: number }

/** What keys, at most some hundred, have spent by requested model since an hour; `withPast`: and in all expired hours. */
export async function readModelSpendOfKeys(
  store: Store,
  apiKeyIds: readonly number[],
  fromHour: number,
  withPast: boolean,
): Promise<ModelSpendOfKey[]> {
  if (apiKeyIds.length === 0) return []
  const values: SqlValue[] = [fromHour]
  const ids = placesOf(apiKeyIds, values)
  const past = withPast
    ? ` UNION ALL SELECT "apiKeyId", "value", ${SPENT_IN_ROLLUP} AS spent FROM "UsageRollup" WHERE "kind" = 'KEY_MODEL_PAST' AND "apiKeyId" IN (${ids})`
    : ''
  const rows = await store[SQL].scan(
    `SELECT "apiKeyId", "value" AS model, sum(spent) AS cost FROM (
       SELECT "apiKeyId", "value", ${SPENT_IN_ROLLUP} AS spent FROM "UsageRollup"
       WHERE "kind" = 'KEY_MODEL_HOUR' AND "apiKeyId" IN (${ids}) AND "bucket" >= $1${past}
     ) u GROUP BY 1, 2`,
    values,
  )
  return rows.map(({ apiKeyId, model, cost }) => ({
    id: Number(apiKeyId),
    model: String(model),
    costNanoUsd: Number(cost),
  }))
}

export type ExpiringKey = { id: number; name: string; expiresAtMs: number }

/** Keys that are neither revoked nor expired and expire by an instant, the first to expire first. */
export async function readExpiringKeys(
  store: Store,
  keys: KeySelection,
  { nowMs, untilMs, limit }: { nowMs: number; untilMs: number; limit: number },
): Promise<ExpiringKey[]> {
  const values: SqlValue[] = [nowMs, untilMs]
  const rows = await store[SQL].all(
    `SELECT k."id", k."name", ${readInstant(store.kind, 'k."expiresAt"')} AS "expiresAtMs" FROM "ApiKey" k
     WHERE k."revokedAt" IS NULL AND k."expiresAt" > ${writtenInstant(store.kind, '$1')}
       AND k."expiresAt" <= ${writtenInstant(store.kind, '$2')}${among('k', keys, values)}
     ORDER BY k."expiresAt", k."id" LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return rows.map(({ id, name, expiresAtMs }) => ({
    id: Number(id),
    name: String(name),
    expiresAtMs: Number(expiresAtMs),
  }))
}

/** The names of the keys of a selection that there are, at most `limit`. */
export async function readKeyNames(
  store: Store,
  keys: KeySelection,
  limit: number,
): Promise<Map<number, string>> {
  const values: SqlValue[] = []
  const rows = await store[SQL].all(
    `SELECT k."id", k."name" FROM "ApiKey" k WHERE TRUE${among('k', keys, values)} ORDER BY k."id" LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return new Map(rows.map(({ id, name }) => [Number(id), String(name)]))
}

export type SeenAddress = { apiKeyId: number; address: string; firstSeenAtMs: number }

/** Every address that these keys are known to have been used from, at most `limit`, the first seen first. */
export async function readKeyAddresses(
  store: Store,
  apiKeyIds: readonly number[],
  limit: number,
): Promise<SeenAddress[]> {
  if (apiKeyIds.length === 0) return []
  const values: SqlValue[] = []
  const rows = await store[SQL].all(
    `SELECT s."apiKeyId", s."address", ${readInstant(store.kind, 's."firstSeenAt"')} AS "firstSeenAtMs"
     FROM "KeyAddress" s WHERE s."apiKeyId" IN (${placesOf(apiKeyIds, values)})
     ORDER BY s."firstSeenAt" LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return rows.map(({ apiKeyId, address, firstSeenAtMs }) => ({
    apiKeyId: Number(apiKeyId),
    address: String(address),
    firstSeenAtMs: Number(firstSeenAtMs),
  }))
}

/** Writes addresses that are not known yet. */
export async function addKeyAddresses(store: Store, seen: readonly SeenAddress[]): Promise<void> {
  if (seen.length === 0) return
  await store[SQL].batch(
    seen.map(({ apiKeyId, address, firstSeenAtMs }) => ({
      text: `INSERT INTO "KeyAddress" ("apiKeyId", "address", "firstSeenAt")
             VALUES ($1, $2, ${writtenInstant(store.kind, '$3')}) ON CONFLICT ("apiKeyId", "address") DO NOTHING`,
      values: [apiKeyId, address, firstSeenAtMs],
    })),
  )
}

export type AuditedSignIn = { id: number; actorName: string; ip: string | null }

// Older events than these are not looked at: the table has no index by time.
const EVENTS_BACK = 20_000

/** The newest events of an action since an instant, among the newest of all. */
export async function readAuditedSignIns(
  store: Store,
  action: string,
  sinceMs: number,
  limit: number,
): Promise<AuditedSignIn[]> {
  const rows = await store[SQL].all(
    `SELECT e."id", e."actorName", e."ip" FROM "AuditEvent" e
     WHERE e."id" > (SELECT coalesce(max("id"), 0) FROM "AuditEvent") - ${EVENTS_BACK} AND e."action" = $1
       AND e."at" >= ${writtenInstant(store.kind, '$2')} ORDER BY e."id" DESC LIMIT ${Math.trunc(limit)}`,
    [action, sinceMs],
  )
  return rows.map(({ id, actorName, ip }) => ({
    id: Number(id),
    actorName: String(actorName),
    ip: ip === null ? null : String(ip),
  }))
}

/** ` AND …` of the keys of a selection, with its parameters added to `values`; nothing where all are meant. */
function among(key: string, keys: KeySelection, values: SqlValue[]): string {
  if (keys === 'ALL') return ''
  if ('label' in keys) {
    const { name, value } = keys.label
    return ` AND EXISTS (SELECT 1 FROM "ApiKeyLabel" l WHERE l."apiKeyId" = ${key}."id"
      AND l."name" = $${values.push(name)} AND l."value" = $${values.push(value)})`
  }
  const [column, numbers] = 'owners' in keys ? ['ownerId', keys.owners] : ['id', keys.apiKeys]
  return numbers.length === 0 ? ' AND FALSE' : ` AND ${key}."${column}" IN (${placesOf(numbers, values)})`
}

function placesOf(numbers: readonly number[], values: SqlValue[]): string {
  return numbers.map((number) => `$${values.push(number)}`).join(', ')
}
