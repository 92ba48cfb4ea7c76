// The labels of keys: which there are, and how many keys have each.
import type { Label } from '../../../domain/labels/label.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'

/** A label, and how many keys have it. */
export type KeyLabel = Label & { keyCount: number }
type KeyLabelsQuery = {
  /** The numbers of the owners whose keys count; null: all keys. */
  owners: readonly number[] | null
  /** With these labels alone; absent: all that there are. */
  labels?: readonly Label[]
  /** True: labels with limits alone, switched off or not; false: the others alone; absent: all. */
  limited?: boolean | undefined
  limit: number
}

/** Labels that keys have, those of most keys first. */
export async function readKeyLabels(
  store: Store,
  { owners, labels, limited, limit }: KeyLabelsQuery,
): Promise<KeyLabel[]> {
  if (labels?.length === 0 || owners?.length === 0) return []
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const all: string[] = []
  if (owners !== null) all.push(`k."ownerId" IN (${owners.map(at).join(', ')})`)
  if (labels !== undefined)
    all.push(
      `(${labels.map(({ name, value }) => `(l."name" = ${at(name)} AND l."value" = ${at(value)})`).join(' OR ')})`,
    )
  if (limited !== undefined)
    all.push(`${limited ? '' : 'NOT '}EXISTS (SELECT 1 FROM "LabelLimit" m
      WHERE m."labelName" = l."name" AND m."labelValue" = l."value")`)
  const rows = await store[SQL].all(
    `SELECT l."name" AS name, l."value" AS value, count(*) AS n FROM "ApiKeyLabel" l
     ${owners === null ? '' : 'JOIN "ApiKey" k ON k."id" = l."apiKeyId"'}
     ${all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`}
     GROUP BY l."name", l."value" ORDER BY n DESC, l."name", l."value" LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return rows.map(({ name, value, n }) => ({
    name: String(name),
    value: String(value),
    keyCount: Number(n),
  }))
}
