// Sessions of signed-in browsers: created at sign-in, found by the hash of the cookie's token, expired after an idle time and after a total time.
import type { Requester } from '../domain/admins/actor.ts'
import { needsSecondFactor, type SignInMethod, type SignInRules } from '../domain/admins/sign-in-rules.ts'
import type { Store } from '../store/store.ts'
import type { SignedInAdmin } from './admin-actor.ts'
import { mintToken, sameHash, tokenHash } from './secret-token.ts'
import { readSignInRules } from './sessions/read-sign-in-rules.ts'

// `lastSeenAt` need not be exact; this saves a write for most requests.
const SEEN_EVERY_MS = 60_000
const USER_AGENT_MAX = 256

type Sessions = Pick<Store['prisma'], 'adminSession' | 'settings'>

/** The account at the provider that a session was opened with, and the provider's name of its own session; null: it said none. */
export type SsoAccount = { ssoIssuer: string; ssoSubject: string; ssoSid: string | null }

/** A session that has not ended, with its admin. */
export type Session = {
  tokenHash: Uint8Array<ArrayBuffer>
  /** When the person last showed a password or a second factor. */
  confirmedAtMs: number
  /** The admin has to have a second factor and has none: may do nothing but enrol one. */
  mustEnrol: boolean
  /** It was opened at the provider, which can be asked again. */
  isSso: boolean
  admin: SignedInAdmin
}

/** Creates a session and returns its token, which only the browser gets. Deletes all expired sessions. */
export async function startSession(
  db: Sessions,
  {
    adminId,
    method,
    client,
    nowMs,
    rules,
    account = null,
  }: {
    adminId: number
    method: SignInMethod
    client: Requester
    nowMs: number
    rules: SignInRules
    account?: SsoAccount | null
  },
): Promise<string> {
  const token = mintToken()
  const now = new Date(nowMs)
  await db.adminSession.deleteMany({
    where: {
      OR: [
        { expiresAt: { lte: now } },
        { lastSeenAt: { lte: new Date(nowMs - rules.idleMs) } },
        { createdAt: { lte: new Date(nowMs - rules.maxMs) } },
      ],
    },
  })
  await db.adminSession.create({
    data: {
      tokenHash: tokenHash(token),
      adminId,
      createdAt: now,
      lastSeenAt: now,
      confirmedAt: now,
      expiresAt: new Date(nowMs + rules.maxMs),
      method,
      ip: client.ip,
      userAgent: client.userAgent?.slice(0, USER_AGENT_MAX) ?? null,
      ...account,
    },
  })
  return token
}

/** The session of a token, or null where it has ended or its admin is disabled. Extends the session's idle time, unless `looksOnly`. */
export async function findSession(
  db: Sessions,
  token: string,
  nowMs: number,
  looksOnly = false,
): Promise<Session | null> {
  const hash = tokenHash(token)
  const [session, rules] = await Promise.all([
    db.adminSession.findUnique({
      where: { tokenHash: hash },
      select: {
        tokenHash: true,
        createdAt: true,
        lastSeenAt: true,
        expiresAt: true,
        confirmedAt: true,
        method: true,
        admin: {
          select: {
            id: true,
            username: true,
            role: true,
            disabledAt: true,
            totpEnabledAt: true,
            owners: { select: { ownerId: true } },
            _count: { select: { passkeys: true } },
          },
        },
      },
    }),
    readSignInRules(db),
  ])
  if (session === null || !sameHash(session.tokenHash, hash)) return null
  const { admin, createdAt, lastSeenAt, confirmedAt } = session
  if (admin.disabledAt !== null || session.expiresAt.getTime() <= nowMs) return null
  const idleMs = nowMs - lastSeenAt.getTime()
  // The rules as they are now: made stricter, they hold for sessions that there are.
  if (idleMs >= rules.idleMs || nowMs - createdAt.getTime() >= rules.maxMs) return null
  if (idleMs >= SEEN_EVERY_MS && !looksOnly) {
    // updateMany: where a sign-out has just deleted the row, it updates none and does not throw.
    await db.adminSession.updateMany({ where: { tokenHash: hash }, data: { lastSeenAt: new Date(nowMs) } })
  }
  return {
    tokenHash: hash,
    confirmedAtMs: (confirmedAt ?? createdAt).getTime(),
    mustEnrol:
      // A provider's sign-in is the provider's to secure.
      session.method !== 'SSO' &&
      admin.totpEnabledAt === null &&
      admin._count.passkeys === 0 &&
      needsSecondFactor(rules.secondFactor, admin.role),
    isSso: session.method === 'SSO',
    admin: { id: admin.id, username: admin.username, role: admin.role, owners: admin.owners },
  }
}

/** Deletes a session; resolves with the admin whose it was and with the issuer of SSO, null where there was none. */
export async function endSession(
  db: Sessions,
  token: string,
): Promise<{ admin: Omit<SignedInAdmin, 'owners'>; ssoIssuer: string | null } | null> {
  const where = { tokenHash: tokenHash(token) }
  const session = await db.adminSession.findUnique({
    where,
    select: { ssoIssuer: true, admin: { select: { id: true, username: true, role: true } } },
  })
  const { count } = await db.adminSession.deleteMany({ where })
  return count > 0 ? session : null
}
