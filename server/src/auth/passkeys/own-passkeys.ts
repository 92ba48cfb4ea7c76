// An admin's own passkeys: registered, listed, renamed, deleted.
import { createHmac } from 'node:crypto'
import type { AuthenticatorTransport } from '@simplewebauthn/server'
import { auditEvent, type FieldChange } from '../../domain/audit/audit-event.ts'
import { readDisplayText } from '../../domain/read-display-text.ts'
import { failed, ok, type Result } from '../../domain/user-error.ts'
import type { Store } from '../../store/store.ts'
import type { PersonActor } from '../admin-actor.ts'
import type { Challenges } from '../second-factors/challenges.ts'
import { readRegistration } from './read-response.ts'
import type { RelyingParty } from './relying-party.ts'

const CEREMONY_MS = 300_000
const PASSKEYS_MAX = 20
const NAME_MAX = 100

export type PasskeyDeps = {
  store: Store
  clock: () => number
  encryptionKey: Uint8Array
  challenges: Challenges
}

export type PasskeyRow = { id: number; name: string; createdAt: Date; lastUsedAt: Date | null }
/** `options` are JSON for `navigator.credentials`; `token` goes with the browser's response. */
export type Ceremony = { options: string; token: string }

const COLUMNS = { id: true, name: true, createdAt: true, lastUsedAt: true } as const

/** All passkeys of an admin, the oldest first. */
export async function findPasskeysOf({ store }: { store: Store }, adminId: number): Promise<PasskeyRow[]> {
  return store.prisma.passkey.findMany({ where: { adminId }, orderBy: { id: 'asc' }, select: COLUMNS })
}

