// Reads of API keys outside Prisma's models: what the gateway's directory asks for.
import type { ApiKeyState } from '../domain/api-key.ts'
import { readInstant } from './instants.ts'
import type { Store } from './store.ts'

/** An API key as the gateway needs it. */
export type AdmittableKey = ApiKeyState & { id: number; secretHash: Uint8Array }

/** The key with this SHA-256 hash, or null. Rejects where the database does not answer. */
export async function findKeyByHash(
  store: Store,
  secretHash: Uint8Array<ArrayBuffer>,
): Promise<AdmittableKey | null> {
  // Past Prisma, which a gateway that nobody administers then never loads.
  const [key] = await store.sql.all(
    `SELECT k."id", k."secretHash", ${readInstant(store.kind, 'k."expiresAt"')} AS "expiresAtMs",
       ${readInstant(store.kind, 'k."revokedAt"')} AS "revokedAtMs" FROM "ApiKey" k WHERE k."secretHash" = $1`,
    [secretHash],
  )
  if (key === undefined) return null
  return {
    id: Number(key.id),
    secretHash: key.secretHash as Uint8Array,
    expiresAtMs: msOrNull(key.expiresAtMs),
    revokedAtMs: msOrNull(key.revokedAtMs),
  }
}

function msOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
