// Making, changing and deleting alert channels.

import type { Actor } from '../../../domain/admins/actor.ts'
import {
  type ChannelKind,
  sealChannelSecret,
  storedChannelKind,
  unsealChannelSecret,
} from '../../../domain/alerts/channels/alert-channel.ts'
import { storedEmailSettings } from '../../../domain/alerts/channels/email-settings.ts'
import { mintWebhookSecret } from '../../../domain/alerts/channels/webhook-signature.ts'
import { readAlertName } from '../../../domain/alerts/rules/alert-rule-input.ts'
import { auditEvent, type FieldChange } from '../../../domain/audit/audit-event.ts'
import { changesBetween, secretChange } from '../../../domain/audit/field-changes.ts'
import { DAY_MS } from '../../../domain/time.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import { withConstraintProblems } from '../../broken-constraint.ts'
import type { ControlPlane } from '../../control-plane.ts'
import { readPlace, type SentPlace } from './channel-place.ts'
import {
  type ChannelRow,
  type ChannelView,
  channelNameTaken,
  channelTarget,
  channelView,
  noSuchChannel,
  staleChannel,
} from './channel-row.ts'

const CHANNELS_MAX = 100
/** How long a webhook's former secret signs too, so that its receiver can change in between. */
const FORMER_SECRET_MS = DAY_MS

export type CreateChannelInput = SentPlace & { name: string; kind: ChannelKind; enabled: boolean }

/** What is undefined stays as it is. */
export type UpdateChannelInput = SentPlace & {
  number: number
  name?: string | undefined
  enabled?: boolean | undefined
  expectedVersion: number | null
}

/** `secret`: of a webhook, shown this once; null: the channel has none that the server makes. */
export type ChannelWithSecret = { channel: ChannelView; secret: string | null }

/** Creates a channel. What is secret is sealed before it is written. */
export async function createChannel(
  plane: ControlPlane,
  actor: Actor,
  input: CreateChannelInput,
): Promise<Result<ChannelWithSecret>> {
  const nowMs = plane.clock()
  const name = readAlertName(input.name)
  const place = readPlace(plane, input.kind, input, null)
  if (!name.ok || !place.ok) return { ok: false, errors: problemsOf(name, place) }
  const secret = input.kind === 'WEBHOOK' ? mintWebhookSecret() : null
  const { encryptedSecret, ...rest } = place.value
  const data = {
    ...rest,
    name: name.value,
    kind: input.kind,
    encryptedSecret:
      secret === null
        ? encryptedSecret
        : sealChannelSecret(plane.encryptionKey, place.value.origin, secret, nowMs),
    enabled: input.enabled,
    createdAt: new Date(nowMs),
    updatedAt: new Date(nowMs),
  }
  return changing(plane, data.name, async (tx) => {
    if ((await tx.alertChannel.count({ where: { name: data.name } })) > 0) return channelNameTaken(data.name)
    if ((await tx.alertChannel.count()) >= CHANNELS_MAX)
      return failed('OUT_OF_RANGE', null, `There are ${CHANNELS_MAX} channels already. Delete one first.`, {
        maxItems: CHANNELS_MAX,
      })
    const row = await tx.alertChannel.create({ data })
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_channel.create', channelTarget(row), nowMs, changesOf(null, row)),
    })
    return ok({ channel: channelView(row, plane.encryptionKey), secret })
  })
}

/** Changes a channel, from its next message on. An update without a change writes no audit event. */
export async function updateChannel(
  plane: ControlPlane,
  actor: Actor,
  input: UpdateChannelInput,
): Promise<Result<ChannelView>> {
  const nowMs = plane.clock()
  const name = input.name === undefined ? undefined : readAlertName(input.name)
  if (name?.ok === false) return name
  return changing(plane, name?.value ?? '', async (tx) => {
    const before = await tx.alertChannel.findUnique({ where: { id: input.number } })
    if (before === null) return noSuchChannel()
    if (input.expectedVersion !== null && input.expectedVersion !== before.version) return staleChannel()
    const kind = storedChannelKind(before.kind)
    if (kind === null) return failed('IMMUTABLE', 'id', 'A later version of Latchkey has made this channel.')
    const place = readPlace(plane, kind, input, { row: before, secret: openedSecret(plane, before) })
    if (!place.ok) return place
    const wanted = { name: name?.value ?? before.name, enabled: input.enabled ?? before.enabled }
    if (wanted.name !== before.name && (await tx.alertChannel.count({ where: { name: wanted.name } })) > 0)
      return channelNameTaken(wanted.name)
    const changes = changesOf(before, { ...before, ...wanted, ...place.value })
    if (changes.length === 0) return ok(channelView(before, plane.encryptionKey))
    // A former secret was sealed for the former origin.
    const moved =
      place.value.origin === before.origin ? {} : { encryptedFormerSecret: null, formerSecretExpiresAt: null }
    const { count } = await tx.alertChannel.updateMany({
      where: { id: before.id, version: before.version },
      data: { ...wanted, ...place.value, ...moved, updatedAt: new Date(nowMs), version: { increment: 1 } },
    })
    if (count === 0) return staleChannel()
    const after = await tx.alertChannel.findUniqueOrThrow({ where: { id: before.id } })
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_channel.update', channelTarget(after), nowMs, changes),
    })
    return ok(channelView(after, plane.encryptionKey))
  })
}

