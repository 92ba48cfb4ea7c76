// Changing and testing alert channels.
import { alertChannelId, alertChannelNumber } from '../../../domain/alerts/alert-id.ts'
import type { EmailSettings } from '../../../domain/alerts/channels/email-settings.ts'
import { failed, ok, type Result } from '../../../domain/user-error.ts'
import type { ChannelView } from '../../../services/alerts/channels/channel-row.ts'
import { type ChannelTest, testChannel } from '../../../services/alerts/channels/test-channel.ts'
import {
  type ChannelWithSecret,
  createChannel,
  deleteChannel,
  rotateChannelSecret,
  updateChannel,
} from '../../../services/alerts/channels/write-channel.ts'
import { builder } from '../../builder.ts'
import { quoted } from '../../global-id.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { alertActor } from './alert-access.ts'
import { AlertChannelRef } from './alert-channel.ts'
import { AlertChannelKindEnum, SmtpSecurityEnum } from './alert-enums.ts'
import { AlertDeliveryErrorCodeEnum, AlertDeliveryErrorDetailRef } from './delivery-error.ts'

const INPUT = 'The input.'
const URL_TEXT =
  'http:// or https://, without user or fragment. Metadata and link-local addresses are refused. It is sealed, and never shown again.'
const SECRET_TEXT =
  'Of FEISHU and DINGTALK, what messages are signed with; null: they are not. Of EMAIL, the password. It is sealed, and never shown again.'
// A test sends a message: a few in one operation at most.
const TEST_COMPLEXITY = 2_000

const EmailInputRef = builder.inputType('AlertEmailSettingsInput', {
  description: 'How a channel sends e-mail.',
  fields: (t) => ({
    host: t.string({ required: true, description: 'The SMTP server.' }),
    port: t.int({ required: true, description: 'Its port: 1 to 65535.' }),
    security: t.field({
      type: SmtpSecurityEnum,
      required: true,
      description: 'How the connection is protected.',
    }),
    username: t.string({ description: 'Absent: no authentication. Its password is the secret.' }),
    from: t.string({ required: true, description: "The sender's address." }),
    to: t.stringList({ required: true, description: "1 to 20 recipients' addresses." }),
  }),
})

const CreateAlertChannelInput = builder.inputType('CreateAlertChannelInput', {
  description: 'A new alert channel: a `url`, or `email`.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Unique: 1 to 100 characters.' }),
    kind: t.field({ type: AlertChannelKindEnum, required: true, description: 'What it is.' }),
    url: t.string({ description: URL_TEXT }),
    secret: t.string({ description: `${SECRET_TEXT} The server makes that of a WEBHOOK.` }),
    email: t.field({ type: EmailInputRef, description: 'Of EMAIL.' }),
    enabled: t.boolean({
      required: true,
      defaultValue: true,
      description: 'Whether alerts are sent to it.',
    }),
  }),
})

/** A payload with the channel, and a webhook's secret this once. */
function channelWithSecret(name: string, description: string) {
  return resultPayload<ChannelWithSecret>(name, {
    description,
    fields: (t) => ({
      channel: t.field({
        type: AlertChannelRef,
        nullable: true,
        description: 'The channel.',
        resolve: (result) => resultValue(result)?.channel ?? null,
      }),
      secret: t.string({
        nullable: true,
        description:
          'Of a WEBHOOK, `whsec_…`: its receiver verifies signatures with it. It is shown this once, and never again.',
        resolve: (result) => resultValue(result)?.secret ?? null,
      }),
    }),
  })
}

builder.mutationField('createAlertChannel', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: channelWithSecret('CreateAlertChannelPayload', 'The new channel.'),
    description: 'Creates an alert channel. It is sent alerts once a rule names it.',
    args: { input: t.arg({ type: CreateAlertChannelInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) =>
      createChannel(context.plane, alertActor(context), {
        name: input.name,
        kind: input.kind,
        url: input.url ?? undefined,
        secret: input.secret,
        email: emailOf(input.email),
        enabled: input.enabled,
      }),
  }),
)

