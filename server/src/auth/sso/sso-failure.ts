// What went wrong at the provider, from what the libraries throw.
import type { SsoFault } from '../../domain/admins/sso/sso-fault.ts'
import { ssoMessage } from '../../domain/admins/sso/sso-fault.ts'
import { type UserError, type UserErrorCode, userError } from '../../domain/user-error.ts'

/** A sign-in that did not come to its end. `detail`: for the audit trail, without anything that is secret; null: nothing to add. */
export type SsoFailure = { ok: false; errors: UserError[]; fault: SsoFault; detail: string | null }

export type SsoResult<Value> = { ok: true; value: Value } | SsoFailure

type Chain = (Error | Response)[]

const DETAIL_MAX = 300

// What a person can set right in the request is WRONG_CREDENTIALS, all else FORBIDDEN.
const CODES: Partial<Record<SsoFault, UserErrorCode>> = {
  SIGN_IN_ENDED: 'WRONG_CREDENTIALS',
  INVITATION_ENDED: 'WRONG_CREDENTIALS',
  NOT_CONFIGURED: 'NOT_FOUND',
  TOO_MANY: 'THROTTLED',
}

/** It went well. */
export function ssoOk<Value>(value: Value): SsoResult<Value> {
  return { ok: true, value }
}

/** `fault` decides what the client is told; `detail` is for the audit trail and for an admin who tests the provider. */
export function ssoFailed(fault: SsoFault, detail: string | null = null): SsoFailure {
  const error = userError(CODES[fault] ?? 'FORBIDDEN', null, ssoMessage(fault), null)
  return { ok: false, errors: [error], fault, detail }
}

/** The fault of a result that failed; null for any other. */
export function faultIn(result: object): SsoFault | null {
  return 'fault' in result ? (result as SsoFailure).fault : null
}

/** An error while the provider was asked who it is, or for a token (`exchange`). Never repeats what was sent or received but error codes. */
export function failureOf(error: unknown, step: 'discovery' | 'exchange'): SsoFailure {
  const chain = causesOf(error)
  const code = textOf(chain, 'code')
  const oauthError = textOf(chain, 'error')
  const message = error instanceof Error ? error.message : String(error)
  const detail = [oauthError ?? message, code === oauthError ? null : code]
    .filter((part) => part !== null)
    .join(', ')
    .slice(0, DETAIL_MAX)
  return ssoFailed(faultOf(chain, code, oauthError, step), detail)
}

function faultOf(
  chain: Chain,
  code: string | null,
  oauthError: string | null,
  step: 'discovery' | 'exchange',
): SsoFault {
  const names = chain.map((each) => (each instanceof Error ? each.name : ''))
  if (names.includes('AuthorizationResponseError')) return 'DENIED_AT_PROVIDER'
  if (oauthError === 'invalid_client' || oauthError === 'unauthorized_client') return 'CLIENT_REFUSED'
  // The token endpoint asks for other client credentials (RFC 6749 §5.2).
  if (names.includes('WWWAuthenticateChallengeError')) return 'CLIENT_REFUSED'
  if (oauthError === 'invalid_grant') return 'SIGN_IN_ENDED'
  if (oauthError !== null) return 'PROVIDER_INVALID'
  if (code === 'ETOOLARGE') return 'PROVIDER_INVALID'
  const isOfLibrary = code?.startsWith('OAUTH_') === true
  if (code === 'OAUTH_TIMEOUT' || code === 'OAUTH_ABORT' || names.includes('TimeoutError'))
    return 'PROVIDER_UNREACHABLE'
  if (code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' && (statusIn(chain) ?? 0) >= 500) return 'PROVIDER_UNREACHABLE'
  if (!isOfLibrary && code !== null && /^[EUC]/.test(code)) return 'PROVIDER_UNREACHABLE'
  if (step === 'discovery' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' || code === 'OAUTH_PARSE_ERROR')
    return 'PROVIDER_INVALID'
  return 'TOKEN_REFUSED'
}

/** The error with its causes, at most five deep: errors and responses, nothing of what they hold. */
function causesOf(error: unknown): Chain {
  const chain: Chain = []
  let each: unknown = error
  while ((each instanceof Error || each instanceof Response) && chain.length < 5) {
    chain.push(each)
    each = each instanceof Error ? each.cause : null
  }
  return chain
}

/** The last text of this name: what is innermost says it best. */
function textOf(chain: Chain, name: 'code' | 'error'): string | null {
  const found = chain.map((each) => (each as { code?: unknown; error?: unknown })[name]).filter(isText)
  const text = found.at(-1)
  return text === undefined ? null : text.slice(0, 100)
}

function statusIn(chain: Chain): number | null {
  return chain.find((each) => each instanceof Response)?.status ?? null
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
