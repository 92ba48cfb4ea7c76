// The accounts at a provider that an admin signs in with: listed and unlinked.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { type AdminDeps, adminTarget, mayChange } from '../admins/admin-row.ts'

export type IdentityRow = {
  id: number
  adminId: number
  issuer: string
  subject: string
  email: string | null
  createdAt: Date
  lastUsedAt: Date | null
}

/** One admin has few: each was linked by hand, or by a first sign-in. */
const LISTED_MAX = 50

/** The accounts of admins, by the number of the admin, oldest first and at most 50 of each; those without any are absent. */
export async function findIdentities(
  { store }: { store: Store },
  adminIds: number[],
): Promise<Map<number, IdentityRow[]>> {
  const rows = await store.prisma.adminIdentity.findMany({
    where: { adminId: { in: adminIds } },
    orderBy: { id: 'asc' },
  })
  const byAdmin = Map.groupBy(rows, ({ adminId }) => adminId)
  return new Map([...byAdmin].map(([adminId, identities]) => [adminId, identities.slice(0, LISTED_MAX)]))
}

/**
 * Unlinks an account, and ends the sessions that it has opened. `ownOf`: the admin who unlinks one of his own; null: an owner does, of
 * an admin who may no more than the actor. Never the last way in of the last owner.
 */
export async function unlinkIdentity(
  { store, clock }: AdminDeps,
  actor: Actor,
  number: number,
  ownOf: number | null,
): Promise<Result<number>> {
  return store.prisma.$transaction(async (tx) => {
    await lockAlone(store, tx, 'ADMINS')
    const identity = await tx.adminIdentity.findUnique({
      where: { id: number },
      include: { admin: { include: { _count: { select: { passkeys: true, identities: true } } } } },
    })
    if (identity === null || (ownOf !== null && identity.adminId !== ownOf))
      return failed('NOT_FOUND', 'id', 'There is no linked account with this id.')
    const { admin, issuer, subject } = identity
    const allowed = ownOf === null ? mayChange(actor, admin) : ok(null)
    if (!allowed.ok) return allowed
    const others = { role: 'OWNER', disabledAt: null, id: { not: admin.id } }
    const isOnlyMeans =
      admin.passwordHash === '' && admin._count.passkeys === 0 && admin._count.identities === 1
    if (isOnlyMeans && admin.role === 'OWNER' && (await tx.admin.count({ where: others })) === 0)
      return failed(
        'IN_USE',
        'id',
        'The last owner has no other way to sign in. Set a password or a passkey first.',
      )
    await tx.adminIdentity.delete({ where: { id: number } })
    await tx.adminSession.deleteMany({
      where: { adminId: admin.id, ssoIssuer: issuer, ssoSubject: subject },
    })
    const changes = [
      { path: 'issuer', before: issuer, after: null },
      { path: 'subject', before: subject, after: null },
    ]
    const data = auditEvent(actor, 'admin.unlink_identity', adminTarget(admin), clock(), changes)
    await tx.auditEvent.create({ data })
    return ok(number)
  })
}
