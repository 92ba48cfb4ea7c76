// Which keys share the limits of an owner or of a label.
import type { Label } from '../../../domain/labels/label.ts'
import { SQL, type SqlRow } from '../../sql.ts'
import type { Store } from '../../store.ts'

/** SHA-256, in hex, of every current and former secret of the keys of an owner. */
export async function keyHashesOfOwner(store: Store, ownerId: number): Promise<string[]> {
  const rows = await store[SQL].scan(
    'SELECT k."secretHash", k."formerSecretHash" FROM "ApiKey" k WHERE k."ownerId" = $1',
    [ownerId],
  )
  return rows.flatMap(hashesIn)
}

/** The same of the keys with a label. */
export async function keyHashesOfLabel(store: Store, { name, value }: Label): Promise<string[]> {
  const rows = await store[SQL].scan(
    `SELECT k."secretHash", k."formerSecretHash" FROM "ApiKey" k
     JOIN "ApiKeyLabel" l ON l."apiKeyId" = k."id" WHERE l."name" = $1 AND l."value" = $2`,
    [name, value],
  )
  return rows.flatMap(hashesIn)
}

function hashesIn({ secretHash, formerSecretHash }: SqlRow): string[] {
  return [secretHash, formerSecretHash].flatMap((hash) =>
    hash instanceof Uint8Array ? [Buffer.from(hash).toString('hex')] : [],
  )
}
