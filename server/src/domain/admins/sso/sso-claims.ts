// What the claims of a provider say of a person: pure, and of bounded work, since the provider's admins write them and not ours.
import { isObject } from '../../is-object.ts'
import { ROLES, type Role } from '../permissions.ts'
import type { RoleRule } from './sso-input.ts'

export type Claims = Readonly<Record<string, unknown>>

const VALUES_MAX = 1_000
const VALUE_MAX = 500
// RFC 5321 §4.5.3.1.3, without the angle brackets.
const EMAIL_MAX = 254

/**
 * The texts of a claim: one text, or a list of them; at most 1,000, and none of more than 500 characters. A name that no claim has is
 * read as a path: `realm_access.roles`.
 */
export function claimValues(claims: Claims, name: string): string[] {
  const value = valueAt(claims, name)
  const list = Array.isArray(value) ? value.slice(0, VALUES_MAX) : [value]
  return list.filter((each): each is string => typeof each === 'string' && each.length <= VALUE_MAX)
}

/** The highest role that a value is mapped to; else the default, which is null where nobody without one is let in. */
export function mappedRole(
  claims: Claims,
  claim: string,
  rules: readonly RoleRule[],
  defaultRole: Role | null,
): Role | null {
  const values = new Set(claimValues(claims, claim))
  const given = new Set(rules.filter(({ value }) => values.has(value)).map(({ role }) => role))
  return ROLES.find((role) => given.has(role)) ?? defaultRole
}

/** The e-mail address that the provider says it has verified, in lower case; null: none. Only `true` counts (OpenID Connect Core §5.1). */
export function verifiedEmail(claims: Claims): string | null {
  return claims.email_verified === true ? shownEmail(claims) : null
}

/** The e-mail address, verified or not, in lower case; null: none that could be one. */
export function shownEmail({ email }: Claims): string | null {
  if (typeof email !== 'string' || email.length > EMAIL_MAX) return null
  return /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(email) && email.indexOf('@') === email.lastIndexOf('@')
    ? email.toLowerCase()
    : null
}

/** Whether an e-mail address is of one of the domains; a subdomain is another domain. */
export function isOfDomains(email: string, domains: readonly string[]): boolean {
  return domains.includes(email.slice(email.lastIndexOf('@') + 1))
}

function valueAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name]
  let value: unknown = claims
  for (const part of name.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, part)) return undefined
    value = value[part]
  }
  return value
}
