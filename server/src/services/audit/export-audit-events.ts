// The audit trail for an export, oldest first, in batches.
import { badInput } from '../../domain/admin-errors.ts'
import { auditEventNumber } from '../../domain/audit/audit-event-id.ts'
import type { AuditEventFilter, StoredAuditEvent } from '../../domain/audit/audit-event-query.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ExportPart } from '../logs/export-request-logs.ts'
import { findAuditEvents } from './find-audit-events.ts'

export type { AuditEventFilter, StoredAuditEvent } from '../../domain/audit/audit-event-query.ts'

const BATCH = 500

/** The events after `after`, the id of one. Throws BAD_USER_INPUT where it is none. */
export function exportAuditEvents(
  plane: ControlPlane,
  filter: AuditEventFilter,
  { after, ...part }: ExportPart,
): AsyncGenerator<StoredAuditEvent[], void, void> {
  const number = after === undefined ? 0 : auditEventNumber(after)
  if (number === null) throw badInput('after', 'after must be the id of the last row that you have.')
  return eventsAfter(plane, filter, part, number)
}

async function* eventsAfter(
  plane: ControlPlane,
  filter: AuditEventFilter,
  { limit, signal }: Omit<ExportPart, 'after'>,
  after: number,
): AsyncGenerator<StoredAuditEvent[], void, void> {
  let newerThan = after
  let left = limit
  while (left > 0 && !signal.aborted) {
    const page = { limit: Math.min(BATCH, left), newerThan, oldestFirst: true }
    const events = (await findAuditEvents(plane, filter, page)).reverse()
    yield events
    left -= events.length
    const last = events.at(-1)
    if (last === undefined || events.length < page.limit) return
    newerThan = last.id
  }
}