/** Begins the registration of a passkey: it must verify its user, and be one that signs in without a username. */
export async function startRegistration(
  { store, clock, encryptionKey, challenges }: PasskeyDeps,
  actor: PersonActor,
  site: RelyingParty | null,
): Promise<Result<Ceremony>> {
  if (site === null) return noSite()
  const known = await store.prisma.passkey.findMany({ where: { adminId: actor.id } })
  if (known.length >= PASSKEYS_MAX)
    return failed('IN_USE', null, `At most ${PASSKEYS_MAX} passkeys. Delete one first.`)
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  const options = await generateRegistrationOptions({
    rpName: 'Latchkey',
    rpID: site.rpId,
    userName: actor.name,
    userID: userHandle(encryptionKey, actor.id),
    excludeCredentials: known.map(({ credentialId, transports }) => ({
      id: Buffer.from(credentialId).toString('base64url'),
      transports: storedTransports(transports),
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
  const data = { adminId: actor.id, challenge: options.challenge, origin: site.origin, rpId: site.rpId }
  return ok({
    options: JSON.stringify(options),
    token: challenges.mint('passkey registration', data, clock()),
  })
}

/** Keeps the passkey that the browser has made. */
export async function finishRegistration(
  { store, clock, challenges }: PasskeyDeps,
  actor: PersonActor,
  sent: { token: string; response: string; name: string },
): Promise<Result<PasskeyRow>> {
  const name = readName(sent.name)
  if (!name.ok) return name
  const data = challenges.open('passkey registration', sent.token, CEREMONY_MS, clock())
  if (data === null || data.adminId !== actor.id)
    return failed('WRONG_CREDENTIALS', 'token', 'This registration has ended. Begin again.')
  const response = readRegistration(sent.response)
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  // The library throws for every fault of the response.
  const verification =
    response === null
      ? null
      : await verifyRegistrationResponse({
          response,
          expectedChallenge: String(data.challenge),
          expectedOrigin: String(data.origin),
          expectedRPID: String(data.rpId),
        }).catch(() => null)
  if (verification === null || !verification.verified)
    return failed('INVALID', 'response', 'The response of the browser is not valid for this registration.')
  if (!challenges.spend(sent.token))
    return failed('WRONG_CREDENTIALS', 'token', 'This registration has ended. Begin again.')
  const { credential } = verification.registrationInfo
  const credentialId = Uint8Array.from(Buffer.from(credential.id, 'base64url'))
  return store.prisma.$transaction(async (tx) => {
    if ((await tx.passkey.count({ where: { credentialId } })) > 0)
      return failed('TAKEN', 'response', 'This passkey is registered already.')
    const row = await tx.passkey.create({
      data: {
        adminId: actor.id,
        name: name.value,
        credentialId,
        publicKey: Uint8Array.from(credential.publicKey),
        counter: BigInt(credential.counter),
        transports: JSON.stringify(credential.transports ?? []),
        createdAt: new Date(clock()),
      },
      select: COLUMNS,
    })
    await tx.auditEvent.create({ data: event(actor, 'admin.add_passkey', clock(), null, name.value) })
    return ok(row)
  })
}

/** Renames one of the admin's passkeys. */
export async function renamePasskey(
  { store, clock }: Pick<PasskeyDeps, 'store' | 'clock'>,
  actor: PersonActor,
  number: number,
  sent: string,
): Promise<Result<PasskeyRow>> {
  const name = readName(sent)
  if (!name.ok) return name
  return store.prisma.$transaction(async (tx) => {
    const before = await tx.passkey.findFirst({ where: { id: number, adminId: actor.id }, select: COLUMNS })
    if (before === null) return noSuchPasskey()
    if (before.name === name.value) return ok(before)
    await tx.auditEvent.create({
      data: event(actor, 'admin.rename_passkey', clock(), before.name, name.value),
    })
    return ok(await tx.passkey.update({ where: { id: number }, data: { name: name.value }, select: COLUMNS }))
  })
}

/** Deletes one of the admin's passkeys: it signs in no more. Returns its number. */
export async function deletePasskey(
  { store, clock }: Pick<PasskeyDeps, 'store' | 'clock'>,
  actor: PersonActor,
  number: number,
): Promise<Result<number>> {
  return store.prisma.$transaction(async (tx) => {
    const before = await tx.passkey.findFirst({ where: { id: number, adminId: actor.id }, select: COLUMNS })
    const { count } = await tx.passkey.deleteMany({ where: { id: number, adminId: actor.id } })
    if (before === null || count === 0) return noSuchPasskey()
    await tx.auditEvent.create({ data: event(actor, 'admin.delete_passkey', clock(), before.name, null) })
    return ok(number)
  })
}

/** The stored list of transports, in the library's terms. */
export function storedTransports(stored: string): AuthenticatorTransport[] {
  const list: unknown = JSON.parse(stored)
  const known: AuthenticatorTransport[] = ['ble', 'hybrid', 'internal', 'nfc', 'usb']
  return Array.isArray(list) ? known.filter((transport) => list.includes(transport)) : []
}

/** Says nothing of the admin to whoever reads an authenticator (WebAuthn §14.6.1). */
function userHandle(encryptionKey: Uint8Array, adminId: number): Uint8Array<ArrayBuffer> {
  const mac = createHmac('sha256', encryptionKey).update(`latchkey passkey user ${adminId}`).digest()
  return Uint8Array.from(mac.subarray(0, 16))
}

function readName(sent: string): Result<string> {
  return readDisplayText(sent, { field: 'name', max: NAME_MAX, missing: 'name must not be empty.' })
}

function event(
  actor: PersonActor,
  action: 'admin.add_passkey' | 'admin.rename_passkey' | 'admin.delete_passkey',
  nowMs: number,
  before: string | null,
  after: string | null,
) {
  const target = { type: 'Admin', id: String(actor.id), label: actor.name } as const
  const changes: FieldChange[] = [{ path: 'passkey', before, after }]
  return auditEvent(actor, action, target, nowMs, changes)
}

function noSuchPasskey(): Result<never> {
  return failed('NOT_FOUND', 'id', 'You have no passkey with this id.')
}

function noSite(): Result<never> {
  return failed('INVALID', null, 'The request names no host. Set LATCHKEY_PUBLIC_URL.')
}
