// An admin's password: changed with the present one, or set again by a one-time link that an owner has made.
import { type Actor, type Requester, systemActor } from '../../domain/admins/actor.ts'
import { readPassword } from '../../domain/admins/admin-account.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { DAY_MS } from '../../domain/time.ts'
import { failed, ok, type Result, throttled } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { hashPassword, PasswordQueueFull } from '../password.ts'
import { checkPassword } from '../second-factors/confirm-identity.ts'
import { isToken, mintToken, tokenHash } from '../secret-token.ts'
import type { Session } from '../session.ts'
import type { SignInThrottle } from '../sign-in/sign-in-throttle.ts'
import { type AdminDeps, adminTarget, mayChange, noSuchAdmin } from './admin-row.ts'

const LINK_MS = DAY_MS

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]

/** Changes the admin's own password; the present one is needed. All other sessions of the admin end. Returns how many. */
export async function changePassword(
  deps: AdminDeps & { encryptionKey: Uint8Array; throttle: SignInThrottle },
  { actor, client, session }: { actor: Actor; client: Requester; session: Session },
  sent: { currentPassword: string; newPassword: string },
  cookies: string | undefined,
): Promise<Result<number>> {
  const { store, clock } = deps
  const admin = await store.prisma.admin.findUnique({ where: { id: session.admin.id } })
  if (admin === null) return noSuchAdmin()
  if (admin.passwordHash === '')
    return failed(
      'NOT_FOUND',
      'currentPassword',
      'This admin has no password. Ask an owner for a link that sets one.',
    )
  const checked = await checkPassword(deps, client, admin, sent.currentPassword, cookies)
  if (!checked.ok) return renamed(checked, 'currentPassword')
  const password = readPassword(sent.newPassword)
  if (!password.ok) return renamed(password, 'newPassword')
  return withHash(password.value, async (passwordHash) => {
    return store.prisma.$transaction(async (tx) => {
      // Where the password was changed meanwhile, the one that was shown is not the present one.
      const { count } = await tx.admin.updateMany({
        where: { id: admin.id, passwordHash: admin.passwordHash },
        data: { passwordHash, operatorPassword: false },
      })
      if (count === 0) return failed('STALE', 'currentPassword', 'The password has just been changed.')
      await tx.adminPasswordLink.deleteMany({ where: { adminId: admin.id } })
      const data = auditEvent(actor, 'admin.change_password', adminTarget(admin), clock())
      await tx.auditEvent.create({ data })
      const others = await tx.adminSession.deleteMany({
        where: { adminId: admin.id, tokenHash: { not: session.tokenHash } },
      })
      return ok(others.count)
    })
  })
}

/** Makes the link with which an admin sets a new password; a former link ends. The present password works until then. */
export async function resetAdminPassword(
  { store, clock }: AdminDeps,
  actor: Actor,
  number: number,
): Promise<Result<{ token: string; expiresAt: Date }>> {
  const nowMs = clock()
  const token = mintToken()
  const expiresAt = new Date(nowMs + LINK_MS)
  return store.prisma.$transaction(async (tx) => {
    const admin = await tx.admin.findUnique({ where: { id: number } })
    if (admin === null) return noSuchAdmin()
    const allowed = mayChange(actor, admin)
    if (!allowed.ok) return allowed
    if (admin.disabledAt !== null)
      return failed('IMMUTABLE', 'id', 'This admin is disabled. Enable it first.')
    const link = { tokenHash: tokenHash(token), expiresAt }
    await tx.adminPasswordLink.upsert({
      where: { adminId: number },
      create: { adminId: number, ...link },
      update: link,
    })
    const data = auditEvent(actor, 'admin.make_password_link', adminTarget(admin), nowMs)
    await tx.auditEvent.create({ data })
    return ok({ token, expiresAt })
  })
}

/** Whose password a link sets, for whoever has it; null: the link does not work. */
export async function findPasswordLink(
  { store, clock }: AdminDeps,
  token: string,
): Promise<{ username: string; expiresAt: Date } | null> {
  if (!isToken(token)) return null
  const link = await store.prisma.adminPasswordLink.findFirst({
    where: { tokenHash: tokenHash(token), expiresAt: { gt: new Date(clock()) }, admin: { disabledAt: null } },
    select: { expiresAt: true, admin: { select: { username: true } } },
  })
  return link === null ? null : { username: link.admin.username, expiresAt: link.expiresAt }
}

/** Sets the password by the link, and ends all sessions of the admin. Who has a second factor still needs it to sign in. */
export async function setPasswordByLink(
  { store, clock }: AdminDeps,
  client: Requester,
  sent: { token: string; password: string },
): Promise<Result<string>> {
  if (!isToken(sent.token)) return invalidLink()
  const where = { tokenHash: tokenHash(sent.token), expiresAt: { gt: new Date(clock()) } }
  if ((await store.prisma.adminPasswordLink.count({ where })) === 0) return invalidLink()
  const password = readPassword(sent.password)
  if (!password.ok) return password
  return withHash(password.value, (passwordHash) =>
    store.prisma.$transaction((tx) => setByLink(tx, where, passwordHash, client, clock())),
  )
}

async function setByLink(
  tx: Transaction,
  where: { tokenHash: Uint8Array<ArrayBuffer>; expiresAt: { gt: Date } },
  passwordHash: string,
  client: Requester,
  nowMs: number,
): Promise<Result<string>> {
  const link = await tx.adminPasswordLink.findFirst({ where, include: { admin: true } })
  const { count } = await tx.adminPasswordLink.deleteMany({ where })
  if (link === null || count === 0 || link.admin.disabledAt !== null) return invalidLink()
  const { id, username } = await tx.admin.update({
    where: { id: link.adminId },
    data: { passwordHash, operatorPassword: false },
  })
  await tx.adminSession.deleteMany({ where: { adminId: id } })
  const actor = systemActor('password link', client)
  await tx.auditEvent.create({
    data: auditEvent(actor, 'admin.reset_password', adminTarget({ id, username }), nowMs),
  })
  return ok(username)
}

async function withHash<Value>(
  password: string,
  action: (passwordHash: string) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  try {
    return await action(await hashPassword(password))
  } catch (error) {
    if (error instanceof PasswordQueueFull) return throttled(null, 'Too busy.', 5)
    throw error
  }
}

/** The same problems, of the field that the client sent. */
function renamed(result: Result<unknown>, field: string): Result<never> {
  return { ok: false, errors: result.ok ? [] : result.errors.map((error) => ({ ...error, field })) }
}

function invalidLink(): Result<never> {
  return failed(
    'WRONG_CREDENTIALS',
    'token',
    'This link is used, expired or wrong. Ask an owner for a new one.',
  )
}
