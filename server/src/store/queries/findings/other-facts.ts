// What findings about upstreams, models and the installation are made of.
import { DAY_MS } from '../../../domain/time.ts'
import { readInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

/** Enabled upstreams that admins have set up and that are called over plain HTTP. */
export async function readPlainUpstreams(
  store: Store,
): Promise<{ id: number; name: string; baseUrl: string; updatedMs: number }[]> {
  const rows = await store[SQL].all(
    `SELECT u."id", u."name", u."baseUrl", ${readInstant(store.kind, 'u."updatedAt"')} AS "updatedMs" FROM "Upstream" u
     WHERE u."enabled" = TRUE AND lower(u."baseUrl") LIKE 'http:%'`,
    [],
  )
  return rows.map(({ id, name, baseUrl, updatedMs }) => ({
    id: Number(id),
    name: String(name),
    baseUrl: String(baseUrl),
    updatedMs: Number(updatedMs),
  }))
}

/** Requested models whose calls since an instant had no known cost, with how many; at most `max`, those with most calls. Calls that named none are not among them. */
export async function readUnpricedModels(
  store: Store,
  sinceMs: number,
  max: number,
): Promise<{ requested: string; calls: number }[]> {
  const rows = await store[SQL].scan(
    `SELECT "value" AS name, CAST(sum("unpricedCalls") AS BIGINT) AS n FROM "UsageRollup"
     WHERE "kind" = 'MODEL_DAY' AND "apiKeyId" = 0 AND "bucket" >= $1 AND "value" <> '' GROUP BY "value" HAVING sum("unpricedCalls") > 0
     ORDER BY 2 DESC LIMIT ${Math.trunc(max)}`,
    [Math.floor(sinceMs / DAY_MS)],
  )
  return rows.map(({ name, n }) => ({ requested: String(name), calls: Number(n) }))
}

/** The admins that are not disabled: how many, the name of one, and how many have no second factor. */
export async function readAdmins(
  store: Store,
): Promise<{ count: number; name: string | null; withoutFactor: number }> {
  const [row] = await store[SQL].all(
    `SELECT count(*) AS n, max(a."username") AS name,
       sum(CASE WHEN a."totpEnabledAt" IS NULL AND NOT EXISTS (SELECT 1 FROM "Passkey" p WHERE p."adminId" = a."id")
         THEN 1 ELSE 0 END) AS "withoutFactor"
     FROM "Admin" a WHERE a."disabledAt" IS NULL`,
    [],
  )
  return {
    count: Number(row?.n ?? 0),
    name: row?.name === null || row?.name === undefined ? null : String(row.name),
    withoutFactor: Number(row?.withoutFactor ?? 0),
  }
}

/** When the oldest audit event that is kept was written; null: there is none. */
export async function readFirstEvent(store: Store): Promise<number | null> {
  const [row] = await store[SQL].all(
    `SELECT ${readInstant(store.kind, 'e."at"')} AS "ms" FROM "AuditEvent" e ORDER BY e."id" LIMIT 1`,
    [],
  )
  return row === undefined ? null : Number(row.ms)
}

export type Dismissal = { findingId: string; reason: string; actorName: string; atMs: number }

/** Every finding that is dismissed, with who did it, when and why. */
export async function readDismissals(store: Store): Promise<Dismissal[]> {
  const rows = await store[SQL].all(
    `SELECT d."findingId", d."reason", d."actorName", ${readInstant(store.kind, 'd."createdAt"')} AS "atMs"
     FROM "FindingDismissal" d`,
    [],
  )
  return rows.map(({ findingId, reason, actorName, atMs }) => ({
    findingId: String(findingId),
    reason: String(reason),
    actorName: String(actorName),
    atMs: Number(atMs),
  }))
}

/** Forgets dismissals whose findings have ended. */
export async function removeDismissals(store: Store, findingIds: readonly string[]): Promise<void> {
  if (findingIds.length === 0) return
  await store[SQL].batch(
    findingIds.map((id) => ({ text: 'DELETE FROM "FindingDismissal" WHERE "findingId" = $1', values: [id] })),
  )
}
