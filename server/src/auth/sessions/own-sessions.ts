// Sessions as people see them: listed with their browser and address, and ended one by one.
import { hash } from 'node:crypto'
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { readSignInRules } from './read-sign-in-rules.ts'

type Deps = { store: Store; clock: () => number }

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

/** More than anyone has: the newest are listed. */
const LISTED_MAX = 100

export type ListedSession = {
  /** `ses_` and 32 hex digits: a hash of what is stored, which opens nothing. */
  id: string
  createdAt: Date
  lastSeenAt: Date
  ip: string | null
  userAgent: string | null
  method: string
  isCurrent: boolean
}

/** An admin's sessions that have not ended, newest first, at most 100. `current`: the hash of the one that asks. */
export async function findSessionsOf(
  { store, clock }: Deps,
  adminId: number,
  current: Uint8Array | null,
): Promise<ListedSession[]> {
  const rules = await readSignInRules(store.prisma)
  const nowMs = clock()
  const rows = await store.prisma.adminSession.findMany({
    where: {
      adminId,
      expiresAt: { gt: new Date(nowMs) },
      lastSeenAt: { gt: new Date(nowMs - rules.idleMs) },
      createdAt: { gt: new Date(nowMs - rules.maxMs) },
    },
    orderBy: { createdAt: 'desc' },
    take: LISTED_MAX,
  })
  return rows.map(({ tokenHash, createdAt, lastSeenAt, ip, userAgent, method }) => ({
    id: sessionId(tokenHash),
    createdAt,
    lastSeenAt,
    ip,
    userAgent,
    method: method ?? 'PASSWORD',
    isCurrent: current !== null && Buffer.compare(tokenHash, current) === 0,
  }))
}

/** Ends one of the admin's own sessions. */
export async function revokeSession(
  { store, clock }: Deps,
  actor: Actor & { id: number },
  id: string,
): Promise<Result<string>> {
  return store.prisma.$transaction(async (tx) => {
    if (!(await deleteSessionOf(tx, actor.id, id)))
      return failed('NOT_FOUND', 'id', 'You have no session with this id.')
    await tx.auditEvent.create({ data: endedEvent(actor, clock(), 1) })
    return ok(id)
  })
}

/** Ends all of the admin's own sessions but the one that asks. Returns how many. */
export async function revokeOtherSessions(
  { store, clock }: Deps,
  actor: Actor & { id: number },
  current: Uint8Array<ArrayBuffer>,
): Promise<number> {
  return store.prisma.$transaction(async (tx) => {
    const { count } = await tx.adminSession.deleteMany({
      where: { adminId: actor.id, tokenHash: { not: current } },
    })
    if (count > 0) await tx.auditEvent.create({ data: endedEvent(actor, clock(), count) })
    return count
  })
}

/** Deletes an admin's session with this id; false where the admin has none. Who may, and the audit event, are the business of those who call. */
export async function deleteSessionOf(tx: Transaction, adminId: number, id: string): Promise<boolean> {
  const rows = await tx.adminSession.findMany({ where: { adminId }, select: { tokenHash: true } })
  const found = rows.find(({ tokenHash }) => sessionId(tokenHash) === id)
  if (found === undefined) return false
  await tx.adminSession.deleteMany({ where: { tokenHash: found.tokenHash } })
  return true
}

function sessionId(tokenHash: Uint8Array): string {
  return `ses_${hash('sha256', tokenHash, 'hex').slice(0, 32)}`
}

function endedEvent(actor: Actor & { id: number }, nowMs: number, sessions: number) {
  const target = { type: 'Admin', id: String(actor.id), label: actor.name } as const
  return auditEvent(actor, 'admin.end_sessions', target, nowMs, [
    { path: 'sessions', before: null, after: sessions },
  ])
}
