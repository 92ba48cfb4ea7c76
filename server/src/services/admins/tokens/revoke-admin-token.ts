import type { Actor } from '../../../domain/admins/actor.ts'
import { auditEvent } from '../../../domain/audit/audit-event.ts'
import { ok, type Result } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { type AdminTokenRow, fixedToken, tokenTarget } from './admin-token-row.ts'

/** Refuses the token's next request, and that of the one before its rotation. Revoking twice changes nothing; it is never undone. */
export async function revokeAdminToken(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<AdminTokenRow>> {
  const nowMs = plane.clock()
  return plane.store.prisma.$transaction(async (tx) => {
    const before = await tx.adminToken.findUnique({ where: { id: number } })
    if (before !== null && before.revokedAt !== null) return ok(before)
    const fixed = fixedToken(before)
    if (fixed !== null) return fixed
    const { count } = await tx.adminToken.updateMany({
      where: { id: number, revokedAt: null },
      data: { revokedAt: new Date(nowMs), version: { increment: 1 } },
    })
    const after = await tx.adminToken.findUniqueOrThrow({ where: { id: number } })
    if (count > 0) {
      const event = auditEvent(actor, 'admin_token.revoke', tokenTarget(after), nowMs)
      await tx.auditEvent.create({ data: event })
    }
    return ok(after)
  })
}
