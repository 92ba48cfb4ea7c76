// What an admin can show to prove who he is, beside what signed him in.
import type { Store } from '../../store/store.ts'

/** SIGN_IN_AGAIN: at the provider, which sends the person back (server/src/auth/sso/sso-flow.ts). */
export const CONFIRM_MEANS = ['PASSWORD', 'TOTP', 'BACKUP_CODE', 'PASSKEY', 'SIGN_IN_AGAIN'] as const
export type ConfirmMeans = (typeof CONFIRM_MEANS)[number]

/** The admin's second factors; empty: none. */
export async function secondFactorsOf(
  db: Pick<Store['prisma'], 'admin'>,
  adminId: number,
): Promise<ConfirmMeans[]> {
  const admin = await db.admin.findUnique({
    where: { id: adminId },
    select: { totpEnabledAt: true, _count: { select: { backupCodes: true, passkeys: true } } },
  })
  const means: ConfirmMeans[] = []
  if (admin === null) return means
  if (admin._count.passkeys > 0) means.push('PASSKEY')
  if (admin.totpEnabledAt === null) return means
  means.push('TOTP')
  if (admin._count.backupCodes > 0) means.push('BACKUP_CODE')
  return means
}

/**
 * The means by which an admin may confirm their identity: a second factor where there is one, else the password; in a session that
 * a provider has opened, also another sign-in there. Never empty.
 */
export async function confirmMeansOf(
  db: Pick<Store['prisma'], 'admin'>,
  { admin: { id: adminId }, isSso }: { admin: { id: number }; isSso: boolean },
): Promise<ConfirmMeans[]> {
  const again: ConfirmMeans[] = isSso ? ['SIGN_IN_AGAIN'] : []
  const factors = await secondFactorsOf(db, adminId)
  if (factors.length > 0) return [...factors, ...again]
  const admin = await db.admin.findUnique({ where: { id: adminId }, select: { passwordHash: true } })
  return admin !== null && admin.passwordHash !== '' ? ['PASSWORD', ...again] : ['SIGN_IN_AGAIN']
}
