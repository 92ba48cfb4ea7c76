// Invitations: one-time links with which people become admins.
import { type Actor, type Requester, systemActor } from '../../domain/admins/actor.ts'
import {
  readDisplayName,
  readEmail,
  readNewUsername,
  readPassword,
} from '../../domain/admins/admin-account.ts'
import { storedOwners } from '../../domain/admins/admin-token-input.ts'
import { type Role, readRole } from '../../domain/admins/permissions.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { DAY_MS } from '../../domain/time.ts'
import { failed, ok, problemsOf, type Result, throttled } from '../../domain/user-error.ts'
import { hashPassword, PasswordQueueFull } from '../password.ts'
import { isToken, mintToken, tokenHash } from '../secret-token.ts'
import { openSession, type SessionDeps, type SignedIn } from '../sign-in/open-session.ts'
import { existingOwners, OWNERS_MAX } from './admin-owners.ts'
import { type AdminDeps, withinOwnScopes, withoutBounds } from './admin-row.ts'

/** Days that a link works. */
export const INVITATION_DAYS = { min: 1, max: 30, default: 7 }
/** Open invitations at once: more are a mistake, or an attack. */
const OPEN_MAX = 100

export type Invitation = {
  id: number
  role: string
  displayName: string | null
  email: string | null
  /** Ids of owners, separated by spaces; null: none. */
  ownerIds: string | null
  createdBy: string
  createdAt: Date
  expiresAt: Date
}

export type InvitationInput = {
  role: Role
  displayName: string | null
  email: string | null
  /** The owners of a KEY_MANAGER. */
  ownerIds: readonly number[]
  expiresInDays: number | null
}

const COLUMNS = {
  id: true,
  role: true,
  displayName: true,
  email: true,
  ownerIds: true,
  createdBy: true,
  createdAt: true,
  expiresAt: true,
} as const

/** The invitations that can still be accepted, newest first; at most 100. An actor that is restricted to owners sees none. */
export async function findInvitations({ store, clock }: AdminDeps, { owners }: Actor): Promise<Invitation[]> {
  if (owners !== null) return []
  return store.prisma.adminInvitation.findMany({
    where: { expiresAt: { gt: new Date(clock()) } },
    orderBy: { id: 'desc' },
    take: OPEN_MAX,
    select: COLUMNS,
  })
}

/** The invitation of a link, for whoever has it; null: the link does not work. */
export async function findLinkedInvitation(
  { store, clock }: AdminDeps,
  token: string,
): Promise<Invitation | null> {
  if (!isToken(token)) return null
  const where = { tokenHash: tokenHash(token), expiresAt: { gt: new Date(clock()) } }
  return store.prisma.adminInvitation.findFirst({ where, select: COLUMNS })
}

/** Makes an invitation. `token` is of its link; it is returned here and never again. */
export async function inviteAdmin(
  { store, clock }: AdminDeps,
  actor: Actor,
  input: InvitationInput,
): Promise<Result<{ invitation: Invitation; token: string }>> {
  const days = input.expiresInDays ?? INVITATION_DAYS.default
  const displayName = readDisplayName(input.displayName)
  const email = readEmail(input.email)
  const allowed = withinOwnScopes(actor, input.role, 'role')
  const lasts = readDays(days)
  const unbounded = withoutBounds(actor)
  const owners = readOwners(input)
  if (!displayName.ok || !email.ok || !allowed.ok || !lasts.ok || !unbounded.ok || !owners.ok)
    return { ok: false, errors: problemsOf(displayName, email, allowed, lasts, unbounded, owners) }
  const nowMs = clock()
  const token = mintToken()
  return store.prisma.$transaction(async (tx) => {
    await tx.adminInvitation.deleteMany({ where: { expiresAt: { lte: new Date(nowMs) } } })
    if ((await tx.adminInvitation.count()) >= OPEN_MAX)
      return failed('IN_USE', null, `There are ${OPEN_MAX} open invitations. Revoke one first.`)
    if ((await existingOwners(tx, owners.value)).length < owners.value.length)
      return failed('NOT_FOUND', 'ownerIds', 'ownerIds names an owner that there is not.')
    const invitation = await tx.adminInvitation.create({
      data: {
        tokenHash: tokenHash(token),
        role: input.role,
        displayName: displayName.value,
        email: email.value,
        ownerIds: owners.value.length === 0 ? null : owners.value.join(' '),
        createdBy: actor.name,
        createdAt: new Date(nowMs),
        expiresAt: new Date(nowMs + days * DAY_MS),
      },
      select: COLUMNS,
    })
    const changes = [
      { path: 'role', before: null, after: input.role },
      { path: 'email', before: null, after: email.value },
      { path: 'expiresInDays', before: null, after: days },
      ...(owners.value.length === 0 ? [] : [{ path: 'owners', before: null, after: owners.value }]),
    ]
    const data = auditEvent(actor, 'admin.invite', targetOf(invitation), nowMs, changes)
    await tx.auditEvent.create({ data })
    return ok({ invitation, token })
  })
}

