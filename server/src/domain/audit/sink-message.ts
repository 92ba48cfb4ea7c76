// An audit event as it is sent to other systems.

import { auditEventId } from './audit-event-id.ts'
import type { StoredAuditEvent } from './audit-event-query.ts'
import { storedChanges } from './stored-changes.ts'

/** What every sink sends: the event as the API has it, with its link of the hash chain. */
export function sinkEvent(event: StoredAuditEvent): Record<string, unknown> {
  const { atMs, actorType, actorId, actorName, action, targetType, targetId, targetLabel } = event
  const { ip, userAgent, requestId, link, changes } = event
  return {
    id: auditEventId(event.id),
    at: new Date(atMs).toISOString(),
    actor: { type: actorType, id: actorId, name: actorName },
    action,
    targetType,
    targetId,
    targetLabel,
    changes: storedChanges(changes),
    ip,
    userAgent,
    requestId,
    chainPosition: link?.position ?? null,
    chainHash: link === null ? null : Buffer.from(link.hash).toString('hex'),
  }
}
