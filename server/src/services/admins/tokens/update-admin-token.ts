import type { Actor } from '../../../domain/admins/actor.ts'
import {
  readNetworks,
  readOwnerIds,
  readScopes,
  readTokenName,
} from '../../../domain/admins/admin-token-input.ts'
import { auditEvent, type FieldChange } from '../../../domain/audit/audit-event.ts'
import { readExpiresAt } from '../../../domain/keys/api-key-input.ts'
import { ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import { withConstraintProblems } from '../../broken-constraint.ts'
import type { ControlPlane } from '../../control-plane.ts'
import {
  type AdminTokenRow,
  beyondActor,
  fixedToken,
  grantOf,
  ownersText,
  staleToken,
  tokenNameTaken,
  tokenTarget,
} from './admin-token-row.ts'

/** What is undefined stays as it is; null clears. */
export type UpdateAdminTokenInput = {
  number: number
  name?: string | null
  scopes?: readonly string[] | null
  expiresAtMs?: number | null
  networks?: readonly string[] | null
  ownerIds?: readonly string[] | null
  /** The version that the client last read; STALE when the token has changed since. */
  expectedVersion: number | null
}

type Fields = Pick<AdminTokenRow, 'name' | 'scopes' | 'expiresAt' | 'networks' | 'ownerIds'>

/**
 * Changes a token, to no more than the actor has; nor does the actor change one that may more. An update without a change writes
 * no audit event. It holds from the token's next request on.
 */
export async function updateAdminToken(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateAdminTokenInput,
): Promise<Result<AdminTokenRow>> {
  const nowMs = plane.clock()
  const wanted = readFields(input, nowMs)
  if (!wanted.ok) return wanted
  return withConstraintProblems({ unique: tokenNameTaken }, () =>
    plane.store.prisma.$transaction(async (tx) => {
      const before = await tx.adminToken.findUnique({ where: { id: input.number } })
      const fixed = fixedToken(before)
      if (before === null || fixed !== null) return fixed ?? staleToken()
      if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleToken()
      const changes = changesOf(before, wanted.value)
      if (changes.length === 0) return ok(before)
      const errors = [
        ...(await beyondActor(tx, actor, grantOf(before))),
        ...(await beyondActor(tx, actor, grantOf({ ...before, ...wanted.value }))),
      ]
      if (errors.length > 0) return { ok: false, errors }
      const { name } = wanted.value
      if (name !== undefined && name !== before.name && (await tx.adminToken.count({ where: { name } })) > 0)
        return tokenNameTaken()
      const { count } = await tx.adminToken.updateMany({
        where: { id: before.id, version: before.version },
        data: { ...wanted.value, version: { increment: 1 } },
      })
      if (count === 0) return staleToken()
      const after = await tx.adminToken.findUniqueOrThrow({ where: { id: before.id } })
      await tx.auditEvent.create({
        data: auditEvent(actor, 'admin_token.update', tokenTarget(after), nowMs, changes),
      })
      return ok(after)
    }),
  )
}

function readFields(input: UpdateAdminTokenInput, nowMs: number): Result<Partial<Fields>> {
  const name = input.name === undefined ? null : readTokenName(input.name ?? '')
  const scopes = input.scopes === undefined ? null : readScopes(input.scopes ?? [])
  const networks = input.networks === undefined ? null : readNetworks(input.networks)
  const owners = input.ownerIds === undefined ? null : readOwnerIds(input.ownerIds)
  const expiry = input.expiresAtMs == null ? null : readExpiresAt(input.expiresAtMs, nowMs)
  const errors = problemsOf(...[name, scopes, networks, owners, expiry].filter((read) => read !== null))
  if (errors.length > 0) return { ok: false, errors }
  const fields: Partial<Fields> = {}
  if (name?.ok) fields.name = name.value
  if (scopes?.ok) fields.scopes = scopes.value.join(' ')
  if (networks?.ok) fields.networks = networks.value?.join(' ') ?? null
  if (owners?.ok) fields.ownerIds = owners.value?.join(' ') ?? null
  if (input.expiresAtMs === null) fields.expiresAt = null
  else if (expiry?.ok) fields.expiresAt = new Date(expiry.value)
  return ok(fields)
}

function changesOf(before: Fields, wanted: Partial<Fields>): FieldChange[] {
  const names = ['name', 'scopes', 'expiresAt', 'networks', 'ownerIds'] as const
  return names.flatMap((path) => {
    const fresh = wanted[path]
    if (fresh === undefined) return []
    const change = { path, before: shown(path, before[path]), after: shown(path, fresh) }
    return change.before === change.after ? [] : [change]
  })
}

function shown(path: keyof Fields, value: string | Date | null): string | null {
  if (value instanceof Date) return value.toISOString()
  return path === 'ownerIds' ? ownersText(value) : value
}
