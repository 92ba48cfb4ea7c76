// Who sends a control-plane request: an admin by session cookie, automation by admin token, or an unauthenticated client.
import type { IncomingMessage } from 'node:http'
import { AdminError } from '../domain/admin-errors.ts'
import type { Actor, Requester } from '../domain/admins/actor.ts'
import { mintRequestId } from '../domain/uuid.ts'
import type { Store } from '../store/store.ts'
import { findAdminToken } from './admin-token.ts'
import { clientAddressOf } from './client-address.ts'
import { findSession } from './session.ts'
import { sessionTokenIn } from './session-cookie.ts'
import { adminActor } from './sign-in/sign-in.ts'

export type Identity = {
  /** Null where the request is not authenticated. */
  actor: Actor | null
  /** The session token of the cookie, which may have expired; null without one. */
  sessionToken: string | null
}

/** The client of a request: address, user agent, and a new request id. */
export function requesterOf(request: IncomingMessage): Requester {
  return {
    ip: clientAddressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: mintRequestId(),
  }
}

/** True where the client's connection is encrypted, here or at the proxy in front. */
export function isSecure(request: IncomingMessage): boolean {
  const forwarded = request.headers['x-forwarded-proto']
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim()
  return 'encrypted' in request.socket || first === 'https'
}

const WRONG_TOKEN =
  'This admin token is not valid. Send the value of LATCHKEY_ADMIN_TOKEN as "Authorization: Bearer <token>"; API keys are for /v1 alone.'

/**
 * Where there is an Authorization header, it alone counts: a cookie beside it is ignored. Throws UNAUTHENTICATED where that
 * header holds no valid admin token. API keys are not accepted here, whatever their status.
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
    if (token === null) throw new AdminError('UNAUTHENTICATED', WRONG_TOKEN)
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
