// The columns of an export of the audit trail. Secrets are in no event.
import { auditEventId } from '../../domain/audit/audit-event-id.ts'
import type { StoredAuditEvent } from '../../services/audit/export-audit-events.ts'
import type { ExportColumn, ExportTable } from './export-column.ts'
import { snakeCase } from './snake-case.ts'

const TEXTS = [
  'actorType',
  'actorName',
  'action',
  'targetType',
  'targetId',
  'targetLabel',
  'changes',
  'ip',
  'userAgent',
  'requestId',
] as const

export const AUDIT_TABLE: ExportTable<StoredAuditEvent> = {
  columns: [
    { name: 'id', type: 'TEXT', of: ({ id }) => auditEventId(id) },
    { name: 'at', type: 'INSTANT', of: ({ atMs }) => atMs },
    { name: 'actor_id', type: 'WHOLE', of: ({ actorId }) => actorId },
    ...TEXTS.map(
      (name): ExportColumn<StoredAuditEvent> => ({
        name: snakeCase(name),
        type: 'TEXT',
        of: (event) => event[name],
      }),
    ),
  ],
  cursorOf: ({ id }) => auditEventId(id),
}
