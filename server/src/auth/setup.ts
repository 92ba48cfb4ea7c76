// Letting the first admin in: a one-time link, printed at start, that only its holder can use.
import type { Requester } from '../domain/admins/actor.ts'
import { readPassword, readUsername } from '../domain/admins/admin-account.ts'
import { auditEvent } from '../domain/audit/audit-event.ts'
import { DAY_MS } from '../domain/time.ts'
import { failed, ok, problemsOf, type Result } from '../domain/user-error.ts'
import { hasAdmin, putSetupLink, SETUP_LINK_ID } from '../store/queries/admins.ts'
import type { Store } from '../store/store.ts'
import { hashPassword, PasswordQueueFull } from './password.ts'
import { mintToken, sameHash, tokenHash } from './secret-token.ts'
import { startSession } from './session.ts'
import { adminActor, type SignedIn } from './sign-in.ts'

const LINK_MS = DAY_MS

type Deps = { store: Store; clock: () => number }

/** True until the first admin exists. */
export async function isSetupRequired(store: Store): Promise<boolean> {
  return !(await hasAdmin(store))
}

/** A new setup token, good for 24 hours; the former one stops. Null when an admin exists. */
export async function mintSetupToken(store: Store, clock: () => number): Promise<string | null> {
  if (!(await isSetupRequired(store))) return null
  const token = mintToken()
  await putSetupLink(store, { tokenHash: tokenHash(token), expiresAtMs: clock() + LINK_MS })
  return token
}

/**
 * Makes the first admin and signs it in. The token is used up in the same transaction, so that of two who hold it
 * one gets in; a problem with the username or password leaves it good.
 */
export async function completeSetup(
  { store, clock }: Deps,
  client: Requester,
  sent: { token: string; username: string; password: string },
): Promise<Result<SignedIn>> {
  const hash = tokenHash(sent.token)
  // Before anything else is said or computed: without the token there is nothing to learn here.
  const link = await store.prisma.setupLink.findUnique({ where: { id: SETUP_LINK_ID } })
  if (link === null || !sameHash(link.tokenHash, hash) || link.expiresAt.getTime() <= clock())
    return deadLink()
  if (!(await isSetupRequired(store))) return deadLink()

  const username = readUsername(sent.username)
  const password = readPassword(sent.password)
  if (!username.ok || !password.ok) return { ok: false, errors: problemsOf(username, password) }

  try {
    const passwordHash = await hashPassword(password.value)
    return await store.prisma.$transaction(async (tx) => {
      const { count } = await tx.setupLink.deleteMany({ where: { id: SETUP_LINK_ID, tokenHash: hash } })
      if (count === 0 || (await tx.admin.count()) > 0) return deadLink()
      const admin = await tx.admin.create({
        data: { username: username.value, passwordHash, createdAt: new Date(clock()) },
      })
      const actor = adminActor(admin, client)
      const target = { type: 'Admin', id: String(admin.id), label: admin.username } as const
      await tx.auditEvent.create({ data: auditEvent(actor, 'admin.set_up', target, clock()) })
      return ok({ actor, sessionToken: await startSession(tx, admin.id, client, clock()) })
    })
  } catch (error) {
    if (error instanceof PasswordQueueFull)
      return failed('THROTTLED', null, 'Too busy. Try again in 5 seconds.')
    throw error
  }
}

function deadLink(): Result<never> {
  return failed(
    'WRONG_CREDENTIALS',
    'token',
    'This setup link is used, expired or wrong. If there is no admin yet, restart Latchkey: it prints a new link.',
  )
}
