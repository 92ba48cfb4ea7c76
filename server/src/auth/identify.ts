// Who sends a control-plane request: an admin by session cookie, automation by admin token, or a stranger.
import type { IncomingMessage } from 'node:http'
import type { Actor, Requester } from '../domain/admins/actor.ts'
import { mintRequestId } from '../domain/uuid.ts'
import type { Store } from '../store/store.ts'
import { findAdminToken } from './admin-token.ts'
import { clientAddressOf } from './client-address.ts'
import { findSession } from './session.ts'
import { sessionTokenIn } from './session-cookie.ts'
import { adminActor } from './sign-in.ts'

export type Identity = {
  /** Null for a stranger. */
  actor: Actor | null
  /** The session's token, where a cookie carried one; it may be dead. */
  sessionToken: string | null
}

/** The request's origin; mints its id. */
export function requesterOf(request: IncomingMessage): Requester {
  return {
    ip: clientAddressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: mintRequestId(),
  }
}

/** True when the browser's side of the connection is encrypted, by us or by the proxy in front. */
export function isSecure(request: IncomingMessage): boolean {
  const forwarded = request.headers['x-forwarded-proto']
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim()
  return 'encrypted' in request.socket || first === 'https'
}

/**
 * An Authorization header alone decides when there is one: what it fails to prove, a cookie does not make up for.
 * API keys prove nothing here, whatever their status.
 */
export async function identify(
  { store, clock }: { store: Store; clock: () => number },
  request: IncomingMessage,
  client: Requester,
): Promise<Identity> {
  const { authorization, cookie } = request.headers
  if (authorization !== undefined) {
    const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    const token = sent === undefined ? null : await findAdminToken(store.prisma, sent, clock())
    if (token === null) return { actor: null, sessionToken: null }
    const { ip, requestId } = client
    return {
      actor: { type: 'ADMIN_TOKEN', id: token.id, name: token.name, ip, requestId },
      sessionToken: null,
    }
  }
  const sessionToken = sessionTokenIn(cookie)
  const admin = sessionToken === null ? null : await findSession(store.prisma, sessionToken, clock())
  return { actor: admin === null ? null : adminActor(admin, client), sessionToken }
}
