// Admin tokens as the store has them, and who may grant what they may.
import type { Actor } from '../../../domain/admins/actor.ts'
import { adminTokenId } from '../../../domain/admins/admin-token-id.ts'
import {
  isEnvironmentToken,
  storedList,
  storedOwners,
  storedScopes,
} from '../../../domain/admins/admin-token-input.ts'
import { ALL_SCOPES, type Scope, scopesBeyond } from '../../../domain/admins/permissions.ts'
import type { AuditTarget } from '../../../domain/audit/audit-event.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { addressTest } from '../../../domain/policy/input/address-list.ts'
import { type Bounds, failed, type Result, stale, type UserError } from '../../../domain/user-error.ts'
import type { Store } from '../../../store/store.ts'

export type AdminTokenRow = Awaited<ReturnType<Store['prisma']['adminToken']['findUniqueOrThrow']>>

/** What a token may do, from where and for how long. */
export type TokenGrant = {
  scopes: ReadonlySet<Scope>
  /** Null: from any address. */
  networks: string[] | null
  /** Null: of every owner. */
  ownerIds: readonly number[] | null
  /** Null: never. */
  expiresAtMs: number | null
}

/** What a token may do; one of the environment has every scope. */
export function grantOf(row: AdminTokenRow): TokenGrant {
  return {
    scopes: isEnvironmentToken(row.name) ? ALL_SCOPES : storedScopes(row.scopes),
    networks: storedList(row.networks),
    ownerIds: storedOwners(row.ownerIds),
    expiresAtMs: row.expiresAt?.getTime() ?? null,
  }
}

/**
 * What of a grant is more than the actor has itself, each with the field and the fix; empty: it may grant it. A token hands on
 * neither a longer life nor other networks than its own, so that whoever stole it gains nothing by making another.
 */
export async function beyondActor(
  db: Pick<Store['prisma'], 'adminToken' | 'owner'>,
  actor: Actor,
  grant: TokenGrant,
): Promise<UserError[]> {
  const errors: UserError[] = []
  const refuse = (field: string, message: string, bounds: Bounds | null = null) =>
    errors.push({ code: 'OUT_OF_RANGE', field, message, bounds })
  const beyond = scopesBeyond(grant.scopes, actor.scopes)
  if (beyond.length > 0) refuse('scopes', `You cannot grant what you do not have: ${beyond.join(', ')}.`)
  const { owners } = actor
  if (owners !== null && !(grant.ownerIds?.every((id) => owners.includes(id)) ?? false))
    refuse('ownerIds', 'ownerIds must be some of those that you are restricted to.')
  const { ownerIds } = grant
  if (ownerIds !== null && (await db.owner.count({ where: { id: { in: [...ownerIds] } } })) < ownerIds.length)
    errors.push({
      code: 'NOT_FOUND',
      field: 'ownerIds',
      message: 'ownerIds names an owner that there is not.',
      bounds: null,
    })
  if (actor.type !== 'ADMIN_TOKEN' || actor.id === null) return errors
  const own = await db.adminToken.findUnique({ where: { id: actor.id } })
  if (own === null) return errors
  const { networks, expiresAtMs } = grantOf(own)
  if (networks !== null && !(grant.networks?.every((network) => isWithin(network, networks)) ?? false))
    refuse('networks', `networks must be within those of your own token: ${networks.join(', ')}.`)
  if (expiresAtMs !== null && (grant.expiresAtMs === null || grant.expiresAtMs > expiresAtMs))
    refuse(
      'expiresAt',
      `expiresAt must not be later than your own token expires: ${new Date(expiresAtMs).toISOString()}.`,
      { latestMs: expiresAtMs },
    )
  return errors
}

/** The owners as an audit event names them; null: every owner. */
export function ownersText(stored: string | null): string | null {
  return storedOwners(stored)?.map(ownerId).join(' ') ?? null
}

/** The token as audit events name it. */
export function tokenTarget({ id, name }: Pick<AdminTokenRow, 'id' | 'name'>): AuditTarget {
  return { type: 'AdminToken', id: adminTokenId(id), label: name }
}

/** Why a token cannot be changed at all; null where it can. */
export function fixedToken(row: AdminTokenRow | null): Result<never> | null {
  if (row === null) return failed('NOT_FOUND', 'id', 'There is no admin token with this id.')
  if (isEnvironmentToken(row.name))
    return failed(
      'IMMUTABLE',
      'id',
      'This token is of the environment of the server. Change LATCHKEY_ADMIN_TOKEN there.',
    )
  if (row.revokedAt !== null)
    return failed('IMMUTABLE', 'id', 'This token is revoked, and stays so. Create a new one.')
  return null
}

/** `name` is that of another token. */
export function tokenNameTaken(): Result<never> {
  return failed('TAKEN', 'name', 'Another admin token has this name, perhaps a revoked one.')
}

/** `expectedVersion` is not that of the token. */
export function staleToken(): Result<never> {
  return stale('token')
}

/** A network is within others where one of them has its first address, and is no smaller. */
function isWithin(network: string, others: string[]): boolean {
  const [address = '', prefix] = network.split('/')
  const bits = (text: string | undefined) => (text === undefined ? 128 : Number(text))
  return others.some((other) => {
    const [, otherPrefix] = other.split('/')
    return bits(otherPrefix) <= bits(prefix) && addressTest([other])(address)
  })
}
