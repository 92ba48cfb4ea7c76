// Signing in at the provider, and back (OpenID Connect Core §3.1, with PKCE of RFC 7636 and the issuer of RFC 9207). The page that
// begins keeps a token in its own tab, and sends it with what the provider has sent back: so nobody is signed in by an address that
// another one has made (login CSRF), and a provider cannot pass what it was sent by another one (mix-up).
import type { Requester } from '../../domain/admins/actor.ts'
import { type Claims, claimValues } from '../../domain/admins/sso/sso-claims.ts'
import type { SsoFault } from '../../domain/admins/sso/sso-fault.ts'
import type { FieldChange } from '../../domain/audit/audit-event.ts'
import { createNetworkCounts, type NetworkCounts } from '../../http/server/network-counts.ts'
import type { Store } from '../../store/store.ts'
import type { PersonActor } from '../admin-actor.ts'
import type { RelyingParty } from '../passkeys/relying-party.ts'
import type { ChallengeData, Challenges } from '../second-factors/challenges.ts'
import { FRESH_MS } from '../second-factors/confirm-identity.ts'
import { isToken, tokenHash } from '../secret-token.ts'
import type { Session } from '../session.ts'
import { auditSignInFailure } from '../sign-in/audit-failure.ts'
import { openSession, type SignedIn } from '../sign-in/open-session.ts'
import { type Account, admit, linkAccount } from './admit.ts'
import {
  browserUrl,
  CLOCK_TOLERANCE_SECONDS,
  configurationOf,
  discover,
  openidClient,
} from './provider-client.ts'
import { type ProviderDeps, readProvider, type SsoProvider } from './provider-row.ts'
import { failureOf, type SsoResult, ssoFailed, ssoOk } from './sso-failure.ts'

export type SsoDeps = ProviderDeps & { challenges: Challenges }

export const SSO_PURPOSES = ['SIGN_IN', 'CONFIRM', 'LINK'] as const
/** CONFIRM: shows who is at the keyboard of a session. LINK: makes the account another way in of the one who is signed in. */
export type SsoPurpose = (typeof SSO_PURPOSES)[number]

/** The page of the console that the provider sends browsers back to. */
export const SSO_PAGE = '/login/sso'

// As long as it takes to sign in again, with a telephone.
const FLOW_MS = 600_000
const CALLBACK_MAX = 4_096
const SUBJECT_MAX = 255
// Of a /64 or an IPv4 address, a /56, a /48, in a minute: each may be a request to the provider.
// An office behind one address signs in at nine o'clock.
const PER_NETWORK = [120, 240, 480]

/** `url`: where the browser goes. `token`: to be kept in the tab, and sent back. */
export type SsoStart = { url: string; token: string }

/** What a sign-in came to, by its purpose. */
export type SsoDone =
  | { purpose: 'SIGN_IN'; signedIn: SignedIn }
  | { purpose: 'CONFIRM'; confirmedUntilMs: number }
  | { purpose: 'LINK' }

