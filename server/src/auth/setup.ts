// The setup of the first admin, by a one-time link that is printed at start.
import type { Requester } from '../domain/admins/actor.ts'
import { readNewUsername, readPassword } from '../domain/admins/admin-account.ts'
import { auditEvent } from '../domain/audit/audit-event.ts'
import { DAY_MS } from '../domain/time.ts'
import { failed, ok, problemsOf, type Result, throttled } from '../domain/user-error.ts'
import { hasAdmin, putSetupLink, SETUP_LINK_ID } from '../store/queries/admins.ts'
import type { Store } from '../store/store.ts'
import { adminActor } from './admin-actor.ts'
import { hashPassword, PasswordQueueFull } from './password.ts'
import { isToken, mintToken, sameHash, tokenHash } from './secret-token.ts'
import { startSession } from './session.ts'
import { readSignInRules } from './sessions/read-sign-in-rules.ts'
import { mintDeviceToken } from './sign-in/known-device.ts'
import type { SignedIn } from './sign-in/open-session.ts'

const LINK_MS = DAY_MS

type Deps = { store: Store; clock: () => number; encryptionKey: Uint8Array }

/** True until the first admin exists. */
export async function isSetupRequired(store: Store): Promise<boolean> {
  return !(await hasAdmin(store))
}

/** A new setup token, valid for 24 hours; the former one becomes invalid. Null where an admin exists. */
export async function mintSetupToken(store: Store, clock: () => number): Promise<string | null> {
  if (!(await isSetupRequired(store))) return null
  const token = mintToken()
  await putSetupLink(store, { tokenHash: tokenHash(token), expiresAtMs: clock() + LINK_MS })
  return token
}

/**
 * Creates the first admin and signs it in. The token is deleted in the same transaction, so that of two requests with it one
 * succeeds; after a problem with the username or the password it is still valid.
 */
export async function completeSetup(
  { store, clock, encryptionKey }: Deps,
  client: Requester,
  sent: { token: string; username: string; password: string },
): Promise<Result<SignedIn>> {
  if (!isToken(sent.token)) return invalidLink()
  const hash = tokenHash(sent.token)
  // Checked first: without the token nothing else is validated, hashed or revealed.
  const link = await store.prisma.setupLink.findUnique({ where: { id: SETUP_LINK_ID } })
  if (link === null || !sameHash(link.tokenHash, hash) || link.expiresAt.getTime() <= clock())
    return invalidLink()
  if (!(await isSetupRequired(store))) return invalidLink()

  const username = readNewUsername(sent.username)
  const password = readPassword(sent.password)
  if (!username.ok || !password.ok) return { ok: false, errors: problemsOf(username, password) }

  try {
    const passwordHash = await hashPassword(password.value)
    return await store.prisma.$transaction(async (tx) => {
      const { count } = await tx.setupLink.deleteMany({ where: { id: SETUP_LINK_ID, tokenHash: hash } })
      if (count === 0 || (await tx.admin.count()) > 0) return invalidLink()
      const admin = await tx.admin.create({
        data: { username: username.value, passwordHash, role: 'OWNER', createdAt: new Date(clock()) },
      })
      const actor = adminActor(admin, client)
      const target = { type: 'Admin', id: String(admin.id), label: admin.username } as const
      await tx.auditEvent.create({ data: auditEvent(actor, 'admin.set_up', target, clock()) })
      const rules = await readSignInRules(tx)
      const session = { adminId: admin.id, method: 'PASSWORD', client, nowMs: clock(), rules } as const
      const sessionToken = await startSession(tx, session)
      const deviceToken = mintDeviceToken(encryptionKey, admin.username, clock())
      return ok({ actor, sessionToken, sessionMs: rules.maxMs, deviceToken })
    })
  } catch (error) {
    if (error instanceof PasswordQueueFull) return throttled(null, 'Too busy.', 5)
    throw error
  }
}

function invalidLink(): Result<never> {
  return failed(
    'WRONG_CREDENTIALS',
    'token',
    'This setup link is used, expired or wrong. If there is no admin yet, restart Latchkey: it prints a new link.',
  )
}
