// Which admin an account at the provider is: known by issuer and subject alone; linked or created only as the settings allow.
import { type Actor, type Requester, systemActor } from '../../domain/admins/actor.ts'
import { readDisplayName, readNewUsername } from '../../domain/admins/admin-account.ts'
import { storedOwners } from '../../domain/admins/admin-token-input.ts'
import { type Role, readRole } from '../../domain/admins/permissions.ts'
import {
  type Claims,
  claimValues,
  isOfDomains,
  mappedRole,
  shownEmail,
  verifiedEmail,
} from '../../domain/admins/sso/sso-claims.ts'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import type { Store } from '../../store/store.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { existingOwners, OWNERS_MAX } from '../admins/admin-owners.ts'
import { ADMIN_COLUMNS, type AdminRow, adminTarget } from '../admins/admin-row.ts'
import type { SsoProvider } from './provider-row.ts'
import { type SsoResult, ssoFailed, ssoOk } from './sso-failure.ts'

type Transaction = Parameters<Parameters<Store['prisma']['$transaction']>[0]>[0]
type Deps = { store: Store; clock: () => number }

const NAMES_TRIED = 20

/** An account that the provider vouches for. */
export type Account = { issuer: string; subject: string; claims: Claims }

/** The admin of an account, or why it is nobody's. `invitation`: the hash of the token of a link that was opened. */
export async function admit(
  { store, clock }: Deps,
  client: Requester,
  provider: SsoProvider,
  account: Account,
  invitation: Uint8Array<ArrayBuffer> | null,
): Promise<SsoResult<AdminRow>> {
  const by = systemActor('sso', client)
  const email = verifiedEmail(account.claims)
  const { emailDomains, roleClaim } = provider
  if (emailDomains !== null && (email === null || !isOfDomains(email, emailDomains)))
    return ssoFailed('EMAIL_REFUSED')
  const role =
    roleClaim === null
      ? null
      : mappedRole(account.claims, roleClaim, provider.roleMapping, provider.defaultRole)
  if (roleClaim !== null && role === null) return ssoFailed('NO_ROLE')
  return store.prisma.$transaction(async (tx) => {
    // Of two first sign-ins at once, the second finds the account; and the last owner stays one.
    await lockAlone(store, tx, 'ADMINS')
    const found = await findLinked(tx, account)
    const same = found === null ? await findByEmail(tx, email) : []
    const admin =
      found ??
      (await acceptInvited(tx, by, provider, account, role, invitation, clock())) ??
      (await linkByEmail(tx, by, provider, account, same, clock())) ??
      // Nobody gets a second account, and least of all one who is disabled.
      (same.length > 0
        ? null
        : await create(tx, by, provider, account, role ?? provider.defaultRole, clock()))
    if (admin === null && invitation !== null) return ssoFailed('INVITATION_ENDED')
    if (admin === null && same.some(({ disabledAt }) => disabledAt === null)) return ssoFailed('LINK_FIRST')
    if (admin === null) return ssoFailed(same.length > 0 ? 'ADMIN_DISABLED' : 'NOT_ADMITTED')
    if (admin.disabledAt !== null) return ssoFailed('ADMIN_DISABLED')
    await tx.adminIdentity.updateMany({
      where: { issuer: account.issuer, subject: account.subject },
      data: { email: shownEmail(account.claims), lastUsedAt: new Date(clock()) },
    })
    const mapped = role === null ? admin : await withRole(tx, by, admin, role, clock())
    await setOwners(tx, by, provider, account, mapped, clock())
    return ssoOk(mapped)
  })
}

/** Links an account to an admin who is signed in and asks for it. */
export async function linkAccount(
  { store, clock }: Deps,
  actor: Actor & { id: number },
  account: Account,
): Promise<SsoResult<AdminRow>> {
  return store.prisma.$transaction(async (tx) => {
    await lockAlone(store, tx, 'ADMINS')
    const linked = await findLinked(tx, account)
    if (linked !== null && linked.id !== actor.id) return ssoFailed('LINKED_ELSEWHERE')
    const admin = await tx.admin.findUnique({ where: { id: actor.id }, select: ADMIN_COLUMNS })
    if (admin === null) return ssoFailed('ADMIN_DISABLED')
    if (linked === null) await link(tx, actor, admin, account, clock())
    return ssoOk(admin)
  })
}