/** Begins a sign-in. `person`: who is signed in, for CONFIRM and LINK. */
export async function startSso(
  deps: SsoDeps,
  site: RelyingParty | null,
  sent: { purpose: SsoPurpose; invitationToken: string | null },
  person: { session: Session } | null,
): Promise<SsoResult<SsoStart>> {
  const provider = await readProvider(deps.store.prisma)
  if (provider === null || site === null) return ssoFailed('NOT_CONFIGURED')
  const { purpose, invitationToken } = sent
  if (invitationToken !== null && !isToken(invitationToken)) return ssoFailed('INVITATION_ENDED')
  if (purpose !== 'SIGN_IN' && person === null) return ssoFailed('SIGN_IN_ENDED')
  const found = await discover(deps, provider)
  if (!found.ok) return found
  // RFC 8414 §2: the browser is sent there, so it must be no other kind of address.
  if (browserUrl(found.metadata.authorization_endpoint) === null)
    return ssoFailed('PROVIDER_INVALID', 'authorization_endpoint is no https:// URL')
  const library = await openidClient()
  const configuration = await configurationOf(deps, provider, found.metadata)
  const data = {
    purpose,
    state: library.randomState(),
    nonce: library.randomNonce(),
    verifier: library.randomPKCECodeVerifier(),
    redirectUri: site.origin + SSO_PAGE,
    version: provider.version,
    invitation: invitationToken === null ? null : hex(tokenHash(invitationToken)),
    session: person === null || purpose === 'SIGN_IN' ? null : hex(person.session.tokenHash),
    startedMs: deps.clock(),
  }
  const url = library.buildAuthorizationUrl(configuration, {
    redirect_uri: data.redirectUri,
    scope: provider.scopes.join(' '),
    state: data.state,
    nonce: data.nonce,
    code_challenge: await library.calculatePKCECodeChallenge(data.verifier),
    code_challenge_method: 'S256',
    // OpenID Connect Core §3.1.2.1: whoever is signed in at the provider has to sign in again.
    ...(purpose === 'CONFIRM' ? { prompt: 'login', max_age: '0' } : {}),
  })
  return ssoOk({ url: url.href, token: deps.challenges.mint('sso', data, data.startedMs) })
}

/** Ends a sign-in. `callback`: the query with which the provider has sent the browser back, as it is. */
export async function completeSso(
  deps: SsoDeps,
  client: Requester,
  sent: { token: string; callback: string },
  person: { actor: PersonActor; session: Session } | null,
  cookies: string | undefined,
): Promise<SsoResult<SsoDone>> {
  const data = deps.challenges.open('sso', sent.token, FLOW_MS, deps.clock())
  // What was not begun here costs nothing, and is not audited.
  if (data === null || sent.callback.length > CALLBACK_MAX) return ssoFailed('SIGN_IN_ENDED')
  if (isThrottled(deps, client)) return ssoFailed('TOO_MANY')
  const result = await complete(deps, client, { ...sent, data }, person, cookies)
  if (!result.ok) await auditFailure(deps, client, result.fault, result.detail)
  return result
}

async function complete(
  deps: SsoDeps,
  client: Requester,
  { token, callback, data }: { token: string; callback: string; data: ChallengeData },
  person: { actor: PersonActor; session: Session } | null,
  cookies: string | undefined,
): Promise<SsoResult<SsoDone>> {
  const { challenges, store } = deps
  const query = new URLSearchParams(callback)
  // Before anything is used up: what another site sends ends no sign-in of this browser.
  if (query.getAll('state').join() !== data.state) return ssoFailed('SIGN_IN_ENDED', 'another state')
  if (!challenges.spend(token)) return ssoFailed('SIGN_IN_ENDED', 'used before')
  const provider = await readProvider(store.prisma)
  if (provider === null || provider.version !== data.version) return ssoFailed('SIGN_IN_ENDED')
  if (data.session !== null && (person === null || hex(person.session.tokenHash) !== data.session))
    return ssoFailed('SIGN_IN_ENDED', 'another session')
  const found = await accountOf(deps, provider, data, query)
  if (!found.ok) return found
  const account = found.value
  if (data.purpose === 'LINK' && person !== null) {
    const linked = await linkAccount(deps, person.actor, account)
    return linked.ok ? ssoOk<SsoDone>({ purpose: 'LINK' }) : linked
  }
  if (data.purpose === 'CONFIRM' && person !== null)
    return confirm(deps, account, person.session, Number(data.startedMs))
  const invitation =
    data.invitation === null ? null : Uint8Array.from(Buffer.from(String(data.invitation), 'hex'))
  const admitted = await admit(deps, client, provider, account, invitation)
  if (!admitted.ok) return admitted
  const signedIn = await openSession(deps, client, admitted.value, 'SSO', cookies, {
    ssoIssuer: account.issuer,
    ssoSubject: account.subject,
    ssoSid: claimValues(account.claims, 'sid')[0] ?? null,
  })
  return ssoOk({ purpose: 'SIGN_IN', signedIn })
}

