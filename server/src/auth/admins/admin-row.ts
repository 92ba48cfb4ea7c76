// Reading admins: one, a page, and who may change whom.
import type { Actor } from '../../domain/admins/actor.ts'
import { type Role, readRole, scopesBeyond, scopesOfRole } from '../../domain/admins/permissions.ts'
import type { AuditTarget } from '../../domain/audit/audit-event.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { type IdPage, newestFirst, pageArgs } from '../../store/id-page.ts'
import type { Store } from '../../store/store.ts'

export type AdminDeps = { store: Store; clock: () => number }

/** What is read of an admin; hashes and sealed secrets are not. */
export const ADMIN_COLUMNS = {
  id: true,
  username: true,
  displayName: true,
  email: true,
  role: true,
  createdAt: true,
  lastSignInAt: true,
  disabledAt: true,
  totpEnabledAt: true,
} as const

export type AdminRow = {
  id: number
  username: string
  displayName: string | null
  email: string | null
  role: string
  createdAt: Date
  lastSignInAt: Date | null
  disabledAt: Date | null
  totpEnabledAt: Date | null
}

/** Each part must hold; an absent one holds of every admin. */
export type AdminFilter = {
  emails?: string[]
  /** Key managers of this owner. */
  managerOf?: number
}

/** A page of admins, newest first. */
export async function findAdmins(
  { store }: AdminDeps,
  page: IdPage,
  { emails, managerOf }: AdminFilter = {},
): Promise<AdminRow[]> {
  const { where, ...args } = pageArgs(page)
  const filter = {
    ...where,
    ...(emails === undefined ? {} : { email: { in: emails } }),
    ...(managerOf === undefined ? {} : { role: 'KEY_MANAGER', owners: { some: { ownerId: managerOf } } }),
  }
  const rows = await store.prisma.admin.findMany({ ...args, where: filter, select: ADMIN_COLUMNS })
  return newestFirst(page, rows)
}

/** Of every role and state. */
export async function countAdmins({ store }: AdminDeps): Promise<number> {
  return store.prisma.admin.count()
}

/** Null where there is none with this number. */
export async function findAdmin({ store }: AdminDeps, number: number): Promise<AdminRow | null> {
  return store.prisma.admin.findUnique({ where: { id: number }, select: ADMIN_COLUMNS })
}

/** The admin as audit events name it. */
export function adminTarget({ id, username }: { id: number; username: string }): AuditTarget {
  return { type: 'Admin', id: String(id), label: username }
}

/** `id` holds the id of no admin. */
export function noSuchAdmin(): Result<never> {
  return failed('NOT_FOUND', 'id', 'There is no admin with this id.')
}

/**
 * Nobody gives a role, or changes somebody in a role, that may do what he may not himself. FORBIDDEN names what is beyond. A stored role that
 * this version does not know may do nothing, and can be changed by everyone who may change admins.
 */
export function withinOwnScopes(actor: Actor, role: Role | null, field: string): Result<null> {
  if (actor.owners !== null)
    return failed('FORBIDDEN', field, 'You are restricted to owners, and admins are not.')
  const beyond = scopesBeyond(scopesOfRole(role), actor.scopes)
  if (beyond.length === 0) return ok(null)
  return failed(
    'FORBIDDEN',
    field,
    `The role ${role} may do what you may not yourself: ${beyond.slice(0, 5).join(', ')}.`,
  )
}

/**
 * Whether the actor decides who administers: may change admins, is restricted to no owners, and is no token that ends or works from some
 * networks alone, since an admin whom it made, by an invitation or at a provider, would have neither bound.
 */
export function mayDecideAdmins(actor: Actor): Result<null> {
  if (!actor.scopes.has('admins:write'))
    return failed('FORBIDDEN', null, 'This decides who administers: it needs the scope admins:write.')
  if (actor.owners !== null)
    return failed('FORBIDDEN', null, 'You are restricted to owners, and admins are not.')
  return withoutBounds(actor)
}

/** FORBIDDEN for a token with an expiry or networks: what people get from it would last longer, or work from elsewhere. */
export function withoutBounds(actor: Actor): Result<null> {
  if (actor.isBounded !== true) return ok(null)
  return failed(
    'FORBIDDEN',
    null,
    'Your admin token expires, or works from some networks alone, and an admin would have neither bound. Ask an owner, or use a token without these bounds.',
  )
}

/** The same for an admin who is there. */
export function mayChange(actor: Actor, admin: { role: string }): Result<null> {
  return withinOwnScopes(actor, readRole(admin.role), 'id')
}
