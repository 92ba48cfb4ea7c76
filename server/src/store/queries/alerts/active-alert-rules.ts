// The rules and open alerts that a round of evaluation begins with. Without Prisma, so that a server without alert rules does not
// load it for them.
import { readInstant } from '../../instants.ts'
import { SQL } from '../../sql.ts'
import type { Store } from '../../store.ts'

export type StoredAlertRule = {
  id: number
  version: number
  kind: string
  scope: string | null
  thresholds: string
  repeatMinutes: number | null
  mutedUntilMs: number | null
  createdAtMs: number
}

/** The rules that are enabled, at most `max`. */
export async function readActiveAlertRules(store: Store, max: number): Promise<StoredAlertRule[]> {
  const rows = await store[SQL].all(
    `SELECT r."id", r."version", r."kind", r."scope", r."thresholds", r."repeatMinutes",
       ${readInstant(store.kind, 'r."mutedUntil"')} AS "mutedUntilMs",
       ${readInstant(store.kind, 'r."createdAt"')} AS "createdAtMs"
     FROM "AlertRule" r WHERE r."enabled" = TRUE ORDER BY r."id" LIMIT ${Math.trunc(max)}`,
    [],
  )
  return rows.map((row) => ({
    id: Number(row.id),
    version: Number(row.version),
    kind: String(row.kind),
    scope: row.scope === null ? null : String(row.scope),
    thresholds: String(row.thresholds),
    repeatMinutes: numberOrNull(row.repeatMinutes),
    mutedUntilMs: numberOrNull(row.mutedUntilMs),
    createdAtMs: Number(row.createdAtMs),
  }))
}

export type StoredOpenAlert = {
  id: string
  ruleId: number
  target: string
  openedAt: Date
  notifiedAt: Date | null
}

/** The alerts that are open, at most `max`. */
export async function readOpenAlerts(store: Store, max: number): Promise<StoredOpenAlert[]> {
  const rows = await store[SQL].all(
    `SELECT a."id", a."ruleId", a."target", ${readInstant(store.kind, 'a."openedAt"')} AS "openedAtMs",
       ${readInstant(store.kind, 'a."notifiedAt"')} AS "notifiedAtMs"
     FROM "Alert" a WHERE a."resolvedAt" IS NULL ORDER BY a."id" LIMIT ${Math.trunc(max)}`,
    [],
  )
  return rows.map((row) => ({
    id: String(row.id),
    ruleId: Number(row.ruleId),
    target: String(row.target),
    openedAt: new Date(Number(row.openedAtMs)),
    notifiedAt: row.notifiedAtMs === null ? null : new Date(Number(row.notifiedAtMs)),
  }))
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