/** Exchanges the code, and verifies what comes: signature, issuer, audience, nonce, times (OpenID Connect Core §3.1.3.7). */
async function accountOf(
  deps: SsoDeps,
  provider: SsoProvider,
  data: ChallengeData,
  query: URLSearchParams,
): Promise<SsoResult<Account>> {
  const discovered = await discover(deps, provider)
  if (!discovered.ok) return discovered
  const library = await openidClient()
  const configuration = await configurationOf(deps, provider, discovered.metadata)
  try {
    const tokens = await library.authorizationCodeGrant(
      configuration,
      new URL(`${data.redirectUri}?${query}`),
      {
        pkceCodeVerifier: String(data.verifier),
        expectedState: String(data.state),
        expectedNonce: String(data.nonce),
        idTokenExpected: true,
      },
    )
    const token = tokens.claims()
    if (token === undefined || token.sub === '' || token.sub.length > SUBJECT_MAX)
      return ssoFailed('TOKEN_REFUSED', 'no subject')
    // Many providers say e-mail address and groups there alone (OpenID Connect Core §5.4). It must be of the same subject.
    const more: Claims =
      discovered.metadata.userinfo_endpoint === undefined
        ? {}
        : await library.fetchUserInfo(configuration, tokens.access_token, token.sub)
    return ssoOk({ issuer: token.iss, subject: token.sub, claims: merged(token, more) })
  } catch (error) {
    return failureOf(error, 'exchange')
  }
}

/** The ID token's claims, and of the others those that it lacks. An e-mail address and whether it is verified are of one source. */
function merged(token: Claims, { email, email_verified: isVerified, ...more }: Claims): Claims {
  const mail = token.email === undefined ? { email, email_verified: isVerified } : {}
  return { ...more, ...mail, ...token }
}

/** Notes that the person at the session is its admin, where the account is that admin's and the sign-in is of now. */
async function confirm(
  { store, clock }: SsoDeps,
  { issuer, subject, claims }: Account,
  session: Session,
  startedMs: number,
): Promise<SsoResult<SsoDone>> {
  const identity = await store.prisma.adminIdentity.findUnique({
    where: { issuer_subject: { issuer, subject } },
    select: { adminId: true },
  })
  if (identity?.adminId !== session.admin.id) return ssoFailed('OTHER_PERSON')
  const { auth_time: authTime } = claims
  // Not by max_age alone: a provider that ignores it would confirm whoever sits at a browser that is signed in there.
  if (typeof authTime !== 'number' || (authTime + CLOCK_TOLERANCE_SECONDS) * 1_000 < startedMs)
    return ssoFailed('NOT_FRESH', typeof authTime === 'number' ? null : 'no auth_time')
  const nowMs = clock()
  await store.prisma.adminSession.updateMany({
    where: { tokenHash: session.tokenHash },
    data: { confirmedAt: new Date(nowMs) },
  })
  return ssoOk({ purpose: 'CONFIRM', confirmedUntilMs: nowMs + FRESH_MS })
}

// Owner: this module. Key: the store, one in each process. Lifetime: the store's.
const counts = new WeakMap<Store, NetworkCounts>()

function isThrottled({ store, clock }: SsoDeps, { ip }: Requester): boolean {
  const count = counts.get(store) ?? createNetworkCounts(PER_NETWORK)
  counts.set(store, count)
  const nowMs = clock()
  if (count.waitMs(ip, nowMs) > 0) return true
  count.add(ip, nowMs)
  return false
}

async function auditFailure(
  deps: SsoDeps,
  client: Requester,
  fault: SsoFault,
  detail: string | null,
): Promise<void> {
  const changes: FieldChange[] = [{ path: 'fault', before: null, after: fault }]
  if (detail !== null) changes.push({ path: 'detail', before: null, after: detail.toWellFormed() })
  await auditSignInFailure(deps, client, null, 'sso', changes)
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex')
}
