// What findings about keys are made of, read for all keys together: a handful of queries however many keys there are.
import type { KeyFact, RecentCalls } from '../../../domain/findings/key-facts.ts'
import { DAY_MS, HOUR_MS } from '../../../domain/time.ts'
import { firstIdAt } from '../../../domain/uuid.ts'
import { readInstant, writtenInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { SPENT_IN_ROLLUP } from '../usage-rollups.ts'

/** Every key that is neither revoked nor expired. */
export async function readKeyFacts(store: Store, nowMs: number): Promise<KeyFact[]> {
  const ms = (column: string) => readInstant(store.kind, `k."${column}"`)
  const rows = await store[SQL].scan(
    `SELECT k."id", k."name", k."ownerId", k."policy", ${ms('createdAt')} AS "createdMs", ${ms('updatedAt')} AS "updatedMs",
       ${ms('lastUsedAt')} AS "lastUsedMs", ${ms('expiresAt')} AS "expiresMs", ${ms('disabledAt')} AS "disabledMs",
       ${ms('formerSecretExpiresAt')} AS "formerUntilMs", ${ms('secretCreatedAt')} AS "secretMs"
     FROM "ApiKey" k WHERE k."revokedAt" IS NULL
       AND (k."expiresAt" IS NULL OR k."expiresAt" > ${writtenInstant(store.kind, '$1')})`,
    [Math.trunc(nowMs)],
  )
  return rows.map((row) => ({
    id: Number(row.id),
    name: String(row.name),
    ownerId: numberOrNull(row.ownerId),
    policy: row.policy === null ? null : String(row.policy),
    createdMs: Number(row.createdMs),
    updatedMs: Number(row.updatedMs),
    lastUsedMs: numberOrNull(row.lastUsedMs),
    expiresMs: numberOrNull(row.expiresMs),
    secretMs: numberOrNull(row.secretMs),
    isDisabled: row.disabledMs !== null,
    formerUntilMs: numberOrNull(row.formerUntilMs),
  }))
}

/** The calls of known keys that began since an instant, alike ones together; of the newest `max` alone. */
export async function readRecentCalls(store: Store, sinceMs: number, max: number): Promise<RecentCalls[]> {
  const at = readInstant(store.kind, 'l."startedAt"')
  const rows = await store[SQL].scan(
    `SELECT "apiKeyId", "outcome", "errorCode", "usedSecret", count(*) AS n, min("ms") AS "firstMs", max("ms") AS "lastMs"
     FROM (SELECT l."apiKeyId", l."outcome", l."errorCode", l."usedSecret", ${at} AS "ms" FROM "RequestLog" l
       WHERE l."id" >= $1 ORDER BY l."id" DESC LIMIT ${Math.trunc(max)}) recent
     WHERE "apiKeyId" IS NOT NULL GROUP BY 1, 2, 3, 4`,
    [firstIdAt(sinceMs)],
  )
  return rows.map((row) => ({
    apiKeyId: Number(row.apiKeyId),
    outcome: String(row.outcome),
    errorCode: row.errorCode === null ? null : String(row.errorCode),
    usedSecret: row.usedSecret === null ? null : String(row.usedSecret),
    calls: Number(row.n),
    firstMs: Number(row.firstMs),
    lastMs: Number(row.lastMs),
  }))
}

/**
 * What budgets count of each key's calls since an instant, in whole nano-dollars, by its number; widened to the hour. By days, but for the hours
 * before the first whole day. Null: since its creation.
 */
export async function readSpend(store: Store, sinceMs: number | null): Promise<Map<number, number>> {
  const sum = `CAST(sum(${SPENT_IN_ROLLUP}) AS BIGINT) AS n`
  const rows =
    sinceMs === null
      ? await store[SQL].scan(
          `SELECT "value" AS k, ${sum} FROM "UsageRollup" WHERE "kind" = 'KEY_DAY' AND "apiKeyId" = 0 GROUP BY "value"
           UNION ALL
           SELECT CAST("apiKeyId" AS TEXT) AS k, ${sum} FROM "UsageRollup" WHERE "kind" = 'KEY_MODEL_PAST' GROUP BY "apiKeyId"`,
          [],
        )
      : await store[SQL].scan(
          `SELECT "value" AS k, ${sum} FROM "UsageRollup"
           WHERE "kind" = 'KEY_DAY' AND "apiKeyId" = 0 AND "bucket" >= $1 GROUP BY "value"
           UNION ALL
           SELECT "value" AS k, ${sum} FROM "UsageRollup"
           WHERE "kind" = 'KEY_HOUR' AND "apiKeyId" = 0 AND "bucket" >= $2 AND "bucket" < $3 GROUP BY "value"`,
          [firstDay(sinceMs), Math.floor(sinceMs / HOUR_MS), firstDay(sinceMs) * 24],
        )
  const spend = new Map<number, number>()
  for (const { k, n } of rows) spend.set(Number(k), (spend.get(Number(k)) ?? 0) + Number(n))
  return spend
}

/** The models that these keys have used since an instant, by the key's number. At most 1,000 keys in a query. */
export async function readModelsUsed(
  store: Store,
  keyIds: readonly number[],
  sinceMs: number,
): Promise<Map<number, Set<string>>> {
  const used = new Map<number, Set<string>>()
  for (let at = 0; at < keyIds.length; at += KEYS_IN_QUERY) {
    const ids = keyIds.slice(at, at + KEYS_IN_QUERY).map(Math.trunc)
    const rows = await store[SQL].scan(
      `SELECT DISTINCT "apiKeyId" AS k, "value" AS model FROM "UsageRollup"
       WHERE "kind" = 'KEY_MODEL_HOUR' AND "apiKeyId" IN (${ids.join(', ')}) AND "bucket" >= $1`,
      [Math.floor(sinceMs / HOUR_MS)],
    )
    for (const { k, model } of rows) {
      const models = used.get(Number(k)) ?? new Set()
      used.set(Number(k), models.add(String(model)))
    }
  }
  return used
}

const KEYS_IN_QUERY = 1_000

/** The first day that begins at an instant or later. */
function firstDay(ms: number): number {
  return Math.ceil(ms / DAY_MS)
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
