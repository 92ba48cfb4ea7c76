// Admin tokens: what automation sends to /graphql and /api.
import type { Actor, Requester } from '../../domain/admins/actor.ts'
import {
  isEnvironmentToken,
  storedList,
  storedOwners,
  storedScopes,
} from '../../domain/admins/admin-token-input.ts'
import { adminTokenHash, mayBeAdminToken } from '../../domain/admins/admin-token-secret.ts'
import { ALL_SCOPES } from '../../domain/admins/permissions.ts'
import { addressTest } from '../../domain/policy/input/address-list.ts'
import type { Store } from '../../store/store.ts'
import { sameHash } from '../secret-token.ts'

const TOKEN_MAX = 512
const USED_EVERY_MS = 60_000

// More than anyone has; with more, tokens are looked up one by one.
const HASHES_MAX = 10_000
const HASHES_FRESH_MS = 1_000

type Tokens = Pick<Store['prisma'], 'adminToken'>
type Row = Awaited<ReturnType<Tokens['adminToken']['findUniqueOrThrow']>>

/** Why a token of ours is refused. REPLACED: by a rotation, and its grace is over. */
export type TokenFault = 'EXPIRED' | 'REVOKED' | 'REPLACED' | 'WRONG_NETWORK'

/** The actor; a token that is there and refused; null for what is no token. */
export type FoundToken =
  | { actor: Actor }
  | { refused: { id: number; name: string; fault: TokenFault } }
  | null

/** What was sent, looked up by its hash, so that no query holds it. The last use is noted once a minute. */
export async function findAdminToken(
  db: Tokens,
  sent: string,
  client: Requester,
  nowMs: number,
): Promise<FoundToken> {
  if (sent === '' || sent.length > TOKEN_MAX || !mayBeAdminToken(sent)) return null
  const hash = adminTokenHash(sent)
  const token = await db.adminToken.findFirst({
    where: { OR: [{ tokenHash: hash }, { formerTokenHash: hash }] },
  })
  if (token === null) return null
  const isCurrent = sameHash(token.tokenHash, hash)
  if (!isCurrent && (token.formerTokenHash === null || !sameHash(token.formerTokenHash, hash))) return null
  const fault = faultOf(token, isCurrent, client.ip, nowMs)
  const { id, name } = token
  if (fault !== null) return { refused: { id, name, fault } }
  if (token.lastUsedAt === null || nowMs - token.lastUsedAt.getTime() >= USED_EVERY_MS) {
    const data = { lastUsedAt: new Date(nowMs), lastUsedIp: client.ip }
    await db.adminToken.updateMany({ where: { id }, data })
  }
  return { actor: actorOfToken(token, client) }
}

/**
 * Whether a token may be right, by a list of the hashes of all of them that is read once a second at most: what a network sends that
 * guesses costs no query of its own.
 */
export function createTokenFilter(db: Tokens): (sent: string, nowMs: number) => Promise<boolean> {
  let list: { readMs: number; hashes: Promise<Set<string> | null> } | null = null

  async function read(nowMs: number): Promise<Set<string> | null> {
    const where = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date(nowMs) } }] }
    const select = { tokenHash: true, formerTokenHash: true }
    const rows = await db.adminToken.findMany({ where, select, take: HASHES_MAX + 1 })
    if (rows.length > HASHES_MAX) return null
    return new Set(rows.flatMap((row) => [row.tokenHash, row.formerTokenHash ?? row.tokenHash]).map(hex))
  }

  return async (sent, nowMs) => {
    if (!mayBeAdminToken(sent)) return false
    if (list === null || Math.abs(nowMs - list.readMs) >= HASHES_FRESH_MS)
      list = { readMs: nowMs, hashes: read(nowMs) }
    const hashes = await list.hashes
    return hashes === null || hashes.has(hex(adminTokenHash(sent)))
  }
}

function faultOf(token: Row, isCurrent: boolean, ip: string | null, nowMs: number): TokenFault | null {
  if (token.revokedAt !== null) return 'REVOKED'
  if (token.expiresAt !== null && token.expiresAt.getTime() <= nowMs) return 'EXPIRED'
  if (!isCurrent && (token.formerTokenExpiresAt?.getTime() ?? 0) <= nowMs) return 'REPLACED'
  const networks = storedList(token.networks)
  // An address that is not known is in no network.
  if (networks !== null && (ip === null || !addressTest(networks)(ip))) return 'WRONG_NETWORK'
  return null
}

function actorOfToken(token: Row, { ip, userAgent, requestId }: Requester): Actor {
  const { id, name } = token
  const scopes = isEnvironmentToken(name) ? ALL_SCOPES : storedScopes(token.scopes)
  return {
    type: 'ADMIN_TOKEN',
    id,
    name,
    ip,
    userAgent,
    requestId,
    scopes,
    role: null,
    owners: storedOwners(token.ownerIds),
    isBounded: token.expiresAt !== null || token.networks !== null,
  }
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
