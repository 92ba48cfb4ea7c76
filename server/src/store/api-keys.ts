// Reads of API keys outside Prisma's models: what the gateway's directory asks for.
import type { ApiKeyState } from '../domain/api-key.ts'
import type { Store } from './store.ts'

/** An API key as the gateway needs it. */
export type AdmittableKey = ApiKeyState & { id: number; secretHash: Uint8Array }

/** The key with this SHA-256 hash, or null. Rejects where the database does not answer. */
export async function findKeyByHash(
  store: Store,
  secretHash: Uint8Array<ArrayBuffer>,
): Promise<AdmittableKey | null> {
  const key = await store.prisma.apiKey.findUnique({
    where: { secretHash },
    select: { id: true, secretHash: true, expiresAt: true, revokedAt: true },
  })
  if (key === null) return null
  return {
    id: key.id,
    secretHash: key.secretHash,
    expiresAtMs: key.expiresAt?.getTime() ?? null,
    revokedAtMs: key.revokedAt?.getTime() ?? null,
  }
}
