// Reading the content of a call, which writes an audit event where the text is shown.
import type { Actor } from '../../domain/admins/actor.ts'
import { type AuditTarget, auditEvent } from '../../domain/audit/audit-event.ts'
import type { Kept } from '../../domain/content/captured-content.ts'
import type { CallRecord } from '../../domain/logs/call-record.ts'
import { storedPolicy } from '../../domain/policy/input/stored-policy.ts'
import { requestIdTimeMs } from '../../domain/uuid.ts'
import { type CallContent, findCallContent } from '../../ledger/logs/call-contents.ts'
import { readKept } from '../../store/queries/call-contents.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { ApiKeyRow } from '../keys/api-key-row.ts'

export type { CallContent } from '../../ledger/logs/call-contents.ts'

/**
 * Why a call has no content. CAPTURE_OFF: its key's is not kept, as far as its policy and the settings say now. EXPIRED: it is
 * older than content is kept. DROPPED: the journal's disk refused. NOT_REDACTED: a redaction pattern took too long.
 * NOT_STORED: the call has none,
 * or it was removed because of the quota.
 */
export const CONTENT_UNAVAILABLE_REASONS = [
  'CAPTURE_OFF',
  'EXPIRED',
  'DROPPED',
  'NOT_REDACTED',
  'NOT_STORED',
] as const
export type ContentUnavailableReason = (typeof CONTENT_UNAVAILABLE_REASONS)[number]

/** The content of a call, or null. Text is returned only once the audit event is written. */
export async function readContent(
  plane: ControlPlane,
  actor: Actor,
  log: CallRecord,
): Promise<CallContent | null> {
  await plane.ledger.settled()
  if (isExpired(plane, log)) return null
  const content = await findCallContent(plane.store, log.id)
  if (content === null || content.kept === 'DROPPED' || content.kept === 'NOT_REDACTED') return null
  if (content.kept === 'CONTENT') {
    const target: AuditTarget = { type: 'RequestLog', id: log.id, label: log.endpoint }
    const data = auditEvent(actor, 'request_log.read_content', target, plane.clock())
    await plane.store.prisma.auditEvent.create({ data })
  }
  return content
}

/** How much of the content of calls is stored, by request id; those without any are absent. */
export async function findKept(plane: ControlPlane, requestIds: string[]): Promise<Map<string, Kept>> {
  await plane.ledger.settled()
  return readKept(plane.store, requestIds)
}

/**
 * Why `readContent` returns null; null where it does not. `kept`: as `findKept` has it; null: nothing. `key`: the call's, null where it
 * is unknown or deleted.
 */
export function contentUnavailableReason(
  plane: ControlPlane,
  log: CallRecord,
  kept: Kept | null,
  key: ApiKeyRow | null,
): ContentUnavailableReason | null {
  // It is removed within a minute; until then it is not shown.
  if (isExpired(plane, log)) return 'EXPIRED'
  if (kept === 'DROPPED' || kept === 'NOT_REDACTED') return kept
  if (kept !== null) return null
  const capture = key === null ? 'OFF' : (storedPolicy(key.policy)?.capture ?? plane.contents.capture)
  return capture === 'OFF' ? 'CAPTURE_OFF' : 'NOT_STORED'
}

/** When the content of a call is removed, in milliseconds since the epoch. */
export function contentExpiresAtMs({ contents }: ControlPlane, log: Pick<CallRecord, 'id'>): number {
  return requestIdTimeMs(log.id) + contents.keepMs
}

function isExpired(plane: ControlPlane, log: CallRecord): boolean {
  return contentExpiresAtMs(plane, log) <= plane.clock()
}
