// Audit events as rows.
import type { ChainedContent } from '../../../domain/audit/audit-chain.ts'
import type { StoredAuditEvent } from '../../../domain/audit/audit-event-query.ts'
import { readInstant } from '../../instants.ts'
import type { SqlRow } from '../../sql.ts'
import type { DatabaseKind } from '../../store.ts'

/** The columns that `auditEventFrom` reads, of the table `e`. */
export function auditEventColumns(kind: DatabaseKind): string {
  return `e."id", ${readInstant(kind, 'e."at"')} AS "atMs", e."actorType", e."actorId", e."actorName", e."action",
    e."targetType", e."targetId", e."targetLabel", e."changes", e."ip", e."userAgent", e."requestId",
    e."chainPosition", e."chainHash", e."chainVersion"`
}

/** Reads a row of those columns. */
export function auditEventFrom(row: SqlRow): StoredAuditEvent {
  return {
    ...contentFrom(row),
    link:
      row.chainPosition === null || !(row.chainHash instanceof Uint8Array)
        ? null
        : { position: Number(row.chainPosition), hash: Uint8Array.from(row.chainHash) },
  }
}

/** What of a row is in its hash. */
export function contentFrom(row: SqlRow): ChainedContent {
  return {
    id: Number(row.id),
    atMs: Number(row.atMs),
    actorType: String(row.actorType),
    actorId: row.actorId === null ? null : Number(row.actorId),
    actorName: String(row.actorName),
    action: String(row.action),
    targetType: textOf(row.targetType),
    targetId: textOf(row.targetId),
    targetLabel: textOf(row.targetLabel),
    changes: textOf(row.changes),
    ip: textOf(row.ip),
    userAgent: textOf(row.userAgent),
    requestId: textOf(row.requestId),
  }
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value)
}
