// The client of the provider: what discovery says of it, and a configuration of the library for one sign-in.
//
// Owner: this module. Key: the store, one in each process, with the version of the settings. Bound: one entry. Lifetime: ten minutes; a
// provider that could not be reached is asked again after five seconds. Invalidation: a change of the settings.
import type { Configuration, ServerMetadata } from 'openid-client'
import { isSafeUrl } from '../../domain/admins/sso/sso-input.ts'
import type { Store } from '../../store/store.ts'
import { createCheckedFetch } from './checked-fetch.ts'
import { type ProviderDeps, readProviderSecret, type SsoProvider } from './provider-row.ts'
import { failureOf, type SsoFailure, ssoFailed } from './sso-failure.ts'

const FRESH_MS = 600_000
const FAILED_MS = 5_000
const TIMEOUT_SECONDS = 10
/** Between the provider's clock and ours. */
export const CLOCK_TOLERANCE_SECONDS = 30

export type Library = typeof import('openid-client')
type Discovered = { ok: true; metadata: ServerMetadata } | SsoFailure
type Cached = { version: number; atMs: number; isFailure: boolean; found: Promise<Discovered> }

const cache = new WeakMap<Store, Cached>()

/** Loaded with the first sign-in: most servers have no provider. */
export function openidClient(): Promise<Library> {
  return import('openid-client')
}

/** What the provider says of itself, at most ten minutes old. */
export async function discover(deps: ProviderDeps, provider: SsoProvider): Promise<Discovered> {
  const nowMs = deps.clock()
  const known = cache.get(deps.store)
  const maxMs = known?.isFailure === true ? FAILED_MS : FRESH_MS
  if (known?.version === provider.version && nowMs >= known.atMs && nowMs - known.atMs < maxMs)
    return known.found
  const entry: Cached = {
    version: provider.version,
    atMs: nowMs,
    isFailure: false,
    found: discoverNow(deps, provider.issuer),
  }
  cache.set(deps.store, entry)
  const found = await entry.found
  entry.isFailure = !found.ok
  return found
}

/** Asks now. The issuer that the provider names must be the one that was set, letter for letter but for a slash at the end. */
export async function discoverNow(deps: ProviderDeps, issuer: string): Promise<Discovered> {
  const library = await openidClient()
  const server = new URL(issuer)
  try {
    const configuration = await library.discovery(server, 'discovery', undefined, library.None(), {
      [library.customFetch]: createCheckedFetch(deps) as never,
      timeout: TIMEOUT_SECONDS,
      ...(server.protocol === 'http:' ? { execute: [library.allowInsecureRequests] } : {}),
    })
    const metadata = configuration.serverMetadata()
    // The library lets some providers name the issuer of any of their tenants.
    if (new URL(metadata.issuer).href !== server.href)
      return ssoFailed('PROVIDER_INVALID', `the provider names itself ${metadata.issuer.slice(0, 200)}`)
    return { ok: true, metadata }
  } catch (error) {
    return failureOf(error, 'discovery')
  }
}

/** A configuration for one sign-in, by the server's clock. Signatures of ID tokens are verified, whatever they came over. */
export async function configurationOf(
  deps: ProviderDeps,
  provider: SsoProvider,
  metadata: ServerMetadata,
): Promise<Configuration> {
  const library = await openidClient()
  const secret = await readProviderSecret(deps, deps.store.prisma)
  const configuration = new library.Configuration(
    metadata,
    provider.clientId,
    {
      [library.clockSkew]: Math.round((deps.clock() - Date.now()) / 1_000),
      [library.clockTolerance]: CLOCK_TOLERANCE_SECONDS,
    },
    clientAuthentication(library, metadata, secret),
  )
  configuration[library.customFetch] = createCheckedFetch(deps) as never
  configuration.timeout = TIMEOUT_SECONDS
  if (new URL(provider.issuer).protocol === 'http:') library.allowInsecureRequests(configuration)
  library.enableNonRepudiationChecks(configuration)
  return configuration
}

/** An address that browsers may be sent to, from the metadata; null where it is absent or of another kind. */
export function browserUrl(address: string | undefined): URL | null {
  return address !== undefined && URL.canParse(address) && isSafeUrl(new URL(address))
    ? new URL(address)
    : null
}

/** client_secret_basic is what a provider has that says nothing (OpenID Connect Discovery §3). */
function clientAuthentication(library: Library, metadata: ServerMetadata, secret: string | null) {
  if (secret === null) return library.None()
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    ? library.ClientSecretBasic(secret)
    : library.ClientSecretPost(secret)
}
