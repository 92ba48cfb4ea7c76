// A signed-in browser: made at sign-in, known by the hash of its cookie, dead when idle or old.
import type { Requester } from '../domain/admins/actor.ts'
import { DAY_MS, HOUR_MS } from '../domain/time.ts'
import type { Store } from '../store/store.ts'
import { mintToken, sameHash, tokenHash } from './secret-token.ts'

const IDLE_MS = 12 * HOUR_MS
export const SESSION_MS = 14 * DAY_MS
// "Last seen" need not be exact, and a write on every request would be waste.
const SEEN_EVERY_MS = 60_000
const USER_AGENT_MAX = 256

type Sessions = Pick<Store['prisma'], 'adminSession'>
export type SessionAdmin = { id: number; username: string }

/** Opens a session and answers its token, which is shown to no one but the browser. Sweeps out the dead ones. */
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

/** The admin of a session that is still good, or null. Counts as a sign of life. */
export async function findSession(db: Sessions, token: string, nowMs: number): Promise<SessionAdmin | null> {
  const hash = tokenHash(token)
  const session = await db.adminSession.findUnique({
    where: { tokenHash: hash },
    select: {
      tokenHash: true,
      lastSeenAt: true,
      expiresAt: true,
      admin: { select: { id: true, username: true } },
    },
  })
  if (session === null || !sameHash(session.tokenHash, hash)) return null
  const idleMs = nowMs - session.lastSeenAt.getTime()
  if (session.expiresAt.getTime() <= nowMs || idleMs >= IDLE_MS) return null
  if (idleMs >= SEEN_EVERY_MS) {
    // updateMany: a sign-out at the same time has taken the row away, which is no error.
    await db.adminSession.updateMany({ where: { tokenHash: hash }, data: { lastSeenAt: new Date(nowMs) } })
  }
  return session.admin
}

/** Ends a session; true when there was one. */
export async function endSession(db: Sessions, token: string): Promise<boolean> {
  const { count } = await db.adminSession.deleteMany({ where: { tokenHash: tokenHash(token) } })
  return count > 0
}
