import type { Actor } from '../../../domain/admins/actor.ts'
import { adminTokenHash, adminTokenStart, mintAdminToken } from '../../../domain/admins/admin-token-secret.ts'
import { auditEvent } from '../../../domain/audit/audit-event.ts'
import { readRotationGrace } from '../../../domain/keys/key-rotation.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import {
  type AdminTokenRow,
  beyondActor,
  fixedToken,
  grantOf,
  staleToken,
  tokenTarget,
} from './admin-token-row.ts'

export type RotateAdminTokenInput = {
  number: number
  /** How long the token in force goes on working beside the new one; 0: not at all. */
  graceSeconds: number
}

/**
 * Replaces a token by a new one, which is in this result only, with all that it may. The old one works for the grace; one that was
 * in its grace stops. Whoever rotates a token can use it, so none that may more than the actor can be rotated.
 */
export async function rotateAdminToken(
  plane: ControlPlane,
  actor: Actor,
  { number, graceSeconds }: RotateAdminTokenInput,
): Promise<Result<{ adminToken: AdminTokenRow; token: string }>> {
  const nowMs = plane.clock()
  const grace = readRotationGrace(graceSeconds)
  if (!grace.ok) return grace
  const token = mintAdminToken()
  return plane.store.prisma.$transaction(async (tx) => {
    const before = await tx.adminToken.findUnique({ where: { id: number } })
    const fixed = fixedToken(before)
    if (before === null || fixed !== null) return fixed ?? staleToken()
    const expiresAtMs = before.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
    if (expiresAtMs <= nowMs)
      return failed('IMMUTABLE', 'id', 'This token has expired. Give it a later expiresAt first.')
    const errors = await beyondActor(tx, actor, grantOf(before))
    if (errors.length > 0) return { ok: false, errors: errors.map((error) => ({ ...error, field: 'id' })) }
    const formerTokenExpiresAt = new Date(Math.min(nowMs + grace.value, expiresAtMs))
    const { count } = await tx.adminToken.updateMany({
      where: { id: before.id, version: before.version },
      data: {
        tokenHash: adminTokenHash(token),
        tokenStart: adminTokenStart(token),
        formerTokenHash: before.tokenHash,
        formerTokenExpiresAt,
        version: { increment: 1 },
      },
    })
    if (count === 0) return staleToken()
    const after = await tx.adminToken.findUniqueOrThrow({ where: { id: before.id } })
    const changes = [
      { path: 'start', before: before.tokenStart, after: after.tokenStart },
      { path: 'formerTokenExpiresAt', before: null, after: formerTokenExpiresAt.toISOString() },
    ]
    await tx.auditEvent.create({
      data: auditEvent(actor, 'admin_token.rotate', tokenTarget(after), nowMs, changes),
    })
    return ok({ adminToken: after, token })
  })
}
