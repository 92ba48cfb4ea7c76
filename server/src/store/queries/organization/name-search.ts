// The search of models and of label limits by their names, the same on both databases.
import type { IdPage } from '../../id-page.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { Store } from '../../store.ts'
import { containing } from '../text-search.ts'

/** What is searched of each table. A label is searched as it is written: `team=checkout`. */
const SEARCHED = {
  Model: [`"name"`, `coalesce("externalId", '')`],
  LabelLimit: [`"name"`, `("labelName" || '=' || "labelValue")`],
} as const
type Searched = keyof typeof SEARCHED

/** The ids of a page of the rows that have a text in one of their names, in any letter case. */
export async function findIdsByName(
  store: Store,
  table: Searched,
  search: string,
  { limit, olderThan, newerThan, oldestFirst }: IdPage,
): Promise<number[]> {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const where = [hasText(store, table, search, at)]
  if (olderThan !== undefined) where.push(`"id" < ${at(olderThan)}`)
  if (newerThan !== undefined) where.push(`"id" > ${at(newerThan)}`)
  const found = await store[SQL].all(
    `SELECT "id" FROM "${table}" WHERE ${where.join(' AND ')}
      ORDER BY "id" ${oldestFirst === true ? 'ASC' : 'DESC'} LIMIT ${Math.trunc(limit)}`,
    values,
  )
  return found.map((row) => Number(row.id))
}

/** How many rows have the text in one of their names. */
export async function countByName(store: Store, table: Searched, search: string): Promise<number> {
  const values: SqlValue[] = []
  const where = hasText(store, table, search, (value) => `$${values.push(value)}`)
  const [row] = await store[SQL].all(`SELECT count(*) AS n FROM "${table}" WHERE ${where}`, values)
  return Number(row?.n ?? 0)
}

function hasText(store: Store, table: Searched, search: string, at: (value: SqlValue) => string): string {
  return `(${SEARCHED[table].map(containing(store.kind, search, at)).join(' OR ')})`
}
