// Reads of API keys that Prisma's models cannot express, or that must not load Prisma: the gateway's look-up by secret, and
// the control plane's search.
import {
  type ApiKeyState,
  type ApiKeyStatus,
  printedStart,
  secretHashHex,
  withoutEllipsis,
} from '../../domain/keys/api-key.ts'
import { apiKeyNumber } from '../../domain/keys/api-key-id.ts'
import type { ApiKeyFilter, ApiKeyPage, InstantRange } from '../../domain/keys/api-key-query.ts'
import { secretOf } from '../../domain/keys/own-secret.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import type { KeyPolicy } from '../../domain/policy/key-policy.ts'
import { readInstant, writtenInstant } from '../instants.ts'
import { SQL, type SqlValue } from '../sql.ts'
import type { DatabaseKind, Store } from '../store.ts'
import { type StoredSharedPolicy, sharedPoliciesOfKey } from './owners/shared-limits.ts'
import { containing } from './text-search.ts'

/** An API key as the gateway needs it. */
export type AdmittableKey = ApiKeyState & {
  id: number
  name: string
  secretHash: Uint8Array
  /** Of the secret before the last rotation, which works until, not at, `formerUntilMs`. */
  formerSecretHash: Uint8Array | null
  formerUntilMs: number | null
  /** Null: unrestricted. */
  policy: KeyPolicy | null
  /** Grows with every change of the key. */
  version: number
  /** Null: it belongs to nobody. */
  ownerId: number | null
  /** Its labels as one text, `env=prod,team=search`; null: none. */
  labels: string | null
  /** What it shares with other keys: the policy of its owner, and the limits of its labels. */
  shared: StoredSharedPolicy[]
  /** Whom to ask about the key: of its owner; null or absent: nobody has said. */
  contact?: string | null
}

/** The key whose current or former secret has this SHA-256 hash, or null. Rejects where the database does not respond, or holds an invalid policy. */
export async function findKeyByHash(
  store: Store,
  secretHash: Uint8Array<ArrayBuffer>,
): Promise<AdmittableKey | null> {
  // Without Prisma, so that a gateway without an admin never loads it.
  const [key] = await store[SQL].all(
    `SELECT k."id", k."name", k."secretHash", k."formerSecretHash", k."policy", k."version", k."ownerId",
       ${labelsOfKey(store.kind)} AS "labels",
       ${readInstant(store.kind, 'k."formerSecretExpiresAt"')} AS "formerUntilMs",
       ${readInstant(store.kind, 'k."expiresAt"')} AS "expiresAtMs",
       ${readInstant(store.kind, 'k."revokedAt"')} AS "revokedAtMs",
       ${readInstant(store.kind, 'k."disabledAt"')} AS "disabledAtMs",
       ${readInstant(store.kind, 'o."disabledAt"')} AS "ownerDisabledAtMs", o."contact"
     FROM "ApiKey" k LEFT JOIN "Owner" o ON o."id" = k."ownerId"
     WHERE k."secretHash" = $1 OR k."formerSecretHash" = $1`,
    [secretHash],
  )
  if (key === undefined) return null
  const ownerId = key.ownerId === null ? null : Number(key.ownerId)
  const labels = typeof key.labels === 'string' ? key.labels : null
  const isAlone = ownerId === null && labels === null
  return {
    id: Number(key.id),
    ownerId,
    labels,
    shared: isAlone ? [] : await sharedPoliciesOfKey(store, Number(key.id)),
    name: String(key.name),
    secretHash: key.secretHash as Uint8Array,
    formerSecretHash: key.formerSecretHash as Uint8Array | null,
    formerUntilMs: msOrNull(key.formerUntilMs),
    expiresAtMs: msOrNull(key.expiresAtMs),
    revokedAtMs: msOrNull(key.revokedAtMs),
    disabledAtMs: msOrNull(key.disabledAtMs),
    ownerDisabledAtMs: msOrNull(key.ownerDisabledAtMs),
    policy: storedPolicy(typeof key.policy === 'string' ? key.policy : null),
    version: Number(key.version),
    contact: typeof key.contact === 'string' ? key.contact : null,
  }
}

/**
 * The ids of a page of keys. In SQL that both databases read alike: Prisma's `contains` is case-sensitive on one of them only,
 * and lets % and _ in the searched text match anything.
 */
export async function findApiKeyIds(
  store: Store,
  filter: ApiKeyFilter,
  page: ApiKeyPage,
  nowMs: number,
): Promise<number[]> {
  const where = keyConditions(store.kind, filter, page, nowMs)
  const order = page.oldestFirst === true ? 'ASC' : 'DESC'
  const limit = page.limit === undefined ? '' : `LIMIT ${Math.trunc(page.limit)}`
  const found = await store[SQL].all(
    `SELECT k."id" FROM "ApiKey" k ${where.text} ORDER BY k."id" ${order} ${limit}`,
    where.values,
  )
  return found.map((row) => Number(row.id))
}

/** How many keys match. */
export async function countApiKeys(store: Store, filter: ApiKeyFilter, nowMs: number): Promise<number> {
  const where = keyConditions(store.kind, filter, {}, nowMs)
  const [row] = await store[SQL].all(`SELECT count(*) AS n FROM "ApiKey" k ${where.text}`, where.values)
  return Number(row?.n ?? 0)
}

