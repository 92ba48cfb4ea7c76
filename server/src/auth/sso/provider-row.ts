// The provider of OpenID Connect as the store has it.
import type { LookupFunction } from 'node:net'
import { type Role, readRole } from '../../domain/admins/permissions.ts'
import { type RoleRule, readRoleMapping } from '../../domain/admins/sso/sso-input.ts'
import { seal, unseal } from '../../domain/upstreams/sealed-secret.ts'
import type { AddressPolicy } from '../../domain/upstreams/upstream-address.ts'
import { ok } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'

/** `lookup`: resolves the provider's name; absent: the system's. */
export type ProviderDeps = {
  store: Store
  clock: () => number
  encryptionKey: Uint8Array
  addressPolicy: AddressPolicy
  lookup?: LookupFunction
}

/** The id of the one row. */
export const SSO_PROVIDER_ID = 1

export type SsoProvider = {
  issuer: string
  clientId: string
  hasClientSecret: boolean
  scopes: string[]
  buttonLabel: string
  /** Null: roles are set here alone. */
  roleClaim: string | null
  roleMapping: RoleRule[]
  /** Null: who has no role at the provider is refused. */
  defaultRole: Role | null
  /** Null: accounts of any domain, and without an e-mail address. */
  emailDomains: string[] | null
  createsAdmins: boolean
  linksVerifiedEmails: boolean
  ownersClaim: string | null
  version: number
  updatedAt: Date
}

type Providers = Pick<Store['prisma'], 'ssoProvider'>

/** Null where none is set up. */
export async function readProvider(db: Providers): Promise<SsoProvider | null> {
  const row = await db.ssoProvider.findUnique({ where: { id: SSO_PROVIDER_ID } })
  if (row === null) return null
  const { id: _id, encryptedClientSecret, scopes, roleMapping, defaultRole, emailDomains, ...plain } = row
  return {
    ...plain,
    hasClientSecret: encryptedClientSecret !== null,
    scopes: scopes.split(' '),
    roleMapping: storedMapping(roleMapping),
    defaultRole: defaultRole === null ? null : readRole(defaultRole),
    emailDomains: emailDomains?.split(' ') ?? null,
  }
}

/** The opened client secret of the row; null: a public client. Throws where it was sealed under another key, or for another issuer. */
export async function readProviderSecret(
  { encryptionKey }: Pick<ProviderDeps, 'encryptionKey'>,
  db: Providers,
): Promise<string | null> {
  const row = await db.ssoProvider.findUnique({ where: { id: SSO_PROVIDER_ID } })
  if (row === null || row.encryptedClientSecret === null) return null
  const secret = unseal(encryptionKey, placeOf(row.issuer), row.encryptedClientSecret)
  if (secret === null) throw new Error('The client secret of the provider cannot be opened. Set it again.')
  return secret
}

/** The client secret, sealed for its issuer: in the row of another issuer it does not open. */
export function sealProviderSecret(
  encryptionKey: Uint8Array,
  issuer: string,
  secret: string,
  nowMs: number,
): string {
  return seal(encryptionKey, placeOf(issuer), secret, nowMs)
}

/** The place that the secret is sealed for: with another issuer, it does not open. */
function placeOf(issuer: string): string {
  return `client secret at ${issuer}`
}

/** A mapping that cannot be read maps nothing. */
function storedMapping(text: string): RoleRule[] {
  const parsed: unknown = JSON.parse(text)
  const read = Array.isArray(parsed) ? readRoleMapping(parsed as RoleRule[]) : ok<RoleRule[]>([])
  return read.ok ? read.value : []
}
