// Reads of owners that Prisma's models cannot express: the search is the same on both databases.
import type { Label } from '../../../domain/labels/label.ts'
import { type OwnerKind, ownerNumber } from '../../../domain/owners/owner.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { DatabaseKind, Store } from '../../store.ts'
import { containing } from '../text-search.ts'

type Filter = {
  kind?: OwnerKind | undefined
  search?: string | undefined
  label?: Label | undefined
  disabled?: boolean | undefined
  within?: readonly number[] | null
}
type Page = { limit: number; olderThan?: number; newerThan?: number; oldestFirst?: boolean }

/** The ids of a page of owners. */
export async function findOwnerIds(store: Store, filter: Filter, page: Page): Promise<number[]> {
  const where = conditions(store.kind, filter, page)
  const order = page.oldestFirst === true ? 'ASC' : 'DESC'
  const found = await store[SQL].all(
    `SELECT o."id" FROM "Owner" o ${where.text} ORDER BY o."id" ${order} LIMIT ${Math.trunc(page.limit)}`,
    where.values,
  )
  return found.map((row) => Number(row.id))
}

/** How many owners match. */
export async function countOwners(store: Store, filter: Filter): Promise<number> {
  const where = conditions(store.kind, filter, {})
  const [row] = await store[SQL].all(`SELECT count(*) AS n FROM "Owner" o ${where.text}`, where.values)
  return Number(row?.n ?? 0)
}

function conditions(
  database: DatabaseKind,
  { kind, search, label, disabled, within = null }: Filter,
  { olderThan, newerThan }: Partial<Page>,
): { text: string; values: SqlValue[] } {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const all: string[] = []
  if (olderThan !== undefined) all.push(`o."id" < ${at(olderThan)}`)
  if (newerThan !== undefined) all.push(`o."id" > ${at(newerThan)}`)
  if (within !== null) all.push(within.length === 0 ? 'FALSE' : `o."id" IN (${within.map(at).join(', ')})`)
  if (kind !== undefined) all.push(`o."kind" = ${at(kind)}`)
  if (disabled !== undefined) all.push(`o."disabledAt" IS ${disabled ? 'NOT NULL' : 'NULL'}`)
  if (label !== undefined) {
    all.push(`EXISTS (SELECT 1 FROM "OwnerLabel" l
      WHERE l."ownerId" = o."id" AND l."name" = ${at(label.name)} AND l."value" = ${at(label.value)})`)
  }
  const text = search?.trim() ?? ''
  if (text !== '') {
    const contains = containing(database, text, at)
    const any = ['o."name"', `coalesce(o."contact", '')`, `coalesce(o."externalId", '')`].map(contains)
    const number = ownerNumber(text.toLowerCase())
    if (number !== null) any.push(`o."id" = ${at(number)}`)
    all.push(`(${any.join(' OR ')})`)
  }
  return { text: all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`, values }
}
