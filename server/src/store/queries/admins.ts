// What every start reads of the first admin and the admin token of the environment. Without Prisma, so that a gateway without
// an admin never loads it.
import { writtenInstant } from '../instants.ts'
import { SQL } from '../sql.ts'
import type { Store } from '../store.ts'

/** There is one link at a time. */
export const SETUP_LINK_ID = 1

/** True once there is an admin. */
export async function hasAdmin(store: Store): Promise<boolean> {
  return (await store[SQL].all('SELECT 1 AS "found" FROM "Admin" LIMIT 1', [])).length > 0
}

/** The hash of an admin's password, or null where there is no such admin. */
export async function findPasswordHash(store: Store, username: string): Promise<string | null> {
  const [row] = await store[SQL].all('SELECT a."passwordHash" FROM "Admin" a WHERE a."username" = $1', [
    username,
  ])
  return row === undefined ? null : String(row.passwordHash)
}

/** Stores the one setup link in place of a former one. */
export async function putSetupLink(
  store: Store,
  link: { tokenHash: Uint8Array; expiresAtMs: number },
): Promise<void> {
  await store[SQL].batch([
    {
      text: `INSERT INTO "SetupLink" ("id", "tokenHash", "expiresAt") VALUES (${SETUP_LINK_ID}, $1, ${writtenInstant(store.kind, '$2')})
             ON CONFLICT ("id") DO UPDATE SET "tokenHash" = excluded."tokenHash", "expiresAt" = excluded."expiresAt"`,
      values: [link.tokenHash, link.expiresAtMs],
    },
  ])
}

/** The hash of the admin token with this name, or null. */
export async function findAdminTokenHash(store: Store, name: string): Promise<Uint8Array | null> {
  const [row] = await store[SQL].all('SELECT t."tokenHash" FROM "AdminToken" t WHERE t."name" = $1', [name])
  return row === undefined ? null : (row.tokenHash as Uint8Array)
}

/** Puts these hashes in place of those of the admin tokens with these names, all at once; null removes a token. */
export async function putAdminTokenHashes(
  store: Store,
  tokens: { name: string; hash: Uint8Array | null }[],
  createdAtMs: number,
): Promise<void> {
  // Removed first: a value may move from one name to the other, and no two may have the same.
  const removals = tokens.map(({ name }) => ({
    text: 'DELETE FROM "AdminToken" WHERE "name" = $1',
    values: [name],
  }))
  const text = `INSERT INTO "AdminToken" ("name", "tokenHash", "createdAt") VALUES ($1, $2, ${writtenInstant(store.kind, '$3')})`
  const insertions = tokens.flatMap(({ name, hash }) =>
    hash === null ? [] : [{ text, values: [name, hash, createdAtMs] }],
  )
  await store[SQL].batch([...removals, ...insertions])
}
