// What the encryption key of this server has encrypted.
import { SQL } from '../sql.ts'
import type { Store } from '../store.ts'

// Enough to know a key by; a start reads no more of each kind.
const READ_MAX = 100

/**
 * Some of the Fernet tokens in the database: of credentials and headers of upstreams, of encrypted copies of keys, and of alert
 * channels.
 */
export async function readSealedSecrets(store: Store): Promise<string[]> {
  const sql = store[SQL]
  const rows = await Promise.all([
    sql.all(
      `SELECT c."encryptedSecret" AS "token" FROM "UpstreamCredential" c ORDER BY c."id" DESC LIMIT ${READ_MAX}`,
      [],
    ),
    sql.all(
      `SELECT h."encryptedValue" AS "token" FROM "UpstreamHeader" h WHERE h."encryptedValue" IS NOT NULL LIMIT ${READ_MAX}`,
      [],
    ),
    sql.all(
      `SELECT k."encryptedSecret" AS "token" FROM "ApiKey" k WHERE k."encryptedSecret" IS NOT NULL ORDER BY k."id" DESC LIMIT ${READ_MAX}`,
      [],
    ),
    sql.all(
      `SELECT coalesce(a."encryptedUrl", a."encryptedSecret") AS "token" FROM "AlertChannel" a
       WHERE a."encryptedUrl" IS NOT NULL OR a."encryptedSecret" IS NOT NULL ORDER BY a."id" DESC LIMIT ${READ_MAX}`,
      [],
    ),
  ])
  return rows.flat().map(({ token }) => String(token))
}
