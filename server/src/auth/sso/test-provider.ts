// Tries the provider step by step, and names for each what is wrong: before anybody is sent there.
import type { ServerMetadata } from 'openid-client'
import type { Actor } from '../../domain/admins/actor.ts'
import {
  SSO_TEST_CODES,
  type SsoTestCode,
  type SsoTestDetail,
} from '../../domain/admins/sso/sso-test-code.ts'
import { auditEvent } from '../../domain/audit/audit-event.ts'
import { isObject } from '../../domain/is-object.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { mayDecideAdmins } from '../admins/admin-row.ts'
import { ASYMMETRIC_ALGORITHMS } from './algorithms.ts'
import { createCheckedFetch } from './checked-fetch.ts'
import { browserUrl, configurationOf, discoverNow, openidClient } from './provider-client.ts'
import { type ProviderDeps, readProvider, type SsoProvider } from './provider-row.ts'
import { failureOf, type SsoFailure } from './sso-failure.ts'
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

const NAMES_MAX = 20

/** `message`: what was found, or what to change, in English; `code` and `detail`: the same for programs. */
export type SsoTestResult = {
  step: SsoTestStep
  ok: boolean
  code: SsoTestCode
  detail: SsoTestDetail
  message: string
}

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
  if (!found.ok) return [failedStep('DISCOVERY', found)]
  const { metadata } = found
  return [
    step(
      'DISCOVERY',
      true,
      'ISSUER_FOUND',
      { issuer: metadata.issuer },
      `The provider names itself ${metadata.issuer}.`,
    ),
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
  if (wrong.length === 0) return plainStep('ENDPOINTS', true, 'ENDPOINTS_FOUND')
  const message = `These are absent, or no https:// URL: ${wrong.join(', ')}.`
  return step('ENDPOINTS', false, 'ENDPOINTS_MISSING', { names: wrong }, message)
}

/** A provider that says nothing of it takes it, or ignores it: RFC 7636 §5. */
function pkce({ code_challenge_methods_supported: methods }: ServerMetadata): SsoTestResult {
  if (methods === undefined) return plainStep('PKCE', true, 'PKCE_NOT_SAID')
  return methods.includes('S256')
    ? plainStep('PKCE', true, 'PKCE_SUPPORTED')
    : plainStep('PKCE', false, 'PKCE_WITHOUT_S256')
}

function signatures({ id_token_signing_alg_values_supported: sent }: ServerMetadata): SsoTestResult {
  const usable = (sent ?? ['RS256'])
    .filter((name) => ASYMMETRIC_ALGORITHMS.includes(name))
    .slice(0, NAMES_MAX)
  const isUsable = usable.length > 0
  const names = isUsable ? usable : [...ASYMMETRIC_ALGORITHMS]
  const message = `ID tokens ${isUsable ? 'may be signed with' : 'must be signed with one of'} ${names.join(', ')}.`
  const code = isUsable ? 'SIGNATURES_USABLE' : 'SIGNATURES_UNUSABLE'
  return step('SIGNATURES', isUsable, code, { names }, message)
}

async function keys(deps: ProviderDeps, { jwks_uri: url }: ServerMetadata): Promise<SsoTestResult> {
  if (url === undefined) return plainStep('KEYS', false, 'KEYS_URL_MISSING')
  try {
    const response = await createCheckedFetch(deps)(url, { headers: { accept: 'application/json' } })
    const json: unknown = await response.json()
    const list = isObject(json) && Array.isArray(json.keys) ? json.keys : []
    const { status } = response
    return list.length > 0
      ? step('KEYS', true, 'KEYS_FOUND', { keys: list.length }, `${list.length} keys.`)
      : step('KEYS', false, 'KEYS_MISSING', { status }, `Status ${status}, and no keys.`)
  } catch (error) {
    return failedStep('KEYS', failureOf(error, 'exchange'))
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
    const failure = failureOf(error, 'exchange')
    return failure.fault === 'SIGN_IN_ENDED'
      ? plainStep('CLIENT', true, 'CLIENT_KNOWN')
      : failedStep('CLIENT', failure)
  }
  return plainStep('CLIENT', false, 'CODE_ACCEPTED')
}

/** Nothing that signing in needs, so it is never wrong. */
function signOut(metadata: ServerMetadata): SsoTestResult {
  const ends = browserUrl(metadata.end_session_endpoint) !== null
  const tells = metadata.backchannel_logout_supported === true
  if (ends) return plainStep('SIGN_OUT', true, tells ? 'SIGN_OUT_BOTH' : 'SIGN_OUT_HERE')
  return plainStep('SIGN_OUT', true, tells ? 'SIGN_OUT_THERE' : 'SIGN_OUT_NEITHER')
}

function step(
  name: SsoTestStep,
  ok: boolean,
  code: SsoTestCode,
  detail: SsoTestDetail,
  message: string,
): SsoTestResult {
  return { step: name, ok, code, detail, message }
}

/** A code that has neither numbers nor names. */
function plainStep(name: SsoTestStep, ok: boolean, code: SsoTestCode): SsoTestResult {
  return step(name, ok, code, {}, SSO_TEST_CODES[code])
}

function failedStep(name: SsoTestStep, { errors, fault, detail }: SsoFailure): SsoTestResult {
  const message = `${errors[0]?.message ?? ''} ${detail ?? ''}`.trim()
  return step(name, false, 'FAILED', { fault, ...(detail !== null && { reported: detail }) }, message)
}
