// The end of every way to sign in: the session, its audit event, and the cookie of the known device.
import type { Actor, Requester } from '../../domain/admins/actor.ts'
import type { SignInMethod } from '../../domain/admins/sign-in-rules.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import type { Store } from '../../store/store.ts'
import { adminActor } from '../admin-actor.ts'
import { type SsoAccount, startSession } from '../session.ts'
import { readSignInRules } from '../sessions/read-sign-in-rules.ts'
import { knownDevice, mintDeviceToken } from './known-device.ts'

export type SessionDeps = { store: Store; clock: () => number; encryptionKey: Uint8Array }

/** `deviceToken`: null where the browser has one, or gets none. `sessionMs`: how long the session lasts at most. */
export type SignedIn = {
  actor: Actor
  sessionToken: string
  sessionMs: number
  deviceToken: string | null
}

/**
 * Starts a session of an admin who has shown all that was asked for. A browser that this admin has not signed in from before is an
 * audit event of its own. `account`: that of SSO. Only for an admin who is enabled, which is checked before.
 */
export async function openSession(
  { store, clock, encryptionKey }: SessionDeps,
  client: Requester,
  admin: { id: number; username: string; role: string },
  method: SignInMethod,
  cookies: string | undefined,
  account: SsoAccount | null = null,
): Promise<SignedIn> {
  const nowMs = clock()
  const device = knownDevice(encryptionKey, cookies, admin.username, nowMs)
  const actor = adminActor(admin, client)
  const { sessionToken, sessionMs } = await store.prisma.$transaction(async (tx) => {
    const target = { type: 'Admin', id: String(admin.id), label: admin.username } as const
    const how = method === 'PASSWORD' ? [] : [{ path: 'method', before: null, after: method }]
    await tx.auditEvent.create({ data: auditEvent(actor, 'admin.sign_in', target, nowMs, how) })
    if (device === null)
      await tx.auditEvent.create({ data: auditEvent(actor, 'admin.sign_in_new_device', target, nowMs) })
    await tx.admin.update({ where: { id: admin.id }, data: { lastSignInAt: new Date(nowMs) } })
    const rules = await readSignInRules(tx)
    const token = await startSession(tx, { adminId: admin.id, method, client, nowMs, rules, account })
    return { sessionToken: token, sessionMs: rules.maxMs }
  })
  const deviceToken = device === null ? mintDeviceToken(encryptionKey, admin.username, nowMs) : null
  return { actor, sessionToken, sessionMs, deviceToken }
}