async function findLinked(tx: Transaction, { issuer, subject }: Account): Promise<AdminRow | null> {
  const identity = await tx.adminIdentity.findUnique({
    where: { issuer_subject: { issuer, subject } },
    select: { admin: { select: ADMIN_COLUMNS } },
  })
  return identity?.admin ?? null
}

/** The admin of the invitation whose link was opened before. The role is the provider's, where it says one. */
async function acceptInvited(
  tx: Transaction,
  by: Actor,
  provider: SsoProvider,
  account: Account,
  role: Role | null,
  invitation: Uint8Array<ArrayBuffer> | null,
  nowMs: number,
): Promise<AdminRow | null> {
  if (invitation === null) return null
  const where = { tokenHash: invitation, expiresAt: { gt: new Date(nowMs) } }
  const found = await tx.adminInvitation.findFirst({ where })
  const invited = found === null ? null : readRole(found.role)
  if (found === null || invited === null) return null
  const { count } = await tx.adminInvitation.deleteMany({ where })
  if (count === 0) return null
  const { displayName, email } = found
  const admin = await createAdmin(tx, account, role ?? invited, nowMs, { displayName, email })
  const ownerIds = await existingOwners(tx, storedOwners(found.ownerIds) ?? [])
  if (provider.ownersClaim === null) await replaceOwners(tx, admin.id, ownerIds)
  await tx.auditEvent.create({
    data: auditEvent(by, 'admin.accept_invitation', adminTarget(admin), nowMs, [
      { path: 'role', before: null, after: admin.role },
      { path: 'invitedBy', before: null, after: found.createdBy },
    ]),
  })
  await link(tx, by, admin, account, nowMs)
  return admin
}

/** All admins with the e-mail address that the provider has verified. */
async function findByEmail(tx: Transaction, email: string | null): Promise<AdminRow[]> {
  if (email === null) return []
  const admins = await tx.admin.findMany({ where: { email: { not: null } }, select: ADMIN_COLUMNS })
  return admins.filter((admin) => admin.email?.toLowerCase() === email)
}

/** The one enabled admin with the verified e-mail address, where the settings allow it. */
async function linkByEmail(
  tx: Transaction,
  by: Actor,
  { linksVerifiedEmails }: SsoProvider,
  account: Account,
  same: AdminRow[],
  nowMs: number,
): Promise<AdminRow | null> {
  const [admin] = same
  // An address that two admins have says neither; nor one whose admin has an account there already.
  if (!linksVerifiedEmails || admin === undefined || same.length > 1 || admin.disabledAt !== null) return null
  if ((await tx.adminIdentity.count({ where: { adminId: admin.id, issuer: account.issuer } })) > 0)
    return null
  await link(tx, by, admin, account, nowMs)
  return admin
}

/** A new admin for somebody whom nobody has invited, where the settings allow it. */
async function create(
  tx: Transaction,
  by: Actor,
  { createsAdmins }: SsoProvider,
  account: Account,
  role: Role | null,
  nowMs: number,
): Promise<AdminRow | null> {
  if (!createsAdmins || role === null) return null
  const admin = await createAdmin(tx, account, role, nowMs)
  const changes = [{ path: 'role', before: null, after: role }]
  await tx.auditEvent.create({ data: auditEvent(by, 'admin.create', adminTarget(admin), nowMs, changes) })
  await link(tx, by, admin, account, nowMs)
  return admin
}

async function createAdmin(
  tx: Transaction,
  { claims }: Account,
  role: Role,
  nowMs: number,
  known: { displayName: string | null; email: string | null } = { displayName: null, email: null },
): Promise<AdminRow> {
  const named = readDisplayName(typeof claims.name === 'string' ? claims.name : null)
  return tx.admin.create({
    data: {
      username: await freeUsername(tx, claims),
      passwordHash: '',
      role,
      displayName: known.displayName ?? (named.ok ? named.value : null),
      email: known.email ?? verifiedEmail(claims),
      createdAt: new Date(nowMs),
    },
    select: ADMIN_COLUMNS,
  })
}

