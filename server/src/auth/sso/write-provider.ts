// Setting up the provider, changing and removing it. It decides who administers, so only those do who may: settings:write alone is not
// enough, since who names the provider could sign in as anybody.
import type { Actor } from '../../domain/admins/actor.ts'
import type { Role } from '../../domain/admins/permissions.ts'
import {
  DEFAULT_SSO_SCOPES,
  readButtonLabel,
  readClaim,
  readClientId,
  readClientSecret,
  readEmailDomains,
  readIssuer,
  readRoleMapping,
  readSsoScopes,
} from '../../domain/admins/sso/sso-input.ts'
import { type AuditTarget, auditEvent } from '../../domain/audit/audit-event.ts'
import { changesBetween, secretChange } from '../../domain/audit/field-changes.ts'
import { failed, ok, problemsOf, type Result, stale } from '../../domain/user-error.ts'
import { lockAlone } from '../../store/transaction-locks.ts'
import { mayDecideAdmins } from '../admins/admin-row.ts'
import type { Session } from '../session.ts'
import { readSignInRules } from '../sessions/read-sign-in-rules.ts'
import {
  type ProviderDeps,
  readProvider,
  SSO_PROVIDER_ID,
  type SsoProvider,
  sealProviderSecret,
} from './provider-row.ts'

/** What is undefined stays as it is; null clears. */
export type ProviderInput = {
  issuer?: string | null | undefined
  clientId?: string | null | undefined
  /** Write-only. */
  clientSecret?: string | null | undefined
  scopes?: readonly string[] | null | undefined
  buttonLabel?: string | null | undefined
  roleClaim?: string | null | undefined
  roleMapping?: readonly { value: string; role: string }[] | null | undefined
  defaultRole?: Role | null | undefined
  emailDomains?: readonly string[] | null | undefined
  createsAdmins?: boolean | null | undefined
  linksVerifiedEmails?: boolean | null | undefined
  ownersClaim?: string | null | undefined
  expectedVersion: number | null
}

export const SSO_TARGET: AuditTarget = { type: 'SsoProvider', id: 'sso', label: 'sso' }

/** Sets the provider up, or changes it. Another issuer needs the client secret again, and ends the sessions that the former one opened. */
export async function updateProvider(
  deps: ProviderDeps,
  actor: Actor,
  session: Session | null,
  input: ProviderInput,
): Promise<Result<SsoProvider>> {
  const allowed = mayDecideAdmins(actor)
  if (!allowed.ok) return allowed
  const { store, clock, encryptionKey } = deps
  return store.prisma.$transaction(async (tx) => {
    await lockAlone(store, tx, 'SETTINGS')
    const before = await readProvider(tx)
    if (input.expectedVersion !== null && input.expectedVersion !== (before?.version ?? 0))
      return stale('provider')
    const read = readValues(deps, input, before)
    if (!read.ok) return read
    const { value } = read
    const isMoved = before !== null && before.issuer !== value.issuer
    const secret = input.clientSecret
    if (isMoved && before.hasClientSecret && secret === undefined)
      return failed(
        'REQUIRED',
        'clientSecret',
        'clientSecret: send it again, since another issuer must not get it; null: there is none.',
      )
    const changes = changesBetween(before === null ? null : audited(before), audited(value))
    if (secret !== undefined) changes.push(secretChange('clientSecret'))
    if (changes.length === 0 && before !== null) return ok(before)
    const nowMs = clock()
    const data = {
      ...value,
      scopes: value.scopes.join(' '),
      roleMapping: JSON.stringify(value.roleMapping),
      emailDomains: value.emailDomains?.join(' ') ?? null,
      updatedAt: new Date(nowMs),
      version: (before?.version ?? 0) + 1,
      ...(secret === undefined
        ? {}
        : {
            encryptedClientSecret:
              secret === null ? null : sealProviderSecret(encryptionKey, value.issuer, secret, nowMs),
          }),
    }
    await tx.ssoProvider.upsert({
      where: { id: SSO_PROVIDER_ID },
      create: { id: SSO_PROVIDER_ID, ...data },
      update: data,
    })
    if (isMoved) await endSessionsOf(tx, before.issuer, session)
    await tx.auditEvent.create({
      data: auditEvent(actor, 'sso_provider.update', SSO_TARGET, nowMs, changes),
    })
    const after = await readProvider(tx)
    return after === null ? stale('provider') : ok(after)
  })
}

