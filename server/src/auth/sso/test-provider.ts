// Tries the provider step by step, and names for each what is wrong: before anybody is sent there.
import type { ServerMetadata } from 'openid-client'
import type { Actor } from '../../domain/admins/actor.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { isObject } from '../../domain/is-object.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { mayDecideAdmins } from '../admins/admin-row.ts'
import { ASYMMETRIC_ALGORITHMS } from './algorithms.ts'
import { createCheckedFetch } from './checked-fetch.ts'
import { browserUrl, configurationOf, discoverNow, openidClient } from './provider-client.ts'
import { type ProviderDeps, readProvider, type SsoProvider } from './provider-row.ts'
import { failureOf } from './sso-failure.ts'
import { SSO_TARGET } from './write-provider.ts'

export const SSO_TEST_STEPS = [
  'DISCOVERY',
  'ENDPOINTS',
  'PKCE',
  'SIGNATURES',
  'KEYS',
  'CLIENT',
  'SIGN_OUT',
] as const
export type SsoTestStep = (typeof SSO_TEST_STEPS)[number]

/** `message`: what was found, or what to change. */
export type SsoTestResult = { step: SsoTestStep; ok: boolean; message: string }

/** The steps in their order; the first that fails may leave out those that need it. */
export async function testProvider(deps: ProviderDeps, actor: Actor): Promise<Result<SsoTestResult[]>> {
  const allowed = mayDecideAdmins(actor)
  if (!allowed.ok) return allowed
  const { store, clock } = deps
  const provider = await readProvider(store.prisma)
  if (provider === null) return failed('NOT_FOUND', null, 'No provider is set up.')
  const results = await stepsOf(deps, provider)
  const wrong = results.filter((result) => !result.ok).map(({ step }) => step)
  const changes = [{ path: 'failed', before: null, after: wrong }]
  await store.prisma.auditEvent.create({
    data: auditEvent(actor, 'sso_provider.test', SSO_TARGET, clock(), changes),
  })
  return ok(results)
}

async function stepsOf(deps: ProviderDeps, provider: SsoProvider): Promise<SsoTestResult[]> {
  const found = await discoverNow(deps, provider.issuer)
  if (!found.ok) {
    const message = `${found.errors[0]?.message ?? ''} ${found.detail ?? ''}`.trim()
    return [{ step: 'DISCOVERY', ok: false, message }]
  }
  const { metadata } = found
  return [
    { step: 'DISCOVERY', ok: true, message: `The provider names itself ${metadata.issuer}.` },
    endpoints(metadata),
    pkce(metadata),
    signatures(metadata),
    await keys(deps, metadata),
    await client(deps, provider, metadata),
    signOut(metadata),
  ]
}

function endpoints(metadata: ServerMetadata): SsoTestResult {
  const names = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const
  const wrong = names.filter((name) => browserUrl(metadata[name]) === null)
  const message =
    wrong.length === 0
      ? 'All that are needed are https:// URLs.'
      : `These are absent, or no https:// URL: ${wrong.join(', ')}.`
  return { step: 'ENDPOINTS', ok: wrong.length === 0, message }
}

/** A provider that says nothing of it takes it, or ignores it: RFC 7636 §5. */
function pkce({ code_challenge_methods_supported: methods }: ServerMetadata): SsoTestResult {
  const isKnown = methods === undefined || methods.includes('S256')
  const message = isKnown
    ? methods === undefined
      ? 'The provider does not say whether it has PKCE; it is sent.'
      : 'S256 is supported.'
    : 'The provider has PKCE without S256, which is needed.'
  return { step: 'PKCE', ok: isKnown, message }
}

function signatures({ id_token_signing_alg_values_supported: sent }: ServerMetadata): SsoTestResult {
  const usable = (sent ?? ['RS256']).filter((name) => ASYMMETRIC_ALGORITHMS.includes(name))
  const message =
    usable.length > 0
      ? `ID tokens may be signed with ${usable.slice(0, 20).join(', ')}.`
      : `ID tokens must be signed with one of ${ASYMMETRIC_ALGORITHMS.join(', ')}.`
  return { step: 'SIGNATURES', ok: usable.length > 0, message }
}

async function keys(deps: ProviderDeps, { jwks_uri: url }: ServerMetadata): Promise<SsoTestResult> {
  if (url === undefined) return { step: 'KEYS', ok: false, message: 'The provider names no jwks_uri.' }
  try {
    const response = await createCheckedFetch(deps)(url, { headers: { accept: 'application/json' } })
    const json: unknown = await response.json()
    const list = isObject(json) && Array.isArray(json.keys) ? json.keys : []
    const message = list.length > 0 ? `${list.length} keys.` : `Status ${response.status}, and no keys.`
    return { step: 'KEYS', ok: list.length > 0, message }
  } catch (error) {
    return { step: 'KEYS', ok: false, message: messageOf(error) }
  }
}

/** A code that nobody was given: who is known gets invalid_grant for it, and who is not, invalid_client (RFC 6749 §5.2). */
async function client(
  deps: ProviderDeps,
  provider: SsoProvider,
  metadata: ServerMetadata,
): Promise<SsoTestResult> {
  const library = await openidClient()
  try {
    const configuration = await configurationOf(deps, provider, metadata)
    await library.genericGrantRequest(configuration, 'authorization_code', {
      code: 'latchkey-test',
      redirect_uri: 'https://latchkey.invalid/',
      code_verifier: library.randomPKCECodeVerifier(),
    })
  } catch (error) {
    const { fault } = failureOf(error, 'exchange')
    if (fault === 'SIGN_IN_ENDED')
      return { step: 'CLIENT', ok: true, message: 'The provider knows the client id and the client secret.' }
    return { step: 'CLIENT', ok: false, message: messageOf(error) }
  }
  return { step: 'CLIENT', ok: false, message: 'The provider takes a code that it never gave.' }
}

/** Nothing that signing in needs, so it is never wrong. */
function signOut(metadata: ServerMetadata): SsoTestResult {
  const ends = browserUrl(metadata.end_session_endpoint) !== null
  const tells = metadata.backchannel_logout_supported === true
  const message = `Signing out here ${ends ? 'signs out' : 'does not sign out'} at the provider; signing out there ${tells ? 'can end' : 'does not end'} sessions here.`
  return { step: 'SIGN_OUT', ok: true, message }
}

function messageOf(error: unknown): string {
  const { errors, detail } = failureOf(error, 'exchange')
  return `${errors[0]?.message ?? ''} ${detail ?? ''}`.trim()
}