const UpdateAlertChannelInput = builder.inputType('UpdateAlertChannelInput', {
  description:
    'A field that is absent stays as it is. Another SMTP server needs the password again. The kind cannot be changed.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The channel.' }),
    name: t.string({ description: 'Unique: 1 to 100 characters.' }),
    url: t.string({ description: URL_TEXT }),
    secret: t.string({ description: SECRET_TEXT }),
    email: t.field({ type: EmailInputRef, description: 'Of EMAIL: all of it.' }),
    enabled: t.boolean({ description: 'Whether alerts are sent to it.' }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const UpdateAlertChannelPayload = resultPayload<ChannelView>('UpdateAlertChannelPayload', {
  description: 'The changed channel.',
  fields: (t) => ({
    channel: t.field({
      type: AlertChannelRef,
      nullable: true,
      description: 'The channel as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('updateAlertChannel', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: UpdateAlertChannelPayload,
    description: 'Changes an alert channel, from its next message on; also those that are under way.',
    args: { input: t.arg({ type: UpdateAlertChannelInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentChannel(input.id)
      if (!number.ok) return number
      return updateChannel(context.plane, alertActor(context), {
        number: number.value,
        name: input.name ?? undefined,
        url: input.url ?? undefined,
        secret: input.secret,
        email: emailOf(input.email),
        enabled: input.enabled ?? undefined,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const ChannelIdInput = {
  rotate: idInput('RotateAlertChannelSecretInput', 'Which channel gets a new secret.'),
  delete: idInput('DeleteAlertChannelInput', 'Which channel to delete.'),
  test: idInput('TestAlertChannelInput', 'Which channel to test.'),
}

builder.mutationField('rotateAlertChannelSecret', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: channelWithSecret('RotateAlertChannelSecretPayload', 'The channel with its new secret.'),
    description:
      'Gives a WEBHOOK a new secret. For a day messages are signed with the former one too, so that the receiver can change in between.',
    args: { input: t.arg({ type: ChannelIdInput.rotate, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentChannel(input.id)
      return number.ok ? rotateChannelSecret(context.plane, alertActor(context), number.value) : number
    },
  }),
)

const DeleteAlertChannelPayload = resultPayload<number>('DeleteAlertChannelPayload', {
  description: 'The deleted channel.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? alertChannelId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteAlertChannel', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: DeleteAlertChannelPayload,
    description:
      'Deletes an alert channel and the log of its deliveries. This cannot be undone. IN_USE while a rule names it.',
    args: { input: t.arg({ type: ChannelIdInput.delete, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentChannel(input.id)
      return number.ok ? deleteChannel(context.plane, alertActor(context), number.value) : number
    },
  }),
)

const TestAlertChannelPayload = resultPayload<ChannelTest>('TestAlertChannelPayload', {
  description: 'The result of the test.',
  errors: 'Why no test was made; empty otherwise.',
  fields: (t) => ({
    ok: t.boolean({
      description: 'Whether the channel has accepted the message.',
      resolve: (result) => resultValue(result)?.ok ?? false,
    }),
    status: t.int({
      nullable: true,
      description: 'The status of HTTP, or the reply code of SMTP; null where there was none.',
      resolve: (result) => resultValue(result)?.status ?? null,
    }),
    message: t.string({
      nullable: true,
      description: 'What came of it, in English.',
      resolve: (result) => resultValue(result)?.message ?? null,
    }),
    code: t.field({
      type: AlertDeliveryErrorCodeEnum,
      nullable: true,
      description: 'Why it failed; null: it was accepted.',
      resolve: (result) => resultValue(result)?.code ?? null,
    }),
    detail: t.field({
      type: AlertDeliveryErrorDetailRef,
      nullable: true,
      description: 'The numbers and names of the code.',
      resolve: (result) => resultValue(result)?.detail ?? null,
    }),
    durationMs: t.int({
      nullable: true,
      description: 'How long it took.',
      resolve: (result) => resultValue(result)?.durationMs ?? null,
    }),
  }),
})

builder.mutationField('testAlertChannel', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: TestAlertChannelPayload,
    complexity: TEST_COMPLEXITY,
    description: 'Sends a test message to a channel, now and once. Takes at most 10 seconds.',
    args: { input: t.arg({ type: ChannelIdInput.test, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentChannel(input.id)
      return number.ok ? testChannel(context.plane, alertActor(context), number.value) : number
    },
  }),
)

/** The number of an alert channel. */
export function sentChannel(id: string, field = 'id'): Result<number> {
  const number = alertChannelNumber(id)
  if (number !== null) return ok(number)
  return failed('INVALID', field, `${quoted(id)} is not the id of an alert channel. Those look like ach_12.`)
}

function idInput(name: string, description: string) {
  return builder.inputType(name, {
    description,
    fields: (t) => ({ id: t.id({ required: true, description: 'The channel.' }) }),
  })
}

function emailOf(sent: typeof EmailInputRef.$inferInput | null | undefined): EmailSettings | undefined {
  if (sent == null) return undefined
  return { ...sent, username: sent.username || null, to: [...sent.to] }
}
