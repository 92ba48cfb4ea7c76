// An admin's own authenticator app: enrolled, confirmed with a code, removed.
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result, throttled } from '../../domain/user-error.ts'
import { replaceBackupCodes } from './backup-codes.ts'
import type { FactorDeps } from './check-factor.ts'
import { mintTotpSecret, type TotpSecret, useTotpCode } from './totp.ts'

/** A new secret, shown once. It has no effect until a code confirms it; a former one that was not confirmed is replaced. */
export async function enrolTotp(
  { store, clock, encryptionKey }: FactorDeps,
  adminId: number,
): Promise<Result<TotpSecret>> {
  const admin = await store.prisma.admin.findUnique({ where: { id: adminId } })
  if (admin === null) return failed('NOT_FOUND', null, 'There is no such admin.')
  const { secret, uri, sealed } = await mintTotpSecret(encryptionKey, admin, clock())
  // Of a confirmed one nothing is replaced, also where it was confirmed just now.
  const { count } = await store.prisma.admin.updateMany({
    where: { id: adminId, totpEnabledAt: null },
    data: { totpSecret: sealed, totpLastStep: null },
  })
  return count === 0 ? enabledAlready() : ok({ secret, uri })
}

/** Confirms the app with its first code. Returns ten backup codes, shown here and never again. */
export async function confirmTotp(
  { store, clock, encryptionKey, codes }: FactorDeps,
  actor: Actor & { id: number },
  code: string,
): Promise<Result<string[]>> {
  const admin = await store.prisma.admin.findUnique({ where: { id: actor.id } })
  if (admin === null) return failed('NOT_FOUND', null, 'There is no such admin.')
  if (admin.totpEnabledAt !== null) return enabledAlready()
  if (admin.totpSecret === null) return failed('NOT_FOUND', null, 'Enrol an authenticator app first.')
  const nowMs = clock()
  const seconds = codes.claim(actor.id, nowMs)
  if (seconds !== null) return throttled('code', 'Too many wrong codes.', seconds)
  return store.prisma.$transaction(async (tx) => {
    if (!(await useTotpCode(tx, encryptionKey, admin, code, nowMs)))
      return failed('WRONG_CREDENTIALS', 'code', 'The code is wrong. Is the clock of the device right?')
    codes.succeeded(actor.id)
    await tx.admin.update({ where: { id: actor.id }, data: { totpEnabledAt: new Date(nowMs) } })
    const backupCodes = await replaceBackupCodes(tx, actor.id)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'admin.enable_totp', targetOf(actor), nowMs),
    })
    return ok(backupCodes)
  })
}

/** Removes the app and the backup codes. */
export async function disableTotp(
  { store, clock }: Pick<FactorDeps, 'store' | 'clock'>,
  actor: Actor & { id: number },
): Promise<Result<null>> {
  return store.prisma.$transaction(async (tx) => {
    const { count } = await tx.admin.updateMany({
      where: { id: actor.id, totpSecret: { not: null } },
      data: { totpSecret: null, totpEnabledAt: null, totpLastStep: null },
    })
    if (count === 0) return failed('NOT_FOUND', null, 'There is no authenticator app.')
    await tx.adminBackupCode.deleteMany({ where: { adminId: actor.id } })
    await tx.auditEvent.create({
      data: auditEvent(actor, 'admin.disable_totp', targetOf(actor), clock()),
    })
    return ok(null)
  })
}

/** Ten new backup codes in place of the former ones. */
export async function renewBackupCodes(
  { store, clock }: Pick<FactorDeps, 'store' | 'clock'>,
  actor: Actor & { id: number },
): Promise<Result<string[]>> {
  return store.prisma.$transaction(async (tx) => {
    const admin = await tx.admin.findUnique({ where: { id: actor.id } })
    if (admin === null || admin.totpEnabledAt === null)
      return failed('NOT_FOUND', null, 'There is no authenticator app that the codes could stand in for.')
    const backupCodes = await replaceBackupCodes(tx, actor.id)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'admin.renew_backup_codes', targetOf(actor), clock()),
    })
    return ok(backupCodes)
  })
}

function targetOf({ id, name }: Actor) {
  return { type: 'Admin', id: String(id), label: name } as const
}

function enabledAlready(): Result<never> {
  return failed('IMMUTABLE', null, 'There is an authenticator app already. Disable it first.')
}