/** Removes the provider and ends the sessions that it has opened, but for the one that asks. Linked accounts stay, for when it returns. */
export async function deleteProvider(
  { store, clock }: ProviderDeps,
  actor: Actor,
  session: Session | null,
): Promise<Result<null>> {
  const allowed = mayDecideAdmins(actor)
  if (!allowed.ok) return allowed
  return store.prisma.$transaction(async (tx) => {
    await lockAlone(store, tx, 'SETTINGS')
    const before = await readProvider(tx)
    if (before === null) return failed('NOT_FOUND', null, 'No provider is set up.')
    if (!(await readSignInRules(tx)).passwords)
      return failed('IN_USE', null, 'Sign-in with passwords is switched off. Switch it on first.')
    await tx.ssoProvider.delete({ where: { id: SSO_PROVIDER_ID } })
    await endSessionsOf(tx, before.issuer, session)
    await tx.auditEvent.create({
      data: auditEvent(
        actor,
        'sso_provider.delete',
        SSO_TARGET,
        clock(),
        changesBetween(audited(before), null),
      ),
    })
    return ok(null)
  })
}

type Values = Omit<SsoProvider, 'hasClientSecret' | 'version' | 'updatedAt'>
type Transaction = Parameters<Parameters<ProviderDeps['store']['prisma']['$transaction']>[0]>[0]

function readValues(
  { addressPolicy }: ProviderDeps,
  input: ProviderInput,
  before: SsoProvider | null,
): Result<Values> {
  const issuer = readIssuer(input.issuer ?? before?.issuer ?? '', addressPolicy)
  const clientId = readClientId(input.clientId ?? before?.clientId ?? '')
  const secret = readClientSecret(input.clientSecret ?? null)
  const scopes = readSsoScopes(
    input.scopes === undefined ? (before?.scopes ?? DEFAULT_SSO_SCOPES) : input.scopes,
  )
  const label = readButtonLabel(input.buttonLabel ?? before?.buttonLabel ?? 'SSO')
  const roleClaim = claimOf(input.roleClaim, before?.roleClaim, 'roleClaim')
  const ownersClaim = claimOf(input.ownersClaim, before?.ownersClaim, 'ownersClaim')
  const mapping = readRoleMapping(
    input.roleMapping === undefined ? (before?.roleMapping ?? []) : (input.roleMapping ?? []),
  )
  const domains = readEmailDomains(
    input.emailDomains === undefined ? (before?.emailDomains ?? null) : input.emailDomains,
  )
  if (
    !issuer.ok ||
    !clientId.ok ||
    !secret.ok ||
    !scopes.ok ||
    !label.ok ||
    !roleClaim.ok ||
    !ownersClaim.ok ||
    !mapping.ok ||
    !domains.ok
  ) {
    const all = [issuer, clientId, secret, scopes, label, roleClaim, ownersClaim, mapping, domains]
    return { ok: false, errors: problemsOf(...all) }
  }
  const values = {
    issuer: issuer.value,
    clientId: clientId.value,
    scopes: scopes.value,
    buttonLabel: label.value,
    roleClaim: roleClaim.value,
    roleMapping: mapping.value,
    defaultRole: input.defaultRole === undefined ? (before?.defaultRole ?? null) : input.defaultRole,
    emailDomains: domains.value,
    createsAdmins: input.createsAdmins ?? before?.createsAdmins ?? false,
    linksVerifiedEmails: input.linksVerifiedEmails ?? before?.linksVerifiedEmails ?? false,
    ownersClaim: ownersClaim.value,
  }
  return withinReason(values)
}

function claimOf(sent: string | null | undefined, before: string | null | undefined, field: string) {
  return readClaim(sent === undefined ? (before ?? null) : sent, field)
}

/** What could only be a mistake. */
function withinReason(values: Values): Result<Values> {
  const { roleClaim, roleMapping, defaultRole, createsAdmins } = values
  if (roleClaim === null && roleMapping.length > 0)
    return failed('REQUIRED', 'roleClaim', 'roleMapping maps the values of roleClaim: name the claim.')
  if (roleClaim !== null && roleMapping.length === 0 && defaultRole === null)
    return failed(
      'REQUIRED',
      'roleMapping',
      'Nobody could sign in: map a value of roleClaim, or set defaultRole.',
    )
  if (createsAdmins && roleClaim === null && defaultRole === null)
    return failed('REQUIRED', 'defaultRole', 'New admins need a role: set defaultRole, or roleClaim.')
  return ok(values)
}

/** As the audit trail keeps it. The client secret is not there. */
function audited({ issuer, clientId, scopes, buttonLabel, ...rest }: Values) {
  const { roleClaim, roleMapping, defaultRole, emailDomains, createsAdmins, linksVerifiedEmails } = rest
  const roles = roleMapping.map(({ value, role }) => `${value}=${role}`)
  const { ownersClaim } = rest
  const plain = {
    issuer,
    clientId,
    scopes,
    buttonLabel,
    roleClaim,
    roleMapping: roles,
    defaultRole,
    ownersClaim,
  }
  return { ...plain, emailDomains, createsAdmins, linksVerifiedEmails }
}

async function endSessionsOf(tx: Transaction, issuer: string, session: Session | null): Promise<void> {
  await tx.adminSession.deleteMany({
    where: { ssoIssuer: issuer, ...(session === null ? {} : { tokenHash: { not: session.tokenHash } }) },
  })
}
