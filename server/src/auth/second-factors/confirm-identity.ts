// Step-up: some changes are made only within ten minutes after the person has shown a password or a second factor.
import { StepUpRequired } from '../../domain/admin-errors.ts'
import type { Requester } from '../../domain/admins/actor.ts'
import { canonicalPassword, PASSWORD_SENT_MAX } from '../../domain/admins/admin-account.ts'
import { failed, ok, type Result, throttled } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import type { PasskeyDeps } from '../passkeys/own-passkeys.ts'
import { type Assertion, checkPasskey } from '../passkeys/passkey-sign-in.ts'
import { PasswordQueueFull, verifyPassword } from '../password.ts'
import type { Session } from '../session.ts'
import { auditSignInFailure } from '../sign-in/audit-failure.ts'
import { knownDevice } from '../sign-in/known-device.ts'
import type { SignInThrottle } from '../sign-in/sign-in-throttle.ts'
import { checkFactor, type Factor, type FactorDeps } from './check-factor.ts'
import { confirmMeansOf } from './means.ts'

export const FRESH_MS = 600_000

/**
 * Throws STEP_UP_REQUIRED, with the means that the admin has, for a session whose person has shown nothing for ten minutes. Null, for
 * an admin token, passes: nobody is there to be asked.
 */
export async function requireFresh(
  { store, clock }: { store: Store; clock: () => number },
  session: Session | null,
): Promise<void> {
  if (session === null || clock() - session.confirmedAtMs < FRESH_MS) return
  throw new StepUpRequired(await confirmMeansOf(store.prisma, session))
}

/**
 * Notes that the person at the session is its admin: by a second factor where the admin has one, else by the password. Returns until
 * when that counts, in milliseconds since the epoch.
 */
export async function confirmIdentity(
  deps: FactorDeps & PasskeyDeps & { throttle: SignInThrottle },
  client: Requester,
  session: Session,
  sent: Factor & { password: string | null; passkey: Assertion | null },
  cookies: string | undefined,
): Promise<Result<number>> {
  const { store, clock } = deps
  const admin = await store.prisma.admin.findUnique({ where: { id: session.admin.id } })
  if (admin === null) return wrongPassword()
  const means = await confirmMeansOf(store.prisma, session)
  const result = means.includes('PASSWORD')
    ? await checkPassword(deps, client, admin, sent.password, cookies)
    : sent.passkey === null
      ? await checkFactor(deps, admin, sent)
      : await checkPasskey(deps, admin.id, sent.passkey)
  if (!result.ok) {
    if (result.errors[0]?.code === 'WRONG_CREDENTIALS')
      await auditSignInFailure(deps, client, admin, 'confirmation')
    return result
  }
  const nowMs = clock()
  await store.prisma.adminSession.updateMany({
    where: { tokenHash: session.tokenHash },
    data: { confirmedAt: new Date(nowMs) },
  })
  return ok(nowMs + FRESH_MS)
}

/** The admin's password, counted as a sign-in is: a session that was stolen is no way to guess it. */
export async function checkPassword(
  {
    throttle,
    clock,
    encryptionKey,
  }: { throttle: SignInThrottle; clock: () => number; encryptionKey: Uint8Array },
  client: Requester,
  admin: { username: string; passwordHash: string },
  password: string | null,
  cookies: string | undefined,
): Promise<Result<null>> {
  if (password === null || password === '')
    return failed('REQUIRED', 'password', 'password must not be empty.')
  const { username } = admin
  const device = knownDevice(encryptionKey, cookies, username, clock())
  const attempt = { username, ip: client.ip, device }
  const claim = throttle.claim(attempt, clock())
  if (!claim.ok) return throttled('password', 'Too many wrong passwords.', claim.retryAfterSeconds)
  if (password.length > PASSWORD_SENT_MAX) return wrongPassword()
  throttle.isAccount(username)
  try {
    if (!(await verifyPassword(canonicalPassword(password), admin.passwordHash, device !== null)))
      return wrongPassword()
  } catch (error) {
    if (error instanceof PasswordQueueFull) return throttled('password', 'Too busy.', 5)
    throw error
  }
  throttle.succeeded(attempt)
  return ok(null)
}

function wrongPassword(): Result<never> {
  return failed('WRONG_CREDENTIALS', 'password', 'The password is wrong.')
}