/** Gives a webhook a new secret, and shows it once. Messages are signed with the former one too for a day. */
export async function rotateChannelSecret(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<ChannelWithSecret>> {
  const nowMs = plane.clock()
  return changing(plane, '', async (tx) => {
    const before = await tx.alertChannel.findUnique({ where: { id: number } })
    if (before === null) return noSuchChannel()
    if (before.kind !== 'WEBHOOK')
      return failed('INVALID', 'id', 'The server makes the secrets of webhooks alone. Update the channel.')
    const secret = mintWebhookSecret()
    const { count } = await tx.alertChannel.updateMany({
      where: { id: number, version: before.version },
      data: {
        encryptedSecret: sealChannelSecret(plane.encryptionKey, before.origin, secret, nowMs),
        encryptedFormerSecret: before.encryptedSecret,
        formerSecretExpiresAt: new Date(nowMs + FORMER_SECRET_MS),
        updatedAt: new Date(nowMs),
        version: { increment: 1 },
      },
    })
    if (count === 0) return staleChannel()
    const after = await tx.alertChannel.findUniqueOrThrow({ where: { id: number } })
    const changes = [secretChange('secret')]
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_channel.rotate_secret', channelTarget(after), nowMs, changes),
    })
    return ok({ channel: channelView(after, plane.encryptionKey), secret })
  })
}

/** Deletes a channel with its deliveries, unless a rule sends to it. Returns its number. */
export async function deleteChannel(
  plane: ControlPlane,
  actor: Actor,
  number: number,
): Promise<Result<number>> {
  const nowMs = plane.clock()
  return changing(plane, '', async (tx) => {
    const row = await tx.alertChannel.findUnique({ where: { id: number } })
    if (row === null) return noSuchChannel()
    if ((await tx.alertRuleChannel.count({ where: { channelId: number } })) > 0) return inUse()
    const { count } = await tx.alertChannel.deleteMany({ where: { id: number } })
    if (count === 0) return noSuchChannel()
    await tx.auditEvent.create({
      data: auditEvent(actor, 'alert_channel.delete', channelTarget(row), nowMs, changesOf(row, null)),
    })
    return ok(number)
  })
}

type Transaction = Parameters<Parameters<ControlPlane['store']['prisma']['$transaction']>[0]>[0]

function changing<T>(
  plane: ControlPlane,
  name: string,
  change: (tx: Transaction) => Promise<Result<T>>,
): Promise<Result<T>> {
  return withConstraintProblems({ unique: () => channelNameTaken(name), 'foreign-key': inUse }, () =>
    plane.store.prisma.$transaction(change),
  )
}

function openedSecret({ encryptionKey }: ControlPlane, row: ChannelRow): string | null {
  return row.encryptedSecret === null
    ? null
    : unsealChannelSecret(encryptionKey, row.origin, row.encryptedSecret)
}

function inUse(): Result<never> {
  return failed(
    'IN_USE',
    'id',
    'Alert rules send to this channel. Change or delete them first, or disable it.',
  )
}

/** A secret, and a URL, which may hold one, are noted as changed. */
function changesOf(before: ChannelRow | null, after: ChannelRow | null): FieldChange[] {
  const changes = changesBetween(trailed(before), trailed(after))
  if (before?.encryptedUrl !== after?.encryptedUrl && (before?.encryptedUrl ?? after?.encryptedUrl) != null)
    changes.push(secretChange('url'))
  const [was, is] = [before?.encryptedSecret ?? null, after?.encryptedSecret ?? null]
  if (was !== is) changes.push(secretChange('secret'))
  return changes
}

function trailed(row: ChannelRow | null): object | null {
  if (row === null) return null
  const { name, kind, enabled, origin } = row
  return { name, kind, enabled, origin, email: storedEmailSettings(row.email) }
}
