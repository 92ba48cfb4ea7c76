// Sessions of signed-in browsers: created at sign-in, found by the hash of the cookie's token, expired after an idle time and after a total time.
import type { Requester } from '../domain/admins/actor.ts'
import { DAY_MS, HOUR_MS } from '../domain/time.ts'
import type { Store } from '../store/store.ts'
import { mintToken, sameHash, tokenHash } from './secret-token.ts'

const IDLE_MS = 12 * HOUR_MS
export const SESSION_MS = 14 * DAY_MS
// `lastSeenAt` need not be exact; this saves a write for most requests.
const SEEN_EVERY_MS = 60_000
const USER_AGENT_MAX = 256

type Sessions = Pick<Store['prisma'], 'adminSession'>
export type SessionAdmin = { id: number; username: string; role: string }

/** Creates a session and returns its token, which only the browser gets. Deletes all expired sessions. */
export async function startSession(
  db: Sessions,
  adminId: number,
  client: Requester,
  nowMs: number,
): Promise<string> {
  const token = mintToken()
  const now = new Date(nowMs)
  await db.adminSession.deleteMany({
    where: { OR: [{ expiresAt: { lte: now } }, { lastSeenAt: { lte: new Date(nowMs - IDLE_MS) } }] },
  })
  await db.adminSession.create({
    data: {
      tokenHash: tokenHash(token),
      adminId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: new Date(nowMs + SESSION_MS),
      ip: client.ip,
      userAgent: client.userAgent?.slice(0, USER_AGENT_MAX) ?? null,
    },
  })
  return token
}

/** The admin of a session that has not expired, or null. Extends the session's idle time. */
export async function findSession(db: Sessions, token: string, nowMs: number): Promise<SessionAdmin | null> {
  const hash = tokenHash(token)
  const session = await db.adminSession.findUnique({
    where: { tokenHash: hash },
    select: {
      tokenHash: true,
      lastSeenAt: true,
      expiresAt: true,
      admin: { select: { id: true, username: true, role: true } },
    },
  })
  if (session === null || !sameHash(session.tokenHash, hash)) return null
  const idleMs = nowMs - session.lastSeenAt.getTime()
  if (session.expiresAt.getTime() <= nowMs || idleMs >= IDLE_MS) return null
  if (idleMs >= SEEN_EVERY_MS) {
    // updateMany: where a sign-out has just deleted the row, it updates none and does not throw.
    await db.adminSession.updateMany({ where: { tokenHash: hash }, data: { lastSeenAt: new Date(nowMs) } })
  }
  return session.admin
}

/** Deletes a session; resolves with the admin whose it was, null where there was none. */
export async function endSession(db: Sessions, token: string): Promise<SessionAdmin | null> {
  const where = { tokenHash: tokenHash(token) }
  const session = await db.adminSession.findUnique({
    where,
    select: { admin: { select: { id: true, username: true, role: true } } },
  })
  const { count } = await db.adminSession.deleteMany({ where })
  return count > 0 ? (session?.admin ?? null) : null
}
