// That an admin has taken data out, in the audit trail: before the first row leaves.
import type { Actor } from '../../domain/admins/actor.ts'
import { type AuditAction, auditEvent } from '../../domain/audit/audit-event.ts'
import type { ControlPlane } from '../control-plane.ts'

/** `asked`: the parameters of the export; a resumed one is an event of its own. */
export async function noteExport(
  plane: ControlPlane,
  actor: Actor,
  action: Extract<AuditAction, `export.${string}`>,
  asked: Record<string, string>,
): Promise<void> {
  const changes = Object.entries(asked).map(([path, after]) => ({ path, before: null, after }))
  await plane.store.prisma.auditEvent.create({
    data: auditEvent(actor, action, null, plane.clock(), changes),
  })
}
