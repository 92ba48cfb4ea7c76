// Signing in and out of the console.
import { type Actor, type Requester, systemActor } from '../../domain/admins/actor.ts'
import {
  canonicalPassword,
  canonicalUsername,
  mayBeCredentials,
  readUsername,
} from '../../domain/admins/admin-account.ts'
import { readRole, scopesOfRole } from '../../domain/admins/permissions.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import { hashPassword, isOutdated, PasswordQueueFull, verifyPassword } from '../password.ts'
import { endSession, startSession } from '../session.ts'
import { knownDevice, mintDeviceToken } from './known-device.ts'
import type { SignInThrottle } from './sign-in-throttle.ts'

export type SignInDeps = {
  store: Store
  clock: () => number
  throttle: SignInThrottle
  encryptionKey: Uint8Array
}
/** `deviceToken`: null where the browser has one, or gets none. */
export type SignedIn = { actor: Actor; sessionToken: string; deviceToken: string | null }

/** Verifies a username and a password and creates a session. A wrong name and a wrong password have the same response, after the same time. */
export async function signIn(
  deps: SignInDeps,
  client: Requester,
  sent: { username: string; password: string },
  cookies: string | undefined,
): Promise<Result<SignedIn>> {
  const { store, clock, throttle } = deps
  const possible = mayBeCredentials(sent)
  const username = possible ? canonicalUsername(sent.username) : ''
  const device = knownDevice(deps.encryptionKey, cookies, username, clock())
  const attempt = { username, ip: client.ip, device }
  const claim = throttle.claim(attempt, clock())
  if (!claim.ok) return throttled(claim.retryAfterSeconds)
  if (!possible) return wrong()

  const name = readUsername(sent.username)
  const password = canonicalPassword(sent.password)
  // An invalid name is no account's: it takes the same path, without a query.
  const admin = name.ok ? await store.prisma.admin.findUnique({ where: { username: name.value } }) : null
  if (admin !== null) throttle.isAccount(username)
  try {
    if (!(await verifyPassword(password, admin?.passwordHash ?? null, device !== null)) || admin === null) {
      await recordFailure(deps, client, admin)
      return wrong()
    }
  } catch (error) {
    if (error instanceof PasswordQueueFull) return throttled(5)
    throw error
  }
  throttle.succeeded(attempt)

  if (isOutdated(admin.passwordHash)) {
    const passwordHash = await hashPassword(password)
    await store.prisma.admin.update({ where: { id: admin.id }, data: { passwordHash } })
  }
  const actor = adminActor(admin, client)
  const sessionToken = await store.prisma.$transaction(async (tx) => {
    const target = { type: 'Admin', id: String(admin.id), label: admin.username } as const
    await tx.auditEvent.create({ data: auditEvent(actor, 'admin.sign_in', target, clock()) })
    return startSession(tx, admin.id, client, clock())
  })
  const deviceToken = device === null ? mintDeviceToken(deps.encryptionKey, admin.username, clock()) : null
  return ok({ actor, sessionToken, deviceToken })
}

/** Deletes the session of a cookie, with an audit event; true where there was one. */
export async function signOut(
  { store, clock }: { store: Store; clock: () => number },
  sessionToken: string | null,
  client: Requester,
): Promise<boolean> {
  if (sessionToken === null) return false
  return store.prisma.$transaction(async (tx) => {
    const admin = await endSession(tx, sessionToken)
    if (admin === null) return false
    const target = { type: 'Admin', id: String(admin.id), label: admin.username } as const
    const event = auditEvent(adminActor(admin, client), 'admin.sign_out', target, clock())
    await tx.auditEvent.create({ data: event })
    return true
  })
}

/** The actor that an admin is who has signed in. */
export function adminActor(admin: { id: number; username: string; role: string }, client: Requester): Actor {
  const role = readRole(admin.role)
  const { id, username: name } = admin
  return { type: 'ADMIN', id, name, ...client, scopes: scopesOfRole(role), role, owners: null }
}

async function recordFailure(
  { store, clock }: SignInDeps,
  client: Requester,
  admin: { id: number; username: string } | null,
): Promise<void> {
  const actor = systemActor('sign-in', client)
  // A name that is no account's is not stored: people type their password into the wrong field.
  const target =
    admin === null ? null : ({ type: 'Admin', id: String(admin.id), label: admin.username } as const)
  await store.prisma.auditEvent.create({ data: auditEvent(actor, 'admin.sign_in_failed', target, clock()) })
}

function wrong(): Result<never> {
  return failed('WRONG_CREDENTIALS', null, 'The username or the password is wrong.')
}

function throttled(seconds: number): Result<never> {
  return failed('THROTTLED', null, `Too many failed sign-ins. Try again in ${seconds} seconds.`)
}
