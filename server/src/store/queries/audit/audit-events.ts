// Pages and counts of audit events, by id and filter.
import type {
  AuditEventFilter,
  AuditEventPage,
  StoredAuditEvent,
} from '../../../domain/audit/audit-event-query.ts'
import { writtenInstant } from '../../instants.ts'
import { SQL, type SqlValue } from '../../sql.ts'
import type { DatabaseKind, Store } from '../../store.ts'
import { auditEventColumns, auditEventFrom } from './audit-event-rows.ts'

/** A page, newest first. */
export async function findAuditEvents(
  store: Store,
  filter: AuditEventFilter,
  page: AuditEventPage,
): Promise<StoredAuditEvent[]> {
  const where = conditions(store.kind, filter, page)
  const order = page.oldestFirst === true ? 'ASC' : 'DESC'
  const rows = await store[SQL].scan(
    `SELECT ${auditEventColumns(store.kind)} FROM "AuditEvent" e ${where.text}
     ORDER BY e."id" ${order} LIMIT ${Math.trunc(page.limit)}`,
    where.values,
  )
  const events = rows.map(auditEventFrom)
  return page.oldestFirst === true ? events.reverse() : events
}

/** How many match, counted up to `max`. */
export async function countAuditEventsUpTo(
  store: Store,
  filter: AuditEventFilter,
  max: number,
): Promise<number> {
  const where = conditions(store.kind, filter, { limit: max })
  const [row] = await store[SQL].scan(
    `SELECT count(*) AS n FROM (SELECT 1 AS one FROM "AuditEvent" e ${where.text} LIMIT ${Math.trunc(max)}) counted`,
    where.values,
  )
  return Number(row?.n ?? 0)
}

function conditions(
  kind: DatabaseKind,
  filter: AuditEventFilter,
  page: AuditEventPage,
): { text: string; values: SqlValue[] } {
  const values: SqlValue[] = []
  const at = (value: SqlValue) => `$${values.push(value)}`
  const instant = (ms: number) => writtenInstant(kind, at(Math.trunc(ms)))
  const oneOf = (column: string, any: readonly SqlValue[]) =>
    any.length === 0 ? 'FALSE' : `${column} IN (${any.map(at).join(', ')})`
  const all: string[] = []
  if (page.olderThan !== undefined) all.push(`e."id" < ${at(page.olderThan)}`)
  if (page.newerThan !== undefined) all.push(`e."id" > ${at(page.newerThan)}`)
  if (filter.ids !== undefined) all.push(oneOf('e."id"', filter.ids))
  if (filter.actorType !== undefined) all.push(oneOf('e."actorType"', filter.actorType))
  if (filter.action !== undefined) all.push(oneOf('e."action"', filter.action))
  for (const name of ['actorId', 'actorName', 'targetType', 'targetId', 'requestId', 'ip'] as const) {
    const value = filter[name]
    if (value !== undefined) all.push(`e."${name}" = ${at(value)}`)
  }
  if (filter.fromMs !== undefined) all.push(`e."at" >= ${instant(filter.fromMs)}`)
  if (filter.toMs !== undefined) all.push(`e."at" < ${instant(filter.toMs)}`)
  if (filter.owners !== undefined) {
    const theirs = oneOf('k."ownerId"', filter.owners)
    all.push(
      `e."targetType" = 'ApiKey' AND e."targetId" IN (SELECT 'key_' || k."id" FROM "ApiKey" k WHERE ${theirs})`,
    )
  }
  return { text: all.length === 0 ? '' : `WHERE ${all.join(' AND ')}`, values }
}
