// Where a channel sends to and what it authenticates or signs with, in the form in which they are stored.
import {
  type ChannelKind,
  SIGNING_KINDS,
  sealChannelSecret,
  sealChannelUrl,
} from '../../../domain/alerts/channels/alert-channel.ts'
import { readChannelSecret, readChannelUrl } from '../../../domain/alerts/channels/channel-input.ts'
import {
  type EmailSettings,
  readEmailSettings,
  smtpOrigin,
} from '../../../domain/alerts/channels/email-settings.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import type { ControlPlane } from '../../control-plane.ts'
import type { ChannelRow } from './channel-row.ts'

/** What an admin sends of it; undefined: it stays. `secret`: of Feishu and DingTalk, null: not signed; of e-mail, the password. */
export type SentPlace = {
  url?: string | undefined
  secret?: string | null | undefined
  email?: EmailSettings | undefined
}

export type Place = Pick<ChannelRow, 'origin' | 'encryptedUrl' | 'encryptedSecret' | 'email'>

type Sealing = Pick<ControlPlane, 'encryptionKey' | 'addressPolicy' | 'clock'>

/**
 * The place of a channel after a change. `before`: as it was, with its opened signing secret, null: a new one. Another SMTP server needs
 * the password again; a signing secret is never sent, so it may move with the URL.
 */
export function readPlace(
  plane: Sealing,
  kind: ChannelKind,
  sent: SentPlace,
  before: { row: Place; secret: string | null } | null,
): Result<Place> {
  return kind === 'EMAIL' ? emailPlace(plane, sent, before) : urlPlace(plane, kind, sent, before)
}

function urlPlace(
  plane: Sealing,
  kind: ChannelKind,
  { url, secret, email }: SentPlace,
  before: { row: Place; secret: string | null } | null,
): Result<Place> {
  if (email !== undefined) return failed('INVALID', 'email', `email has no meaning for ${kind}.`)
  if (secret != null && !SIGNING_KINDS.includes(kind)) {
    const why = kind === 'WEBHOOK' ? 'The server makes the secret of a webhook' : `${kind} has no secret`
    return failed('INVALID', 'secret', `secret: ${why}. Leave it out.`)
  }
  if (url === undefined && before === null)
    return failed('REQUIRED', 'url', 'url: say where messages are sent.')
  const read = url === undefined ? null : readChannelUrl(url, plane.addressPolicy)
  const readSecret = secret == null ? ok(secret) : readChannelSecret(secret, 'secret')
  if (read?.ok === false || !readSecret.ok)
    return { ok: false, errors: problemsOf(read ?? ok(null), readSecret) }
  const nowMs = plane.clock()
  const origin = read === null ? (before?.row.origin ?? '') : new URL(read.value).origin
  const kept = readSecret.value === undefined ? (before?.secret ?? null) : readSecret.value
  const isSame = read === null && readSecret.value === undefined
  return ok({
    origin,
    encryptedUrl:
      read === null
        ? (before?.row.encryptedUrl ?? null)
        : sealChannelUrl(plane.encryptionKey, read.value, nowMs),
    encryptedSecret: isSame
      ? (before?.row.encryptedSecret ?? null)
      : kept === null
        ? null
        : sealChannelSecret(plane.encryptionKey, origin, kept, nowMs),
    email: null,
  })
}

function emailPlace(
  plane: Sealing,
  { url, secret, email }: SentPlace,
  before: { row: Place } | null,
): Result<Place> {
  if (url !== undefined) return failed('INVALID', 'url', 'url has no meaning for EMAIL. Send email.')
  if (email === undefined && before === null)
    return failed('REQUIRED', 'email', 'email: say by which server and to whom messages are sent.')
  const read = email === undefined ? null : readEmailSettings(email, plane.addressPolicy)
  if (read?.ok === false) return read
  const readSecret = secret == null ? ok(secret) : readChannelSecret(secret, 'secret')
  if (!readSecret.ok) return readSecret
  const origin = read === null ? (before?.row.origin ?? '') : smtpOrigin(read.value)
  const text = read === null ? (before?.row.email ?? null) : JSON.stringify(read.value)
  const username = read === null ? usernameIn(text) : read.value.username
  const keeps = readSecret.value === undefined && before !== null && origin === before.row.origin
  const password = readSecret.value ?? null
  if (username === null) {
    if (password !== null)
      return failed('INVALID', 'secret', 'secret is a password: say email.username, or leave it out.')
    return ok({ origin, encryptedUrl: null, encryptedSecret: null, email: text })
  }
  const kept = keeps ? before.row.encryptedSecret : null
  if (password === null && kept === null) {
    const why =
      before !== null && origin !== before.row.origin
        ? 'another server must not get the password'
        : 'the username needs one'
    return failed('REQUIRED', 'secret', `secret: send the password, since ${why}.`)
  }
  const encryptedSecret =
    password === null ? kept : sealChannelSecret(plane.encryptionKey, origin, password, plane.clock())
  return ok({ origin, encryptedUrl: null, encryptedSecret, email: text })
}

function usernameIn(text: string | null): string | null {
  return text === null ? null : (JSON.parse(text) as EmailSettings).username
}
