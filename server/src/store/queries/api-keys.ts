// Reads of API keys outside Prisma's models: what the gateway's directory asks for.
import type { ApiKeyState } from '../../domain/keys/api-key.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import type { KeyPolicy } from '../../domain/policy/key-policy.ts'
import { readInstant } from '../instants.ts'
import type { Store } from '../store.ts'

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
}

/** The key whose current or former secret has this SHA-256 hash, or null. Rejects where the database does not answer, or holds a policy that is none. */
export async function findKeyByHash(
  store: Store,
  secretHash: Uint8Array<ArrayBuffer>,
): Promise<AdmittableKey | null> {
  // Past Prisma, which a gateway that nobody administers then never loads.
  const [key] = await store.sql.all(
    `SELECT k."id", k."name", k."secretHash", k."formerSecretHash", k."policy", k."version",
       ${readInstant(store.kind, 'k."formerSecretExpiresAt"')} AS "formerUntilMs",
       ${readInstant(store.kind, 'k."expiresAt"')} AS "expiresAtMs",
       ${readInstant(store.kind, 'k."revokedAt"')} AS "revokedAtMs",
       ${readInstant(store.kind, 'k."disabledAt"')} AS "disabledAtMs"
     FROM "ApiKey" k WHERE k."secretHash" = $1 OR k."formerSecretHash" = $1`,
    [secretHash],
  )
  if (key === undefined) return null
  return {
    id: Number(key.id),
    name: String(key.name),
    secretHash: key.secretHash as Uint8Array,
    formerSecretHash: key.formerSecretHash as Uint8Array | null,
    formerUntilMs: msOrNull(key.formerUntilMs),
    expiresAtMs: msOrNull(key.expiresAtMs),
    revokedAtMs: msOrNull(key.revokedAtMs),
    disabledAtMs: msOrNull(key.disabledAtMs),
    policy: storedPolicy(typeof key.policy === 'string' ? key.policy : null),
    version: Number(key.version),
  }
}

function msOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
