// Reading API keys: one, several, a page by status and search, how many there are.
import type { ApiKeyStatus } from '../../domain/keys/api-key.ts'
import type { SqlValue } from '../../store/sql.ts'
import type { DatabaseKind } from '../../store/store.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ApiKeyRow } from './api-key-row.ts'

/** All parts must hold. An empty list of statuses matches nothing; an absent one, everything. */
export type ApiKeyFilter = {
  status?: ApiKeyStatus[]
  /** Part of the name, the description or the secret's start; case does not matter (on SQLite: of A to Z). */
  search?: string
}

export type ApiKeyPage = {
  /** Absent: all of them. */
  limit?: number
  /** Keys' numbers, both excluded. They need not exist any more. */
  olderThan?: number
  newerThan?: number
  /** Take the page nearest to the oldest end of what is left; it is still answered newest first. */
  oldestFirst?: boolean
}

/** A page of keys, newest first. */
export async function findApiKeys(
  plane: ControlPlane,
  filter: ApiKeyFilter,
  page: ApiKeyPage,
): Promise<ApiKeyRow[]> {
  await plane.ledger.settled()
  const where = conditions(plane.store.kind, filter, page, plane.clock())
  const order = page.oldestFirst === true ? 'ASC' : 'DESC'
  const limit = page.limit === undefined ? '' : `LIMIT ${Math.trunc(page.limit)}`
  // Ids first, by SQL that both databases read alike: Prisma's `contains` minds case on one of them only, and lets
  // % and _ in the searched text match anything.
  const found = await plane.store.sql.all(
    `SELECT k."id" FROM "ApiKey" k ${where.text} ORDER BY k."id" ${order} ${limit}`,
    where.values,
  )
  const ids = found.map((row) => Number(row.id))
  return plane.store.prisma.apiKey.findMany({ where: { id: { in: ids } }, orderBy: { id: 'desc' } })
}

export async function countApiKeys(plane: ControlPlane, filter: ApiKeyFilter): Promise<number> {
  const where = conditions(plane.store.kind, filter, {}, plane.clock())
  const [row] = await plane.store.sql.all(`SELECT count(*) AS n FROM "ApiKey" k ${where.text}`, where.values)
  return Number(row?.n ?? 0)
}

export async function findApiKey(plane: ControlPlane, number: number): Promise<ApiKeyRow | null> {
  await plane.ledger.settled()
  return plane.store.prisma.apiKey.findUnique({ where: { id: number } })
}

/** The keys of these numbers that exist, in no order, with one query. */
export async function findApiKeysByNumber(plane: ControlPlane, numbers: number[]): Promise<ApiKeyRow[]> {
  return plane.store.prisma.apiKey.findMany({ where: { id: { in: numbers } } })
}

function conditions(
  kind: DatabaseKind,
  filter: ApiKeyFilter,
  page: ApiKeyPage,
  nowMs: number,
): { text: string; values: SqlValue[] } {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const all: string[] = []
  if (page.olderThan !== undefined) all.push(`k."id" < ${at(page.olderThan)}`)
  if (page.newerThan !== undefined) all.push(`k."id" > ${at(page.newerThan)}`)
  if (filter.status !== undefined) {
    const now = () =>
      kind === 'sqlite' ? at(nowMs) : `(to_timestamp(${at(nowMs)} / 1000.0) AT TIME ZONE 'UTC')`
    const any = [...new Set(filter.status)].map((status) => statusCondition(status, now))
    all.push(any.length === 0 ? 'FALSE' : `(${any.join(' OR ')})`)
  }
  const search = filter.search?.trim()
  if (search !== undefined && search !== '') {
    const position = kind === 'sqlite' ? 'instr' : 'strpos'
    const columns = ['k."name"', `coalesce(k."description", '')`, 'k."secretStart"']
    all.push(
      `(${columns.map((column) => `${position}(lower(${column}), lower(${at(search)})) > 0`).join(' OR ')})`,
    )
  }
  return { text: all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`, values }
}

/** The SQL of `statusAt`, in domain/api-key.ts. */
function statusCondition(status: ApiKeyStatus, now: () => string): string {
  switch (status) {
    case 'REVOKED':
      return 'k."revokedAt" IS NOT NULL'
    case 'EXPIRED':
      return `(k."revokedAt" IS NULL AND k."expiresAt" <= ${now()})`
    case 'ACTIVE':
      return `(${notOver(now)} AND k."disabledAt" IS NULL)`
    case 'DISABLED':
      return `(${notOver(now)} AND k."disabledAt" IS NOT NULL)`
  }
}

function notOver(now: () => string): string {
  return `k."revokedAt" IS NULL AND (k."expiresAt" IS NULL OR k."expiresAt" > ${now()})`
}
