// Verifies one second factor of an admin: at the second step of signing in, and when an admin confirms who he is.
import { failed, ok, type Result, throttled } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { isBackupCode, useBackupCode } from './backup-codes.ts'
import type { CodeThrottle } from './code-throttle.ts'
import { useTotpCode } from './totp.ts'

/** What was sent: the code of an authenticator app, or a backup code. */
export type Factor = { code: string | null }

export type FactorDeps = {
  store: Store
  clock: () => number
  encryptionKey: Uint8Array
  codes: CodeThrottle
}

export type FactorAdmin = { id: number; totpSecret: string | null; totpEnabledAt: Date | null }

/** Takes a code once. WRONG_CREDENTIALS for a wrong one, THROTTLED after ten in an hour. */
export async function checkFactor(
  { store, clock, encryptionKey, codes }: FactorDeps,
  admin: FactorAdmin,
  { code }: Factor,
): Promise<Result<null>> {
  if (code === null)
    return failed('REQUIRED', 'code', 'Send a code of the authenticator app, or a backup code.')
  const seconds = codes.claim(admin.id, clock())
  if (seconds !== null) return throttled('code', 'Too many wrong codes.', seconds)
  const right = isBackupCode(code)
    ? await useBackupCode(store.prisma, admin.id, code)
    : admin.totpEnabledAt !== null && (await useTotpCode(store.prisma, encryptionKey, admin, code, clock()))
  if (!right) return failed('WRONG_CREDENTIALS', 'code', 'The code is wrong, or has been used.')
  codes.succeeded(admin.id)
  return ok(null)
}
