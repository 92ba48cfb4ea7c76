// Alert channels as the store has them.
import { alertChannelId } from '../../../domain/alerts/alert-id.ts'
import {
  type ChannelKind,
  storedChannelKind,
  unsealChannelSecret,
  unsealChannelUrl,
} from '../../../domain/alerts/channels/alert-channel.ts'
import { type EmailSettings, storedEmailSettings } from '../../../domain/alerts/channels/email-settings.ts'
import type { AuditTarget } from '../../../domain/audit/audit-event.ts'
import { nameTaken, noSuch, type Result, stale } from '../../../domain/user-error.ts'
import type { Store } from '../../../store/store.ts'

export type ChannelRow = Awaited<ReturnType<Store['prisma']['alertChannel']['findUniqueOrThrow']>>

/** A channel as admins see it, without its URL and its secrets. */
export type ChannelView = {
  id: string
  number: number
  name: string
  /** Null: a later version knows the kind. */
  kind: ChannelKind | null
  origin: string
  email: EmailSettings | null
  hasSecret: boolean
  /** False where a sealed part of it does not open. */
  readable: boolean
  formerSecretExpiresAt: Date | null
  enabled: boolean
  createdAt: Date
  updatedAt: Date
  version: number
}

/** The channel as admins see it; what is sealed is opened only to say whether it opens. */
export function channelView(row: ChannelRow, encryptionKey: Uint8Array): ChannelView {
  const { id, name, origin, enabled, createdAt, updatedAt, version, encryptedUrl, encryptedSecret } = row
  const opens =
    (encryptedUrl === null || unsealChannelUrl(encryptionKey, encryptedUrl) !== null) &&
    (encryptedSecret === null || unsealChannelSecret(encryptionKey, origin, encryptedSecret) !== null)
  return {
    id: alertChannelId(id),
    number: id,
    name,
    kind: storedChannelKind(row.kind),
    origin,
    email: storedEmailSettings(row.email),
    hasSecret: encryptedSecret !== null,
    readable: opens,
    formerSecretExpiresAt: row.formerSecretExpiresAt,
    enabled,
    createdAt,
    updatedAt,
    version,
  }
}

/** The channel as audit events name it. */
export function channelTarget({ id, name }: Pick<ChannelRow, 'id' | 'name'>): AuditTarget {
  return { type: 'AlertChannel', id: alertChannelId(id), label: name }
}

/** `id` holds the id of no channel. */
export function noSuchChannel(): Result<never> {
  return noSuch('alert channel', 'id')
}

/** `name` is that of another channel. */
export function channelNameTaken(name: string): Result<never> {
  return nameTaken('an alert channel', name)
}

/** `expectedVersion` is not that of the channel. */
export function staleChannel(): Result<never> {
  return stale('channel')
}
