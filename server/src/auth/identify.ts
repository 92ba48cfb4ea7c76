// Who sends a control-plane request: an admin by session cookie, automation by admin token, or an unauthenticated client.
import type { IncomingMessage } from 'node:http'
import { AdminError } from '../domain/admin-errors.ts'
import type { Actor, Requester } from '../domain/admins/actor.ts'
import { mintRequestId } from '../domain/uuid.ts'
import type { Store } from '../store/store.ts'
import { adminActor } from './admin-actor.ts'
import {
  createTokenFilter,
  type FoundToken,
  findAdminToken,
  type TokenFault,
} from './admin-tokens/admin-token.ts'
import { createWrongTokens, type RefusedToken, type WrongTokens } from './admin-tokens/wrong-tokens.ts'
import { clientAddressOf, isHttps } from './client-connection.ts'
import { findSession, type Session } from './session.ts'
import { sessionTokensIn } from './session-cookie.ts'
import { isSessionSecret, SESSION_HEADER } from './session-secret.ts'

export type Identity = {
  /** Null where the request is not authenticated. */
  actor: Actor | null
  /** The actor's session; null for an admin token, and where the request is not authenticated. */
  session: Session | null
  /** The session token of the cookie, which may have expired, or have come without its secret; null without one. */
  sessionToken: string | null
}

export type IdentifyDeps = {
  store: Store
  clock: () => number
  encryptionKey: Uint8Array
  /** LATCHKEY_PUBLIC_URL; null where it is not set. */
  publicUrl: string | null
}

/** The client of a request: address, user agent, and a new request id. */
export function requesterOf(request: IncomingMessage): Requester {
  return {
    ip: clientAddressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
    requestId: mintRequestId(),
  }
}

const WRONG_TOKEN =
  'This admin token is not valid. Send an admin token (`lka_…`, or the value of LATCHKEY_ADMIN_TOKEN) as "Authorization: Bearer <token>"; API keys are for /v1 alone.'

const FAULTS: Record<TokenFault, string> = {
  EXPIRED: 'This admin token has expired.',
  REVOKED: 'This admin token is revoked.',
  REPLACED: 'This admin token was replaced by a rotation, and its grace is over.',
  WRONG_NETWORK: 'This admin token may not be used from your address.',
}

/**
 * Where there is an Authorization header, it alone counts: a cookie beside it is ignored. Throws UNAUTHENTICATED where that
 * header holds no valid admin token, and RATE_LIMITED where this network has sent too many such; a valid one is served always. API keys are not accepted here, whatever their status. A session's cookie counts with the
 * session's secret in its header alone.
 */
export async function identify(
  deps: IdentifyDeps,
  request: IncomingMessage,
  client: Requester,
): Promise<Identity> {
  const { store, clock, encryptionKey } = deps
  const { authorization, [SESSION_HEADER]: secret } = request.headers
  if (authorization !== undefined) {
    const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    const found = sent === undefined ? null : await adminTokenOf(deps, sent, client)
    if (found !== null && 'actor' in found) return { actor: found.actor, session: null, sessionToken: null }
    throw await wrongToken(deps, client, found?.refused ?? null)
  }
  const tokens = sessionTokensOf(deps, request)
  const sessionToken = tokens.find((token) => isSessionSecret(encryptionKey, token, secret))
  if (sessionToken === undefined) return { actor: null, session: null, sessionToken: tokens[0] ?? null }
  const session = await findSession(store.prisma, sessionToken, clock())
  const actor = session === null ? null : adminActor(session.admin, client, session.mustEnrol)
  return { actor, session, sessionToken }
}

/**
 * Whether a request that has been identified as this actor would be again, with the same scopes and owners. It neither extends a
 * session nor counts a token that is refused: nobody has sent it again.
 */
export async function isStillIdentified(
  { store, clock, encryptionKey, publicUrl }: IdentifyDeps,
  request: IncomingMessage,
  client: Requester,
  actor: Actor,
): Promise<boolean> {
  const { authorization, [SESSION_HEADER]: secret } = request.headers
  if (authorization !== undefined) {
    const sent = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
    const found = await findAdminToken(store.prisma, sent, client, clock())
    return found !== null && 'actor' in found && mayTheSame(found.actor, actor)
  }
  const tokens = sessionTokensIn(request.headers.cookie, isHttps(request, publicUrl))
  const token = tokens.find((each) => isSessionSecret(encryptionKey, each, secret))
  if (token === undefined) return false
  const session = await findSession(store.prisma, token, clock(), true)
  return session !== null && mayTheSame(adminActor(session.admin, client, session.mustEnrol), actor)
}

function mayTheSame(now: Actor, then: Actor): boolean {
  return (
    now.type === then.type &&
    now.id === then.id &&
    now.scopes.size === then.scopes.size &&
    [...now.scopes].every((scope) => then.scopes.has(scope)) &&
    now.owners?.toSorted().join() === then.owners?.toSorted().join()
  )
}

/**
 * Whether the browser that opens a page has a session: by its cookie alone, since opening a page sends no header of its own. Only
 * for a page that shows nothing of an admin's by itself.
 */
export async function hasSessionCookie(deps: IdentifyDeps, request: IncomingMessage): Promise<boolean> {
  for (const token of sessionTokensOf(deps, request)) {
    if ((await findSession(deps.store.prisma, token, deps.clock())) !== null) return true
  }
  return false
}

function sessionTokensOf({ publicUrl }: IdentifyDeps, request: IncomingMessage): string[] {
  return sessionTokensIn(request.headers.cookie, isHttps(request, publicUrl))
}

// Owner: this module. Key: the store, one in each process. Lifetime: the store's.
const guards = new WeakMap<Store, { wrong: WrongTokens; mayBeRight: ReturnType<typeof createTokenFilter> }>()

function guardOf({ store, clock }: IdentifyDeps) {
  let guard = guards.get(store)
  if (guard === undefined) {
    guard = { wrong: createWrongTokens(store, clock), mayBeRight: createTokenFilter(store.prisma) }
    guards.set(store, guard)
  }
  return guard
}

async function adminTokenOf(deps: IdentifyDeps, sent: string, client: Requester): Promise<FoundToken> {
  const { wrong, mayBeRight } = guardOf(deps)
  const nowMs = deps.clock()
  if (wrong.isThrottled(client.ip, nowMs) && !(await mayBeRight(sent, nowMs))) return null
  return findAdminToken(deps.store.prisma, sent, client, nowMs)
}

async function wrongToken(
  deps: IdentifyDeps,
  client: Requester,
  refused: RefusedToken | null,
): Promise<AdminError> {
  const seconds = await guardOf(deps).wrong.count(client, refused, deps.clock())
  if (seconds === null) {
    return new AdminError('UNAUTHENTICATED', refused === null ? WRONG_TOKEN : FAULTS[refused.fault])
  }
  const message = `Too many wrong admin tokens from your network; a right one is served. Try again in ${seconds} seconds.`
  return new AdminError('RATE_LIMITED', message, null, seconds)
}
