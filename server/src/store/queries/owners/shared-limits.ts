// Which keys share the limits of an owner or of a label, and which a key shares.
import type { Label } from '../../../domain/labels/label.ts'
import { labelLimitId } from '../../../domain/labels/label-limit.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import type { KeyPolicy } from '../../../domain/policy/key-policy.ts'
import type { SharedBy } from '../../../domain/policy/verdict.ts'
import { SQL, type SqlRow } from '../../sql.ts'
import type { Store } from '../../store.ts'

/** A policy that a key shares with others. `revision` grows with each change of it. */
export type StoredSharedPolicy = { by: SharedBy; id: number; policy: KeyPolicy; revision: number }

/** What a key shares: the policy of its owner first, then the limits of its labels, in the order of their making. */
export async function sharedPoliciesOfKey(store: Store, apiKeyId: number): Promise<StoredSharedPolicy[]> {
  const rows = await store[SQL].all(
    `SELECT 'OWNER' AS kind, o."id" AS id, o."name" AS name, o."policy" AS policy, o."version" AS version
     FROM "ApiKey" k JOIN "Owner" o ON o."id" = k."ownerId" WHERE k."id" = $1 AND o."policy" IS NOT NULL
     UNION ALL
     SELECT 'LABEL', m."id", m."labelName" || '=' || m."labelValue", m."policy", m."version"
     FROM "LabelLimit" m JOIN "ApiKeyLabel" l ON l."name" = m."labelName" AND l."value" = m."labelValue"
     WHERE l."apiKeyId" = $1 AND m."enabled"`,
    [apiKeyId],
  )
  const policies = rows.flatMap(sharedPolicyIn)
  return policies.sort((a, b) => (a.by.kind === b.by.kind ? a.id - b.id : a.by.kind === 'OWNER' ? -1 : 1))
}

function sharedPolicyIn(row: SqlRow): StoredSharedPolicy[] {
  const policy = storedPolicy(typeof row.policy === 'string' ? row.policy : null)
  if (policy === null) return []
  const id = Number(row.id)
  const isOwner = row.kind === 'OWNER'
  const by: SharedBy = {
    kind: isOwner ? 'OWNER' : 'LABEL',
    id: isOwner ? ownerId(id) : labelLimitId(id),
    name: String(row.name),
  }
  return [{ by, id, policy, revision: Number(row.version) }]
}

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
