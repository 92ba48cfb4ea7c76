// The rules for what is written on the provider of OpenID Connect that people sign in at.
import { displayTextFault } from '../../display-text.ts'
import { readDisplayText } from '../../read-display-text.ts'
import { isLoopbackHost } from '../../upstreams/loopback-host.ts'
import { type AddressPolicy, addressFaultMessage, hostFault } from '../../upstreams/upstream-address.ts'
import { failed, ok, type Result } from '../../user-error.ts'
import { ROLES, type Role } from '../permissions.ts'

const URL_MAX = 2_048
const CLIENT_ID_MAX = 255
const LABEL_MAX = 60
const SCOPES_MAX = 20
const CLAIM_MAX = 200
const RULES_MAX = 100
const VALUE_MAX = 200
const DOMAINS_MAX = 100

/** The least that the text may be sent with before it is trimmed. */
const SENT_SPACES = 100

export const DEFAULT_SSO_SCOPES: readonly string[] = ['openid', 'profile', 'email']

/** A value of the role claim, and what it makes of a person here. */
export type RoleRule = { value: string; role: Role }

/**
 * An https URL of an issuer, as its tokens have it in `iss`; http on this machine alone, since whoever changes what it sends decides
 * who administers. Its host is one that requests may be sent to.
 */
export function readIssuer(sent: string, policy: AddressPolicy): Result<string> {
  if (sent.length > URL_MAX + SENT_SPACES)
    return failed('TOO_LONG', 'issuer', `issuer must have at most ${URL_MAX} characters.`, {
      maxLength: URL_MAX,
    })
  const text = sent.trim()
  if (text === '') return failed('REQUIRED', 'issuer', 'issuer must not be empty: say who the provider is.')
  if (text.length > URL_MAX)
    return failed('TOO_LONG', 'issuer', `issuer must have at most ${URL_MAX} characters.`, {
      maxLength: URL_MAX,
    })
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !isSafeUrl(url))
    return failed('INVALID', 'issuer', 'issuer must be an https:// URL; http:// is for this machine alone.')
  // Never repeated: it may be a password.
  if (url.username !== '' || url.password !== '')
    return failed('INVALID', 'issuer', 'issuer must not hold a user or password.')
  if (/[?#]/.test(text)) return failed('INVALID', 'issuer', 'issuer must not have a query or fragment.')
  if (url.pathname.includes('/.well-known/'))
    return failed('INVALID', 'issuer', 'issuer must be without /.well-known/…: that is added to it.')
  const fault = hostFault(url.hostname, policy)
  if (fault !== null)
    return failed('INVALID', 'issuer', `issuer: ${addressFaultMessage(fault, url.hostname)}`)
  return ok(text)
}

/** Whether requests of signing in may go to a URL, and browsers be sent to it. */
export function isSafeUrl(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}

/** 1 to 255 printable ASCII characters. */
export function readClientId(sent: string): Result<string> {
  if (sent === '') return failed('REQUIRED', 'clientId', 'clientId must not be empty.')
  if (/^[\x20-\x7e]{1,255}$/.test(sent)) return ok(sent)
  const message = `clientId must be printable ASCII, 1 to ${CLIENT_ID_MAX} characters.`
  return failed(sent.length > CLIENT_ID_MAX ? 'TOO_LONG' : 'INVALID', 'clientId', message, {
    maxLength: CLIENT_ID_MAX,
  })
}

/** 1 to 4,096 printable ASCII characters; null: a public client, which has none. */
export function readClientSecret(sent: string | null): Result<string | null> {
  if (sent === null || /^[\x20-\x7e]{1,4096}$/.test(sent)) return ok(sent)
  return failed('INVALID', 'clientSecret', 'clientSecret must be printable ASCII, 1 to 4,096 characters.')
}

/** What is asked for: at most 20 names, `openid` among them. Null: openid, profile and email. */
export function readSsoScopes(sent: readonly string[] | null): Result<string[]> {
  if (sent !== null && sent.length > SCOPES_MAX)
    return failed('TOO_LONG', 'scopes', `scopes must have at most ${SCOPES_MAX} names.`, {
      maxItems: SCOPES_MAX,
    })
  const scopes = [...new Set(sent ?? DEFAULT_SSO_SCOPES)]
  // RFC 6749 §3.3.
  const wrong = scopes.findIndex((scope) => !/^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(scope))
  if (wrong >= 0)
    return failed('INVALID', `scopes[${wrong}]`, 'A scope has 1 to 100 printable characters without spaces.')
  if (!scopes.includes('openid'))
    return failed('REQUIRED', 'scopes', 'scopes must have openid: without it the provider says nobody.')
  return ok(scopes)
}

/** What the button of the sign-in page says behind "Continue with": 1 to 60 characters on one line. */
export function readButtonLabel(sent: string): Result<string> {
  return readDisplayText(sent, {
    field: 'buttonLabel',
    max: LABEL_MAX,
    missing: 'buttonLabel must not be empty.',
  })
}

/** The name of a claim, or its path (`realm_access.roles`); empty or null: none. */
export function readClaim(sent: string | null, field: string): Result<string | null> {
  const claim = sent ?? ''
  if (claim === '') return ok(null)
  if (/^[\x21-\x7e]{1,200}$/.test(claim)) return ok(claim)
  const message = `${field} must have 1 to ${CLAIM_MAX} printable ASCII characters without spaces.`
  return failed(claim.length > CLAIM_MAX ? 'TOO_LONG' : 'INVALID', field, message, { maxLength: CLAIM_MAX })
}

/** At most 100 rules, each value once. */
export function readRoleMapping(sent: readonly { value: string; role: string }[]): Result<RoleRule[]> {
  if (sent.length > RULES_MAX)
    return failed('TOO_LONG', 'roleMapping', `roleMapping must have at most ${RULES_MAX} rules.`, {
      maxItems: RULES_MAX,
    })
  const rules: RoleRule[] = []
  for (const [at, { value, role: name }] of sent.entries()) {
    const field = `roleMapping[${at}]`
    const role = ROLES.find((known) => known === name)
    if (role === undefined)
      return failed('INVALID', `${field}.role`, `role must be one of ${ROLES.join(', ')}.`)
    if (value.length > VALUE_MAX)
      return failed('TOO_LONG', `${field}.value`, `value may have at most ${VALUE_MAX} characters.`, {
        maxLength: VALUE_MAX,
      })
    if (value === '' || displayTextFault(value, { lines: false }) !== null)
      return failed('INVALID', `${field}.value`, `value must have 1 to ${VALUE_MAX} visible characters.`)
    if (rules.some((rule) => rule.value === value))
      return failed('INVALID', `${field}.value`, 'Each value may be there once.')
    rules.push({ value, role })
  }
  return ok(rules)
}

/** At most 100 domains in lower case, without an @; null or none: every domain, and accounts without an e-mail address. */
export function readEmailDomains(sent: readonly string[] | null): Result<string[] | null> {
  if (sent === null || sent.length === 0) return ok(null)
  if (sent.length > DOMAINS_MAX)
    return failed('TOO_LONG', 'emailDomains', `emailDomains must have at most ${DOMAINS_MAX} domains.`, {
      maxItems: DOMAINS_MAX,
    })
  const domains = sent.map((domain) => domain.slice(0, 300).trim().toLowerCase())
  const wrong = domains.findIndex((domain) => !/^(?=.{1,253}$)[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(domain))
  if (wrong >= 0)
    return failed('INVALID', `emailDomains[${wrong}]`, 'A domain looks like example.com, without an @.')
  return ok([...new Set(domains)])
}
