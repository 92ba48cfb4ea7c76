// Signing in and out of the console.
import type { Requester } from '../../domain/admins/actor.ts'
import {
  canonicalPassword,
  canonicalUsername,
  mayBeCredentials,
  readUsername,
} from '../../domain/admins/admin-account.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result, throttled } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { adminActor } from '../admin-actor.ts'
import { hashPassword, isOutdated, PasswordQueueFull, verifyPassword } from '../password.ts'
import type { Challenges } from '../second-factors/challenges.ts'
import { secondFactorsOf } from '../second-factors/means.ts'
import { beginSecondStep, type SecondStep } from '../second-factors/second-step.ts'
import { endSession } from '../session.ts'
import { auditSignInFailure } from './audit-failure.ts'
import { knownDevice } from './known-device.ts'
import { openSession, type SignedIn } from './open-session.ts'
import { mayUsePassword } from './password-rule.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'

const PASSWORDS_OFF =
  'Sign-in with passwords is switched off here. Sign in at the provider, or with a passkey.'

export type SignInDeps = {
  store: Store
  clock: () => number
  throttle: SignInThrottle
  challenges: Challenges
  encryptionKey: Uint8Array
}

/**
 * Verifies a username and a password, and creates a session, or begins the second step of an admin who has a second factor. A wrong
 * name and a wrong password have the same response, after the same time. A disabled admin's right password is wrong.
 */
export async function signIn(
  deps: SignInDeps,
  client: Requester,
  sent: { username: string; password: string },
  cookies: string | undefined,
): Promise<Result<SignedIn | { secondStep: SecondStep }>> {
  const { store, clock, throttle } = deps
  const possible = mayBeCredentials(sent)
  const username = possible ? canonicalUsername(sent.username) : ''
  const device = knownDevice(deps.encryptionKey, cookies, username, clock())
  const attempt = { username, ip: client.ip, device }
  const claim = throttle.claim(attempt, clock())
  if (!claim.ok) return throttled(null, 'Too many failed sign-ins.', claim.retryAfterSeconds)
  if (!possible) return wrong()

  const name = readUsername(sent.username)
  const password = canonicalPassword(sent.password)
  // An invalid name is no account's: it takes the same path, without a query.
  const found = name.ok ? await store.prisma.admin.findUnique({ where: { username: name.value } }) : null
  const admin = found?.disabledAt === null ? found : null
  if (admin !== null) throttle.isAccount(username)
  try {
    if (!(await verifyPassword(password, admin?.passwordHash ?? null, device !== null)) || admin === null) {
      await auditSignInFailure(deps, client, admin, 'password')
      return wrong()
    }
  } catch (error) {
    if (error instanceof PasswordQueueFull) return throttled(null, 'Too busy.', 5)
    throw error
  }
  if (isOutdated(admin.passwordHash)) {
    const passwordHash = await hashPassword(password)
    await store.prisma.admin.update({ where: { id: admin.id }, data: { passwordHash } })
  }
  // Said to nobody but who has the right password.
  if (!(await mayUsePassword(store.prisma, admin))) {
    throttle.succeeded(attempt)
    await auditSignInFailure(deps, client, admin, 'password', [
      { path: 'passwordSignIn', before: null, after: false },
    ])
    return failed('FORBIDDEN', null, PASSWORDS_OFF)
  }
  const factors = await secondFactorsOf(store.prisma, admin.id)
  // Not yet forgotten: else who has the password could clear the count before every code.
  if (factors.length > 0) return ok({ secondStep: beginSecondStep(deps, admin.id, factors) })
  throttle.succeeded(attempt)
  return ok(await openSession(deps, client, admin, 'PASSWORD', cookies))
}

/** What a sign-out ended: null where there was no session. `ssoIssuer`: of the provider that it was opened at, null for others. */
export type SignedOut = { ssoIssuer: string | null } | null

/** Deletes the session of a cookie, with an audit event. */
export async function signOut(
  { store, clock }: { store: Store; clock: () => number },
  sessionToken: string | null,
  client: Requester,
): Promise<SignedOut> {
  if (sessionToken === null) return null
  return store.prisma.$transaction(async (tx) => {
    const ended = await endSession(tx, sessionToken)
    if (ended === null) return null
    const { admin, ssoIssuer } = ended
    const target = { type: 'Admin', id: String(admin.id), label: admin.username } as const
    const event = auditEvent(adminActor(admin, client), 'admin.sign_out', target, clock())
    await tx.auditEvent.create({ data: event })
    return { ssoIssuer }
  })
}

function wrong(): Result<never> {
  return failed('WRONG_CREDENTIALS', null, 'The username or the password is wrong.')
}
