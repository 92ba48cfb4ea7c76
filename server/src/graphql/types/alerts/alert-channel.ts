// Alert channels. No URL and no secret is a field of these types.
import { alertChannelId, alertChannelNumber } from '../../../domain/alerts/alert-id.ts'
import type { EmailSettings } from '../../../domain/alerts/channels/email-settings.ts'
import type { ChannelView } from '../../../services/alerts/channels/channel-row.ts'
import { findChannel, findChannels } from '../../../services/alerts/find-alerts.ts'
import { builder } from '../../builder.ts'
import type { GraphqlContext } from '../../context.ts'
import { pageSize, readPage } from '../../paging.ts'
import { alertPlane } from './alert-access.ts'
import { AlertChannelKindEnum, SmtpSecurityEnum } from './alert-enums.ts'

const EmailRef = builder.objectRef<EmailSettings>('AlertEmailSettings').implement({
  description: 'How a channel sends e-mail. The password can be written, never read.',
  fields: (t) => ({
    host: t.exposeString('host', { description: 'The SMTP server.' }),
    port: t.exposeInt('port', { description: 'Its port.' }),
    security: t.expose('security', {
      type: SmtpSecurityEnum,
      description: 'How the connection is protected.',
    }),
    username: t.exposeString('username', { nullable: true, description: 'Null: no authentication.' }),
    from: t.exposeString('from', { description: "The sender's address." }),
    to: t.exposeStringList('to', { description: "The recipients' addresses." }),
  }),
})

export const AlertChannelRef = builder.objectRef<ChannelView>('AlertChannel')

builder.node(AlertChannelRef, {
  authScopes: { can: 'alerts:read' },
  id: { resolve: ({ id }) => id, description: '`ach_` and a number.' },
  loadOne: (id, context) => channelOf(context, id),
  description: 'Where alerts are sent.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique.' }),
    kind: t.expose('kind', {
      type: AlertChannelKindEnum,
      nullable: true,
      description: 'What it is; null: a later version of Latchkey knows.',
    }),
    origin: t.exposeString('origin', {
      description:
        'Scheme, host and port that it sends to. The rest of a URL may hold a token, and is never shown.',
    }),
    email: t.expose('email', {
      type: EmailRef,
      nullable: true,
      description: 'Of e-mail; null: another kind.',
    }),
    hasSecret: t.exposeBoolean('hasSecret', {
      description: 'Whether it signs messages, or authenticates to the SMTP server.',
    }),
    readable: t.exposeBoolean('readable', {
      description:
        'False where its sealed URL or secret cannot be decrypted, such as under another LATCHKEY_ENCRYPTION_KEY. Send them again.',
    }),
    formerSecretExpiresAt: t.expose('formerSecretExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when the secret before the last rotation signs too.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'Whether alerts are sent to it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed it.' }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

builder.queryField('alertChannel', (t) =>
  t.field({
    authScopes: { can: 'alerts:read' },
    type: AlertChannelRef,
    nullable: true,
    description: 'One alert channel; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an alert channel: `ach_…`.' }) },
    resolve: (_root, { id }, context) => channelOf(context, id),
  }),
)

builder.queryField('alertChannels', (t) =>
  t.connection(
    {
      authScopes: { can: 'alerts:read' },
      type: AlertChannelRef,
      description: 'Alert channels, newest first. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, context) =>
        readPage<ChannelView, number>(args, {
          keyOf: alertChannelNumber,
          cursorOf: ({ number }) => alertChannelId(number),
          find: (page) => findChannels(alertPlane(context), page),
        }),
    },
    {
      name: 'AlertChannelConnection',
      description: 'A page of alert channels.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are in all. Counted only when the field is selected.',
          resolve: (_page, _args, { plane }) => plane.store.prisma.alertChannel.count(),
        }),
      }),
    },
    { name: 'AlertChannelEdge', description: 'An alert channel in a page.' },
  ),
)

function channelOf(context: GraphqlContext, id: string): Promise<ChannelView | null> | null {
  const plane = alertPlane(context)
  const number = alertChannelNumber(id)
  return number === null ? null : findChannel(plane, number)
}
