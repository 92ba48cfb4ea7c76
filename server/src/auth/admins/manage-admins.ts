// Changing, disabling and deleting admins. There is always an owner who is enabled: with each change that could take the last one, all
// other such changes wait.
import type { Actor } from '../../domain/admins/actor.ts'
import { readDisplayName, readEmail } from '../../domain/admins/admin-account.ts'
import type { Role } from '../../domain/admins/permissions.ts'
import { type AuditAction, auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { failed, ok, problemsOf, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { deleteSessionOf } from '../sessions/own-sessions.ts'
import { existingOwners, OWNERS_MAX } from './admin-owners.ts'
import {
  ADMIN_COLUMNS,
  type AdminDeps,
  type AdminRow,
  adminTarget,
  mayChange,
  noSuchAdmin,
  withinOwnScopes,
} from './admin-row.ts'

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

/** What is undefined stays as it is; null clears. */
export type AdminChanges = {
  role?: Role
  displayName?: string | null
  email?: string | null
  /** The numbers of all owners whose keys a KEY_MANAGER administers. */
  ownerIds?: number[]
  /** One owner more, or one less; the others stay as they are. */
  addOwnerId?: number
  removeOwnerId?: number
}

/** Changes an admin's role, name or e-mail. Without a change no audit event is written. */
export async function updateAdmin(
  deps: AdminDeps,
  actor: Actor,
  number: number,
  sent: AdminChanges,
): Promise<Result<AdminRow>> {
  const displayName = readDisplayName(sent.displayName ?? null)
  const email = readEmail(sent.email ?? null)
  if (!displayName.ok || !email.ok) return { ok: false, errors: problemsOf(displayName, email) }
  return change(deps, actor, number, async (tx, before) => {
    if (sent.role !== undefined) {
      const allowed = withinOwnScopes(actor, sent.role, 'role')
      if (!allowed.ok) return allowed
      if (sent.role !== 'OWNER' && (await isLastOwner(tx, before))) return lastOwner('role')
    }
    const wanted = {
      role: sent.role ?? before.role,
      displayName: sent.displayName === undefined ? before.displayName : displayName.value,
      email: sent.email === undefined ? before.email : email.value,
    }
    const changes = (['role', 'displayName', 'email'] as const)
      .filter((path) => before[path] !== wanted[path])
      .map((path) => ({ path, before: before[path], after: wanted[path] }))
    const owners = await changeOwners(tx, number, sent)
    if (!owners.ok) return owners
    const all: FieldChange[] = owners.value === null ? changes : [...changes, owners.value]
    if (all.length === 0) return ok(before)
    // A link that was made for what the admin may do so far sets no password of somebody who may more.
    if (wanted.role !== before.role) await tx.adminPasswordLink.deleteMany({ where: { adminId: number } })
    await audit(deps, tx, actor, 'admin.update', before, all)
    return ok(await tx.admin.update({ where: { id: number }, data: wanted, select: ADMIN_COLUMNS }))
  })
}

/** Disables an admin, or enables one. A disabled one cannot sign in, and his sessions end. */
export async function switchAdmin(
  deps: AdminDeps,
  actor: Actor,
  number: number,
  enabled: boolean,
): Promise<Result<AdminRow>> {
  return change(deps, actor, number, async (tx, before) => {
    if (!enabled && (await isLastOwner(tx, before))) return lastOwner('id')
    if ((before.disabledAt === null) === enabled) return ok(before)
    if (!enabled) {
      await tx.adminSession.deleteMany({ where: { adminId: number } })
      await tx.adminPasswordLink.deleteMany({ where: { adminId: number } })
    }
    await audit(deps, tx, actor, enabled ? 'admin.enable' : 'admin.disable', before)
    const data = { disabledAt: enabled ? null : new Date(deps.clock()) }
    return ok(await tx.admin.update({ where: { id: number }, data, select: ADMIN_COLUMNS }))
  })
}

/** Deletes an admin with all sessions and second factors. The audit trail keeps the name. Returns the number. */
export async function deleteAdmin(deps: AdminDeps, actor: Actor, number: number): Promise<Result<number>> {
  return change(deps, actor, number, async (tx, before) => {
    if (await isLastOwner(tx, before)) return lastOwner('id')
    await audit(deps, tx, actor, 'admin.delete', before)
    await tx.admin.delete({ where: { id: number } })
    return ok(number)
  })
}

/** Removes an admin's second factors, for one who has lost them, and ends the sessions. */
export async function removeSecondFactors(
  deps: AdminDeps,
  actor: Actor,
  number: number,
): Promise<Result<AdminRow>> {
  return change(deps, actor, number, async (tx, before) => {
    await tx.adminBackupCode.deleteMany({ where: { adminId: number } })
    await tx.passkey.deleteMany({ where: { adminId: number } })
    await tx.adminSession.deleteMany({ where: { adminId: number } })
    await audit(deps, tx, actor, 'admin.remove_second_factors', before)
    const data = { totpSecret: null, totpEnabledAt: null, totpLastStep: null }
    return ok(await tx.admin.update({ where: { id: number }, data, select: ADMIN_COLUMNS }))
  })
}

/** Ends all sessions of an admin, who may sign in anew. Returns how many; without one no audit event is written. */
export async function endSessionsOf(deps: AdminDeps, actor: Actor, number: number): Promise<Result<number>> {
  return change(deps, actor, number, async (tx, admin) => {
    const { count } = await tx.adminSession.deleteMany({ where: { adminId: number } })
    const changes = [{ path: 'sessions', before: null, after: count }]
    if (count > 0) await audit(deps, tx, actor, 'admin.end_sessions', admin, changes)
    return ok(count)
  })
}

/** Ends one session of an admin: one that findSessionsOf lists. Returns its id. */
export async function endSessionOf(
  deps: AdminDeps,
  actor: Actor,
  number: number,
  sessionId: string,
): Promise<Result<string>> {
  return change(deps, actor, number, async (tx, admin) => {
    if (!(await deleteSessionOf(tx, number, sessionId)))
      return failed('NOT_FOUND', 'sessionId', 'The admin has no session with this id. It may have ended.')
    const changes = [{ path: 'sessions', before: null, after: 1 }]
    await audit(deps, tx, actor, 'admin.end_sessions', admin, changes)
    return ok(sessionId)
  })
}

async function change<Value>(
  { store }: AdminDeps,
  actor: Actor,
  number: number,
  action: (tx: Transaction, before: AdminRow) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  return store.prisma.$transaction(async (tx) => {
    // Of two owners who disable each other at once, the second finds that it would be the last.
    await lockAlone(store, tx, 'ADMINS')
    const before = await tx.admin.findUnique({ where: { id: number }, select: ADMIN_COLUMNS })
    if (before === null) return noSuchAdmin()
    const allowed = mayChange(actor, before)
    return allowed.ok ? action(tx, before) : allowed
  })
}

/** Changes the owners of a key manager; resolves with the change, null for none. */
async function changeOwners(
  tx: Transaction,
  adminId: number,
  { ownerIds, addOwnerId, removeOwnerId }: AdminChanges,
): Promise<Result<FieldChange | null>> {
  if (ownerIds === undefined && addOwnerId === undefined && removeOwnerId === undefined) return ok(null)
  const rows = await tx.adminOwner.findMany({ where: { adminId }, orderBy: { ownerId: 'asc' } })
  const before = rows.map(({ ownerId }) => ownerId)
  const added = addOwnerId === undefined ? [] : [addOwnerId]
  const all = [...(ownerIds ?? before), ...added].filter((owner) => owner !== removeOwnerId)
  const wanted = [...new Set(all)].sort((a, b) => a - b)
  if (wanted.length > OWNERS_MAX)
    return failed('TOO_LONG', 'ownerIds', `ownerIds may have at most ${OWNERS_MAX} owners.`, {
      maxItems: OWNERS_MAX,
    })
  if ((await existingOwners(tx, wanted)).length < wanted.length)
    return failed('NOT_FOUND', 'ownerIds', 'ownerIds names an owner that there is not.')
  if (before.join() === wanted.join()) return ok(null)
  await tx.adminOwner.deleteMany({ where: { adminId } })
  await tx.adminOwner.createMany({ data: wanted.map((ownerId) => ({ adminId, ownerId })) })
  return ok({ path: 'owners', before, after: wanted })
}

async function isLastOwner(tx: Transaction, admin: AdminRow): Promise<boolean> {
  if (admin.role !== 'OWNER' || admin.disabledAt !== null) return false
  return (await tx.admin.count({ where: { role: 'OWNER', disabledAt: null, id: { not: admin.id } } })) === 0
}

async function audit(
  { clock }: AdminDeps,
  tx: Transaction,
  actor: Actor,
  action: AuditAction,
  admin: AdminRow,
  changes: FieldChange[] = [],
): Promise<void> {
  await tx.auditEvent.create({ data: auditEvent(actor, action, adminTarget(admin), clock(), changes) })
}

function lastOwner(field: string): Result<never> {
  return failed('IN_USE', field, 'This is the last owner who is enabled. Make another admin an owner first.')
}
