import type { Actor } from '../../../domain/admins/actor.ts'
import {
  readNetworks,
  readOwnerIds,
  readScopes,
  readTokenName,
} from '../../../domain/admins/admin-token-input.ts'
import { adminTokenHash, adminTokenStart, mintAdminToken } from '../../../domain/admins/admin-token-secret.ts'
import { auditEvent, type FieldChange } from '../../../domain/audit/audit-event.ts'
import { readExpiry } from '../../../domain/keys/api-key-input.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import { withConstraintProblems } from '../../broken-constraint.ts'
import type { ControlPlane } from '../../control-plane.ts'
import {
  type AdminTokenRow,
  beyondActor,
  ownersText,
  tokenNameTaken,
  tokenTarget,
} from './admin-token-row.ts'

// More than anyone has use for; each is looked up by a hash that the network's throttle keeps in memory.
const TOKENS_MAX = 1_000

export type CreateAdminTokenInput = {
  name: string
  scopes: readonly string[]
  /** At most one of the two; neither: never. */
  expiresInDays: number | null
  expiresAtMs: number | null
  /** Addresses and networks that it may be used from; null: any. */
  networks: readonly string[] | null
  /** Ids of the owners that it is restricted to; null: every owner, and keys without one. */
  ownerIds: readonly string[] | null
}

/** Creates a token with no more than the actor has. The token is in this result and nowhere else. */
export async function createAdminToken(
  plane: ControlPlane,
  actor: Actor,
  input: CreateAdminTokenInput,
): Promise<Result<{ adminToken: AdminTokenRow; token: string }>> {
  const nowMs = plane.clock()
  const name = readTokenName(input.name)
  const scopes = readScopes(input.scopes)
  const expiry = readExpiry(input, nowMs)
  const networks = readNetworks(input.networks)
  const owners = readOwnerIds(input.ownerIds)
  if (!name.ok || !scopes.ok || !expiry.ok || !networks.ok || !owners.ok)
    return { ok: false, errors: problemsOf(name, scopes, expiry, networks, owners) }
  const expiresAtMs = typeof expiry.value === 'number' ? expiry.value : null
  const grant = {
    scopes: new Set(scopes.value),
    networks: networks.value,
    ownerIds: owners.value,
    expiresAtMs,
  }
  const token = mintAdminToken()
  const data = {
    name: name.value,
    tokenHash: adminTokenHash(token),
    tokenStart: adminTokenStart(token),
    scopes: scopes.value.join(' '),
    networks: networks.value?.join(' ') ?? null,
    ownerIds: owners.value?.join(' ') ?? null,
    createdAt: new Date(nowMs),
    createdBy: actor.name,
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs),
  }
  return withConstraintProblems({ unique: tokenNameTaken }, () =>
    plane.store.prisma.$transaction(async (tx) => {
      const errors = await beyondActor(tx, actor, grant)
      if (errors.length > 0) return { ok: false, errors }
      if ((await tx.adminToken.count({ where: { name: data.name } })) > 0) return tokenNameTaken()
      if ((await tx.adminToken.count({ where: { revokedAt: null } })) >= TOKENS_MAX)
        return failed(
          'OUT_OF_RANGE',
          null,
          `There are ${TOKENS_MAX} admin tokens already. Revoke one first.`,
          { maxItems: TOKENS_MAX },
        )
      const adminToken = await tx.adminToken.create({ data })
      const event = auditEvent(
        actor,
        'admin_token.create',
        tokenTarget(adminToken),
        nowMs,
        changesOf(adminToken),
      )
      await tx.auditEvent.create({ data: event })
      return ok({ adminToken, token })
    }),
  )
}

function changesOf({ scopes, networks, ownerIds, expiresAt }: AdminTokenRow): FieldChange[] {
  const after = {
    scopes,
    networks,
    ownerIds: ownersText(ownerIds),
    expiresAt: expiresAt?.toISOString() ?? null,
  }
  return Object.entries(after).flatMap(([path, value]) =>
    value === null ? [] : [{ path, before: null, after: value }],
  )
}