function readOwners({ role, ownerIds }: InvitationInput): Result<number[]> {
  if (ownerIds.length > OWNERS_MAX)
    return failed('TOO_LONG', 'ownerIds', `ownerIds may have at most ${OWNERS_MAX} owners.`, {
      maxItems: OWNERS_MAX,
    })
  if (ownerIds.length > 0 && role !== 'KEY_MANAGER')
    return failed(
      'INVALID',
      'ownerIds',
      'Only a KEY_MANAGER has owners. Leave ownerIds out for another role.',
    )
  return ok([...new Set(ownerIds)].sort((a, b) => a - b))
}

/** Ends an invitation. Returns its number. */
export async function revokeInvitation(
  { store, clock }: AdminDeps,
  actor: Actor,
  number: number,
): Promise<Result<number>> {
  return store.prisma.$transaction(async (tx) => {
    const invitation = await tx.adminInvitation.findUnique({ where: { id: number }, select: COLUMNS })
    const { count } = await tx.adminInvitation.deleteMany({ where: { id: number } })
    if (invitation === null || count === 0)
      return failed('NOT_FOUND', 'id', 'There is no open invitation with this id.')
    const data = auditEvent(actor, 'admin.revoke_invitation', targetOf(invitation), clock())
    await tx.auditEvent.create({ data })
    return ok(number)
  })
}

/**
 * Creates the admin of an invitation and signs it in. The invitation is deleted in the same transaction, so that of two requests with its
 * token one succeeds; after a problem with the username or the password it is still valid.
 */
export async function acceptInvitation(
  deps: SessionDeps,
  client: Requester,
  sent: { token: string; username: string; password: string },
): Promise<Result<SignedIn>> {
  const { store, clock } = deps
  if (!isToken(sent.token)) return invalidLink()
  const where = { tokenHash: tokenHash(sent.token), expiresAt: { gt: new Date(clock()) } }
  // Checked first: without the token nothing else is validated, hashed or revealed.
  const invitation = await store.prisma.adminInvitation.findFirst({ where })
  const role = invitation === null ? null : readRole(invitation.role)
  if (invitation === null || role === null) return invalidLink()
  const username = readNewUsername(sent.username)
  const password = readPassword(sent.password)
  if (!username.ok || !password.ok) return { ok: false, errors: problemsOf(username, password) }
  if ((await store.prisma.admin.count({ where: { username: username.value } })) > 0) return taken()
  try {
    const passwordHash = await hashPassword(password.value)
    const admin = await store.prisma.$transaction(async (tx) => {
      const { count } = await tx.adminInvitation.deleteMany({ where })
      if (count === 0) return null
      const { displayName, email } = invitation
      const data = { username: username.value, passwordHash, displayName, email, role }
      const created = await tx.admin.create({ data: { ...data, createdAt: new Date(clock()) } })
      // An owner may have been deleted since.
      const owned = await existingOwners(tx, storedOwners(invitation.ownerIds) ?? [])
      await tx.adminOwner.createMany({ data: owned.map((ownerId) => ({ adminId: created.id, ownerId })) })
      const target = { type: 'Admin', id: String(created.id), label: created.username } as const
      const by = systemActor('invitation', client)
      const changes = [
        { path: 'role', before: null, after: role },
        { path: 'invitedBy', before: null, after: invitation.createdBy },
      ]
      await tx.auditEvent.create({
        data: auditEvent(by, 'admin.accept_invitation', target, clock(), changes),
      })
      return created
    })
    return admin === null ? invalidLink() : ok(await openSession(deps, client, admin, 'PASSWORD', undefined))
  } catch (error) {
    if (error instanceof PasswordQueueFull) return throttled(null, 'Too busy.', 5)
    // Another request has made an admin of this name.
    if ((await store.prisma.admin.count({ where: { username: username.value } })) > 0) return taken()
    throw error
  }
}

function readDays(days: number): Result<null> {
  const { min, max } = INVITATION_DAYS
  if (Number.isInteger(days) && days >= min && days <= max) return ok(null)
  return failed('OUT_OF_RANGE', 'expiresInDays', `expiresInDays must be from ${min} to ${max}.`, { min, max })
}

function targetOf({ id, email, displayName }: Invitation) {
  return { type: 'AdminInvitation', id: String(id), label: email ?? displayName ?? 'invitation' } as const
}

function taken(): Result<never> {
  return failed('TAKEN', 'username', 'Another admin has this username.')
}

function invalidLink(): Result<never> {
  return failed(
    'WRONG_CREDENTIALS',
    'token',
    'This link is used, revoked, expired or wrong. Ask an owner for a new one.',
  )
}
