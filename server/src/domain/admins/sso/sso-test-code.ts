// What a step of the test of a sign-in provider found, as codes: for programs, and for the console, which says it in its reader's language.
import type { SsoFault } from './sso-fault.ts'

/** Each code with its meaning. First those of steps that went well. */
export const SSO_TEST_CODES = {
  ISSUER_FOUND: 'The provider responds, and names itself as its issuer.',
  ENDPOINTS_FOUND: 'All addresses that are needed are https:// URLs.',
  PKCE_SUPPORTED: 'S256 is supported.',
  PKCE_NOT_SAID: 'The provider does not say whether it has PKCE; it is sent.',
  SIGNATURES_USABLE: 'ID tokens may be signed with one of `names`.',
  KEYS_FOUND: 'The provider has keys.',
  CLIENT_KNOWN: 'The provider knows the client id and the client secret.',
  SIGN_OUT_BOTH: 'Signing out here signs out at the provider, and signing out there can end sessions here.',
  SIGN_OUT_HERE: 'Signing out here signs out at the provider; signing out there does not end sessions here.',
  SIGN_OUT_THERE:
    'Signing out here does not sign out at the provider; signing out there can end sessions here.',
  SIGN_OUT_NEITHER:
    'Signing out here does not sign out at the provider; signing out there does not end sessions here.',
  ENDPOINTS_MISSING: 'The addresses of `names` are absent, or no https:// URL.',
  PKCE_WITHOUT_S256: 'The provider has PKCE without S256, which is needed.',
  SIGNATURES_UNUSABLE: 'ID tokens must be signed with one of `names`.',
  KEYS_URL_MISSING: 'The provider names no jwks_uri.',
  KEYS_MISSING: 'There are no keys at the jwks_uri of the provider.',
  CODE_ACCEPTED: 'The provider takes a code that it never gave.',
  FAILED: 'A request to the provider failed: `fault` says why.',
} as const

export type SsoTestCode = keyof typeof SSO_TEST_CODES

/** The numbers and names of a code; absent: it has none of this kind. */
export type SsoTestDetail = {
  issuer?: string
  /** Of addresses, or of algorithms: the first 20. */
  names?: string[]
  /** How many keys there are. */
  keys?: number
  /** Of HTTP. */
  status?: number
  fault?: SsoFault
  /** What the provider or the connection reported, in technical words: up to 300 characters. */
  reported?: string
}
