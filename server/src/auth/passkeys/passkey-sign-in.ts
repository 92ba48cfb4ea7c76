// Signing in with a passkey, also without a username; and confirming with one who is at the keyboard. A passkey has verified its user,
// so it counts as two factors.
import type { Requester } from '../../domain/admins/actor.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import { createNetworkCounts, type NetworkCounts } from '../../http/server/network-counts.ts'
import type { Store } from '../../store/store.ts'
import { auditSignInFailure } from '../sign-in/audit-failure.ts'
import { openSession, type SignedIn } from '../sign-in/open-session.ts'
import { type Ceremony, type PasskeyDeps, storedTransports } from './own-passkeys.ts'
import { readAssertion } from './read-response.ts'
import type { RelyingParty } from './relying-party.ts'

const CEREMONY_MS = 300_000
// CTAP 2.1 §6.1: a credential id has at most 1,023 bytes.
const CREDENTIAL_ID_MAX = 1_400
// Of a /64 or an IPv4 address, a /56, a /48, in a minute: as many as failed sign-ins with a password.
const AUDITED_FAILURES_MAX = [10, 20, 40]

/** What the browser sent of a ceremony. */
export type Assertion = { token: string; response: string }

/** Begins a sign-in: whichever passkey of this site the person chooses. */
export async function startPasskeySignIn(
  { challenges, clock }: Pick<PasskeyDeps, 'challenges' | 'clock'>,
  site: RelyingParty | null,
): Promise<Result<Ceremony>> {
  if (site === null) return failed('INVALID', null, 'The request names no host. Set LATCHKEY_PUBLIC_URL.')
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  const options = await generateAuthenticationOptions({ rpID: site.rpId, userVerification: 'required' })
  const data = { challenge: options.challenge, origin: site.origin, rpId: site.rpId }
  return ok({ options: JSON.stringify(options), token: challenges.mint('passkey sign-in', data, clock()) })
}

/** Verifies the passkey and opens the session of its admin. One response for every fault. */
export async function completePasskeySignIn(
  deps: PasskeyDeps,
  client: Requester,
  sent: Assertion,
  cookies: string | undefined,
): Promise<Result<SignedIn>> {
  const adminId = await verifiedAdmin(deps, sent)
  const admin = adminId === null ? null : await deps.store.prisma.admin.findUnique({ where: { id: adminId } })
  if (admin === null || admin.disabledAt !== null) {
    await auditFailure(deps, client, admin)
    return wrong()
  }
  return ok(await openSession(deps, client, admin, 'PASSKEY', cookies))
}

// Owner: this module. Key: the store, one in each process. Lifetime: the store's.
const failures = new WeakMap<Store, NetworkCounts>()

/** Audits a failure, unless the network has had many in this minute. A signature is not guessed: nothing more is refused. */
async function auditFailure(
  { store, clock }: PasskeyDeps,
  client: Requester,
  admin: { id: number; username: string } | null,
): Promise<void> {
  const counts = failures.get(store) ?? createNetworkCounts(AUDITED_FAILURES_MAX)
  failures.set(store, counts)
  const nowMs = clock()
  if (counts.waitMs(client.ip, nowMs) > 0) return
  counts.add(client.ip, nowMs)
  await auditSignInFailure({ store, clock }, client, admin, 'passkey')
}

/** Whether the passkey is one of this admin's. */
export async function checkPasskey(
  deps: PasskeyDeps,
  adminId: number,
  sent: Assertion,
): Promise<Result<null>> {
  return (await verifiedAdmin(deps, sent)) === adminId ? ok(null) : wrong()
}

/** The admin whose passkey has signed the challenge; null where none has. The challenge is used up then. */
async function verifiedAdmin(
  { store, clock, challenges }: PasskeyDeps,
  { token, response: sent }: Assertion,
): Promise<number | null> {
  const data = challenges.open('passkey sign-in', token, CEREMONY_MS, clock())
  const response = readAssertion(sent)
  if (data === null || response === null || response.id.length > CREDENTIAL_ID_MAX) return null
  const credentialId = Uint8Array.from(Buffer.from(response.id, 'base64url'))
  const passkey = await store.prisma.passkey.findUnique({ where: { credentialId } })
  if (passkey === null) return null
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  // The library throws for every fault of the response, a counter that has not risen among them.
  const verification = await verifyAuthenticationResponse({
    response,
    expectedChallenge: String(data.challenge),
    expectedOrigin: String(data.origin),
    expectedRPID: String(data.rpId),
    credential: {
      id: response.id,
      publicKey: Uint8Array.from(passkey.publicKey),
      counter: Number(passkey.counter),
      transports: storedTransports(passkey.transports),
    },
  }).catch(() => null)
  if (verification === null || !verification.verified) return null
  if (!challenges.spend(token)) return null
  await store.prisma.passkey.updateMany({
    where: { id: passkey.id },
    data: { counter: BigInt(verification.authenticationInfo.newCounter), lastUsedAt: new Date(clock()) },
  })
  return passkey.adminId
}

function wrong(): Result<never> {
  return failed(
    'WRONG_CREDENTIALS',
    'response',
    'This passkey is not known here, or the sign-in has ended. Try again.',
  )
}
