// The provider says that somebody has signed out there (OpenID Connect Back-Channel Logout 1.0): the sessions that it has opened end.
//
// Owner: this module. Key: the store, one in each process, with the `jti` of a token that has been taken. Bound: an LRU of 10,000. Lifetime:
// ten minutes, longer than any token is taken. A restart forgets them; a session that began after a token is ended by none.
import type { JWTPayload, JWTVerifyGetKey } from 'jose'
import { LRUCache } from 'lru-cache'
import { AdminError } from '../../domain/admin-errors.ts'
import { type Requester, systemActor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { isObject } from '../../domain/is-object.ts'
import { createNetworkCounts, type NetworkCounts } from '../../http/server/network-counts.ts'
import type { Store } from '../../store/store.ts'
import { ASYMMETRIC_ALGORITHMS } from './algorithms.ts'
import { createCheckedFetch } from './checked-fetch.ts'
import { CLOCK_TOLERANCE_SECONDS, discover } from './provider-client.ts'
import { type ProviderDeps, readProvider, type SsoProvider } from './provider-row.ts'

const TOKEN_MAX = 8_192
const TEXT_MAX = 255
/** OpenID Connect Back-Channel Logout 1.0 §4: a token lives for two minutes at most; the clocks may differ beside. */
const AGE_MAX_SECONDS = 300
const TAKEN_MAX = 10_000
const TAKEN_MS = 600_000
// Of a /64 or an IPv4 address, a /56, a /48, in a minute. A provider may sign out all its people at once.
const PER_NETWORK = [300, 600, 1_200]
const KEYS_MS = 600_000
const KEYS_AGAIN_MS = 30_000
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** `reason`: for the provider's log; it never repeats what was sent. */
export type LogoutResult = { ok: true; ended: number } | { ok: false; reason: string }

type Memory = {
  taken: LRUCache<string, true>
  keys: { url: string; get: JWTVerifyGetKey } | null
  counts: NetworkCounts
}
const memories = new WeakMap<Store, Memory>()

/** Ends the sessions of a logout token: of its `sid`, or all of its `sub`. Taken once. Throws RATE_LIMITED. */
export async function endByProvider(
  deps: ProviderDeps,
  client: Requester,
  token: string,
): Promise<LogoutResult> {
  const memory = memoryOf(deps.store)
  const nowMs = deps.clock()
  if (memory.counts.waitMs(client.ip, nowMs) > 0) throw new AdminError('RATE_LIMITED')
  memory.counts.add(client.ip, nowMs)
  const provider = await readProvider(deps.store.prisma)
  if (provider === null) return refused('No provider is set up.')
  if (token.length > TOKEN_MAX || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    return refused('logout_token is no signed JWT.')
  const found = await discover(deps, provider)
  if (!found.ok) return refused('The metadata of the issuer cannot be read.')
  const { jwks_uri: url, issuer } = found.metadata
  if (url === undefined) return refused('The issuer has no keys.')
  const claims = await verified(deps, provider, issuer, token, await keysAt(deps, memory, url))
  if (typeof claims === 'string') return refused(claims)
  const { jti, sub, sid, iat } = claims
  if (memory.taken.has(jti)) return refused('jti: this token has been taken before.')
  memory.taken.set(jti, true)
  return { ok: true, ended: await endSessions(deps, client, { issuer, sub, sid, iat }) }
}

function memoryOf(store: Store): Memory {
  const known = memories.get(store)
  if (known !== undefined) return known
  const taken = new LRUCache<string, true>({ max: TAKEN_MAX, ttl: TAKEN_MS })
  const memory = { taken, keys: null, counts: createNetworkCounts(PER_NETWORK) }
  memories.set(store, memory)
  return memory
}

type LogoutClaims = { jti: string; sub: string | null; sid: string | null; iat: number }

/** §2.6; a text says what is wrong. */
async function verified(
  { clock }: ProviderDeps,
  { clientId }: SsoProvider,
  issuer: string,
  token: string,
  keys: JWTVerifyGetKey,
): Promise<LogoutClaims | string> {
  const { jwtVerify } = await import('jose')
  let payload: JWTPayload
  let type: string | undefined
  try {
    const result = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: [...ASYMMETRIC_ALGORITHMS],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(clock()),
      maxTokenAge: AGE_MAX_SECONDS,
      requiredClaims: ['iat', 'jti'],
    })
    payload = result.payload
    type = result.protectedHeader.typ?.toLowerCase()
  } catch (error) {
    return error instanceof Error && 'claim' in error
      ? `The claim ${String(error.claim)} is not as it must be.`
      : 'The signature cannot be verified.'
  }
  const { jti, sub, sid, iat, events, nonce } = payload
  if (type !== undefined && !['logout+jwt', 'jwt', 'application/logout+jwt'].includes(type))
    return 'typ is not that of a logout token.'
  if (!isObject(events) || !isObject(events[EVENT])) return 'events is not that of a logout token.'
  // So that no ID token is one.
  if (nonce !== undefined) return 'A logout token has no nonce.'
  if (!isText(jti) || iat === undefined) return 'jti and iat must be there.'
  if (sub === undefined && sid === undefined) return 'sub or sid must be there.'
  if ((sub !== undefined && !isText(sub)) || (sid !== undefined && !isText(sid)))
    return 'sub and sid must be texts.'
  return { jti, iat, sub: sub ?? null, sid: isText(sid) ? sid : null }
}

async function endSessions(
  { store, clock }: ProviderDeps,
  client: Requester,
  { issuer, sub, sid, iat }: Omit<LogoutClaims, 'jti'> & { issuer: string },
): Promise<number> {
  // Of a session whose `sid` the provider has not said, its subject says that it is meant.
  const bySid = sid === null ? {} : { OR: [{ ssoSid: sid }, ...(sub === null ? [] : [{ ssoSid: null }])] }
  const where = {
    ssoIssuer: issuer,
    createdAt: { lte: new Date((iat + CLOCK_TOLERANCE_SECONDS) * 1_000) },
    ...(sub === null ? {} : { ssoSubject: sub }),
    ...bySid,
  }
  return store.prisma.$transaction(async (tx) => {
    const sessions = await tx.adminSession.findMany({
      where,
      select: { admin: { select: { id: true, username: true } } },
    })
    const { count } = await tx.adminSession.deleteMany({ where })
    const [first] = sessions
    if (first === undefined || count === 0) return 0
    const { id, username } = first.admin
    const target = { type: 'Admin', id: String(id), label: username } as const
    const changes = [{ path: 'sessions', before: null, after: count }]
    const data = auditEvent(systemActor('sso', client), 'admin.end_sessions', target, clock(), changes)
    await tx.auditEvent.create({ data })
    return count
  })
}

/** The provider's keys, read again after ten minutes, and for a key that is not among them twice a minute at most. */
async function keysAt(deps: ProviderDeps, memory: Memory, url: string): Promise<JWTVerifyGetKey> {
  if (memory.keys?.url === url) return memory.keys.get
  const { createRemoteJWKSet, customFetch } = await import('jose')
  const get = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEYS_MS,
    cooldownDuration: KEYS_AGAIN_MS,
    [customFetch]: createCheckedFetch(deps),
  })
  memory.keys = { url, get }
  return get
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= TEXT_MAX
}

function refused(reason: string): LogoutResult {
  return { ok: false, reason }
}
