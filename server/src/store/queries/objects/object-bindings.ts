// Which key each object of an upstream belongs to, and which upstream and credential made it.
import { readInstant, writtenInstant } from '../../instants.ts'
import { SQL, type SqlStatement, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'

export type StoredBinding = {
  objectId: string
  apiKeyId: number
  route: { upstream: string; upstreamId: number | null; credentialId: number | null }
  /** Milliseconds since the epoch. */
  createdAtMs: number
  lastUsedAtMs: number
}

// Seven parameters each: far below what either database takes in one statement.
const ROWS_MAX = 200
const IDS_MAX = 500

/** The bindings of these objects; an object without one is not in the list. */
export async function findBindings(store: Store, ids: readonly string[]): Promise<StoredBinding[]> {
  const found: StoredBinding[] = []
  for (const some of slices(ids, IDS_MAX)) {
    const rows = await store[SQL].all(
      `SELECT b."objectId", b."apiKeyId", b."upstream", b."upstreamId", b."credentialId",
         ${readInstant(store.kind, 'b."createdAt"')} AS "createdAtMs", ${readInstant(store.kind, 'b."lastUsedAt"')} AS "lastUsedAtMs"
         FROM "ObjectBinding" b WHERE b."objectId" IN (${parameters(some.length)})`,
      some,
    )
    for (const row of rows)
      found.push({
        objectId: String(row.objectId),
        apiKeyId: Number(row.apiKeyId),
        route: {
          upstream: String(row.upstream),
          upstreamId: numberOrNull(row.upstreamId),
          credentialId: numberOrNull(row.credentialId),
        },
        createdAtMs: Number(row.createdAtMs),
        lastUsedAtMs: Number(row.lastUsedAtMs),
      })
  }
  return found
}

/** Of these objects, the ids of those that are bound to the key. */
export async function findOwned(store: Store, apiKeyId: number, ids: readonly string[]): Promise<string[]> {
  const owned: string[] = []
  for (const some of slices(ids, IDS_MAX)) {
    const rows = await store[SQL].all(
      `SELECT b."objectId" FROM "ObjectBinding" b WHERE b."apiKeyId" = $1 AND b."objectId" IN (${parameters(some.length, 2)})`,
      [apiKeyId, ...some],
    )
    for (const row of rows) owned.push(String(row.objectId))
  }
  return owned
}

/** Writes bindings of different objects in one transaction; one that another key has stays as it is. */
export async function writeBindings(store: Store, bindings: readonly StoredBinding[]): Promise<void> {
  await store[SQL].batch(slices(bindings, ROWS_MAX).map((rows) => insertion(store, rows)))
}

function insertion({ kind }: Store, rows: readonly StoredBinding[]): SqlStatement {
  const values: SqlValue[] = []
  const places = rows.map(({ objectId, apiKeyId, route, createdAtMs, lastUsedAtMs }) => {
    const at = values.length
    values.push(
      objectId,
      apiKeyId,
      route.upstream,
      route.upstreamId,
      route.credentialId,
      createdAtMs,
      lastUsedAtMs,
    )
    const [id, key, name, upstream, credential, created, used] = [1, 2, 3, 4, 5, 6, 7].map(
      (n) => `$${at + n}`,
    )
    if (kind === 'sqlite') return `(${[id, key, name, upstream, credential, created, used].join(', ')})`
    const instants = [created, used].map((parameter) => writtenInstant(kind, `${parameter}::bigint`))
    return `(${id}::text, ${key}::int, ${name}::text, ${upstream}::int, ${credential}::int, ${instants.join(', ')})`
  })
  return {
    text: `INSERT INTO "ObjectBinding" ("objectId", "apiKeyId", "upstream", "upstreamId", "credentialId", "createdAt", "lastUsedAt")
      VALUES ${places.join(', ')}
      ON CONFLICT ("objectId") DO UPDATE SET "upstream" = excluded."upstream", "upstreamId" = excluded."upstreamId",
        "credentialId" = excluded."credentialId", "lastUsedAt" = excluded."lastUsedAt"
      WHERE "ObjectBinding"."apiKeyId" = excluded."apiKeyId"`,
    values,
  }
}

/** The key has deleted its object. */
export async function removeBinding(store: Store, apiKeyId: number, objectId: string): Promise<void> {
  await store[SQL].batch([
    {
      text: 'DELETE FROM "ObjectBinding" WHERE "objectId" = $1 AND "apiKeyId" = $2',
      values: [objectId, apiKeyId],
    },
  ])
}

/**
 * Removes up to `limit` bindings each: of keys that are gone, not used since, and those used longest ago where there are more
 * than `max`. Returns how many.
 */
export async function removeOldBindings(
  store: Store,
  usedBeforeMs: number,
  max: number,
  limit: number,
): Promise<number> {
  const [counted] = await store[SQL].all('SELECT count(*) AS n FROM "ObjectBinding"', [])
  const excess = Math.min(limit, Math.max(0, Number(counted?.n ?? 0) - max))
  const removed = await store[SQL].batch([
    removal('WHERE NOT EXISTS (SELECT 1 FROM "ApiKey" k WHERE k."id" = b."apiKeyId") LIMIT $1', [limit]),
    removal(`WHERE b."lastUsedAt" < ${writtenInstant(store.kind, '$1')} ORDER BY b."lastUsedAt" LIMIT $2`, [
      usedBeforeMs,
      limit,
    ]),
    removal('ORDER BY b."lastUsedAt" LIMIT $1', [excess]),
  ])
  return removed.reduce((sum, count) => sum + count, 0)
}

function removal(which: string, values: SqlValue[]): SqlStatement {
  return {
    text: `DELETE FROM "ObjectBinding" WHERE "objectId" IN (SELECT b."objectId" FROM "ObjectBinding" b ${which})`,
    values,
  }
}

function slices<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  )
}

function parameters(count: number, from = 1): string {
  return Array.from({ length: count }, (_, at) => `$${at + from}`).join(', ')
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