/** SQL of a key's labels as one text, in the order of their names. */
function labelsOfKey(kind: DatabaseKind): string {
  const [joined, order] =
    kind === 'sqlite' ? ['group_concat', 'l."name"'] : ['string_agg', 'l."name" COLLATE "C"']
  return `(SELECT ${joined}(l."name" || '=' || l."value", ',' ORDER BY ${order})
    FROM "ApiKeyLabel" l WHERE l."apiKeyId" = k."id")`
}

function msOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}

/** The WHERE of a filter over `"ApiKey" k`, empty where everything matches. */
export function keyConditions(
  kind: DatabaseKind,
  filter: ApiKeyFilter,
  page: ApiKeyPage,
  nowMs: number,
): { text: string; values: SqlValue[] } {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const all: string[] = []
  if (page.olderThan !== undefined) all.push(`k."id" < ${at(page.olderThan)}`)
  if (page.newerThan !== undefined) all.push(`k."id" > ${at(page.newerThan)}`)
  if (filter.status !== undefined) {
    const now = () =>
      kind === 'sqlite' ? at(nowMs) : `(to_timestamp(${at(nowMs)} / 1000.0) AT TIME ZONE 'UTC')`
    const any = [...new Set(filter.status)].map((status) => statusCondition(status, now))
    all.push(any.length === 0 ? 'FALSE' : `(${any.join(' OR ')})`)
  }
  // Whole numbers, as text: more of them than a statement may have parameters.
  if (filter.numbers !== undefined)
    all.push(
      filter.numbers.length === 0 ? 'FALSE' : `k."id" IN (${filter.numbers.map(Math.trunc).join(', ')})`,
    )
  all.push(...fieldConditions(kind, filter, at))
  const search = filter.search?.trim()
  if (search !== undefined && search !== '') {
    all.push(`(${searchConditions(kind, search, at).join(' OR ')})`)
  }
  return { text: all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`, values }
}

/** Of the parts that compare a column as it is. */
function fieldConditions(
  kind: DatabaseKind,
  filter: ApiKeyFilter,
  at: (value: SqlValue) => string,
): string[] {
  const { name, externalIds, owners, labels = [], created, used, expires } = filter
  const all: string[] = []
  const oneOf = (column: string, values: SqlValue[]) =>
    values.length === 0 ? 'FALSE' : `${column} IN (${values.map(at).join(', ')})`
  if (name !== undefined) all.push(`k."name" = ${at(name)}`)
  if (externalIds !== undefined) all.push(oneOf('k."externalId"', externalIds))
  if (owners !== undefined) all.push(oneOf('k."ownerId"', owners))
  for (const label of labels) {
    all.push(`EXISTS (SELECT 1 FROM "ApiKeyLabel" l WHERE l."apiKeyId" = k."id"
      AND l."name" = ${at(label.name)} AND l."value" = ${at(label.value)})`)
  }
  const within = (column: string, range: InstantRange | undefined) => {
    if (range === undefined) return
    if (range.fromMs !== null) all.push(`${column} >= ${writtenInstant(kind, at(range.fromMs))}`)
    if (range.toMs !== null) all.push(`${column} < ${writtenInstant(kind, at(range.toMs))}`)
  }
  within('k."createdAt"', created)
  within('k."lastUsedAt"', used)
  within('k."expiresAt"', expires)
  return all
}

/** What of a key a text may be: a part of its name or its description, its id, the start of a secret, or a whole one. */
function searchConditions(kind: DatabaseKind, search: string, at: (value: SqlValue) => string): string[] {
  const contains = containing(kind, search, at)
  const any = [contains('k."name"'), contains(`coalesce(k."description", '')`)]
  for (const start of new Set([printedStart(search), withoutEllipsis(search)]))
    if (start !== '') any.push(containing(kind, start, at)('k."secretStart"'))
  const number = apiKeyNumber(search.toLowerCase())
  if (number !== null) any.push(`k."id" = ${at(number)}`)
  const secret = secretOf(search)
  if (secret !== null) {
    const hash = at(Buffer.from(secretHashHex(secret), 'hex'))
    any.push(`k."secretHash" = ${hash}`, `k."formerSecretHash" = ${hash}`)
  }
  return any
}

/** Whether `"ApiKey" k` has a status at an instant, as SQL. */
export function keyStatusCondition(
  kind: DatabaseKind,
  status: ApiKeyStatus,
  nowMs: number,
  at: (value: SqlValue) => string,
): string {
  return statusCondition(status, () => writtenInstant(kind, at(nowMs)))
}

/** The SQL of `statusAt` in domain/keys/api-key.ts. */
function statusCondition(status: ApiKeyStatus, now: () => string): string {
  switch (status) {
    case 'REVOKED':
      return 'k."revokedAt" IS NOT NULL'
    case 'EXPIRED':
      return `(k."revokedAt" IS NULL AND k."expiresAt" <= ${now()})`
    case 'ACTIVE':
      return `(${isNotOver(now)} AND NOT ${IS_DISABLED})`
    case 'DISABLED':
      return `(${isNotOver(now)} AND ${IS_DISABLED})`
  }
}

/** Itself, or its owner. */
const IS_DISABLED = `(k."disabledAt" IS NOT NULL OR EXISTS (
  SELECT 1 FROM "Owner" o WHERE o."id" = k."ownerId" AND o."disabledAt" IS NOT NULL))`

function isNotOver(now: () => string): string {
  return `k."revokedAt" IS NULL AND (k."expiresAt" IS NULL OR k."expiresAt" > ${now()})`
}
