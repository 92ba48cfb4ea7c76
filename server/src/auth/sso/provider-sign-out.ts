// Signing out at the provider as well (OpenID Connect RP-Initiated Logout 1.0): where the browser goes after its session here has ended.
import { setTimeout as after } from 'node:timers/promises'
import type { RelyingParty } from '../passkeys/relying-party.ts'
import { browserUrl, discover } from './provider-client.ts'
import { type ProviderDeps, readProvider } from './provider-row.ts'

/** The session here has ended already: nobody waits long for a provider that does not respond. */
const WAIT_MS = 2_000

/**
 * The provider's address for it, which comes back to the sign-in page; null where the provider has none, is another one by now, or does not
 * respond. The ID token is not kept, so it is not sent: the provider knows the client by its id, and may ask the person.
 */
export async function providerSignOutUrl(
  deps: ProviderDeps,
  site: RelyingParty | null,
  issuer: string | null,
): Promise<string | null> {
  if (issuer === null || site === null) return null
  const provider = await readProvider(deps.store.prisma)
  if (provider === null) return null
  const found = await Promise.race([discover(deps, provider), after(WAIT_MS, null, { ref: false })])
  if (found === null || !found.ok || found.metadata.issuer !== issuer) return null
  const url = browserUrl(found.metadata.end_session_endpoint)
  if (url === null) return null
  url.searchParams.set('client_id', provider.clientId)
  url.searchParams.set('post_logout_redirect_uri', `${site.origin}/login`)
  return url.href
}