/** The preferred username, or the e-mail address, or "person"; with a number where another admin has it. */
async function freeUsername(tx: Transaction, claims: Claims): Promise<string> {
  const wanted = [claims.preferred_username, shownEmail(claims), 'person'].flatMap((name) => {
    const read = typeof name === 'string' ? readNewUsername(name) : null
    return read?.ok === true ? [read.value] : []
  })
  const base = wanted[0] ?? 'person'
  for (let number = 1; number <= NAMES_TRIED; number++) {
    const name = number === 1 ? base : `${base.slice(0, 60)}-${number}`
    if ((await tx.admin.count({ where: { username: name } })) === 0) return name
  }
  return `${base.slice(0, 50)}-${nowSuffix()}`
}

function nowSuffix(): string {
  return crypto.randomUUID().slice(0, 8)
}

async function link(
  tx: Transaction,
  by: Actor,
  admin: AdminRow,
  { issuer, subject, claims }: Account,
  nowMs: number,
): Promise<void> {
  const email = shownEmail(claims)
  await tx.adminIdentity.create({
    data: { adminId: admin.id, issuer, subject, email, createdAt: new Date(nowMs) },
  })
  const changes = [
    { path: 'issuer', before: null, after: issuer },
    { path: 'subject', before: null, after: subject },
    { path: 'email', before: null, after: email },
  ]
  await tx.auditEvent.create({
    data: auditEvent(by, 'admin.link_identity', adminTarget(admin), nowMs, changes),
  })
}

/** Gives the admin the role that the provider says. The last enabled owner stays one. */
async function withRole(
  tx: Transaction,
  by: Actor,
  admin: AdminRow,
  role: Role,
  nowMs: number,
): Promise<AdminRow> {
  if (admin.role === role) return admin
  const others = { role: 'OWNER', disabledAt: null, id: { not: admin.id } }
  if (admin.role === 'OWNER' && (await tx.admin.count({ where: others })) === 0) return admin
  const changes = [{ path: 'role', before: admin.role, after: role }]
  await tx.auditEvent.create({ data: auditEvent(by, 'admin.update', adminTarget(admin), nowMs, changes) })
  // A link that was made for what the admin might do so far sets no password of somebody who may more.
  await tx.adminPasswordLink.deleteMany({ where: { adminId: admin.id } })
  return tx.admin.update({ where: { id: admin.id }, data: { role }, select: ADMIN_COLUMNS })
}

/** Gives a key manager the owners whose external ids the claim has. */
async function setOwners(
  tx: Transaction,
  by: Actor,
  { ownersClaim }: SsoProvider,
  { claims }: Account,
  admin: AdminRow,
  nowMs: number,
): Promise<void> {
  if (ownersClaim === null || admin.role !== 'KEY_MANAGER') return
  const externalIds = [...new Set(claimValues(claims, ownersClaim))]
  const owners = await tx.owner.findMany({
    where: { externalId: { in: externalIds } },
    select: { id: true },
    orderBy: { id: 'asc' },
    take: OWNERS_MAX,
  })
  const after = owners.map(({ id }) => id)
  const rows = await tx.adminOwner.findMany({ where: { adminId: admin.id }, orderBy: { ownerId: 'asc' } })
  const before = rows.map(({ ownerId }) => ownerId)
  if (before.join() === after.join()) return
  await replaceOwners(tx, admin.id, after)
  const changes: FieldChange[] = [{ path: 'owners', before, after }]
  await tx.auditEvent.create({ data: auditEvent(by, 'admin.update', adminTarget(admin), nowMs, changes) })
}

async function replaceOwners(tx: Transaction, adminId: number, ownerIds: number[]): Promise<void> {
  await tx.adminOwner.deleteMany({ where: { adminId } })
  await tx.adminOwner.createMany({ data: ownerIds.map((ownerId) => ({ adminId, ownerId })) })
}
