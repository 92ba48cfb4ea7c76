// The log of deliveries, and sending one again.

import { badInput } from '../../../domain/admin-errors.ts'
import { alertChannelNumber, isDeliveryId } from '../../../domain/alerts/alert-id.ts'
import { ALERT_EVENTS, storedMessage } from '../../../domain/alerts/alert-message.ts'
import {
  type DeliveryAttempt,
  storedAttempts,
  storedDeliveryStatus,
} from '../../../domain/alerts/delivery-attempt.ts'
import { failed } from '../../../domain/user-error.ts'
import { channelView } from '../../../services/alerts/channels/channel-row.ts'
import {
  countDeliveries,
  type DeliveryRow,
  findDeliveries,
  findDelivery,
} from '../../../services/alerts/find-alerts.ts'
import { replayDelivery } from '../../../services/alerts/replay-delivery.ts'
import { builder } from '../../builder.ts'
import { quoted } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { alertActor, alertPlane } from './alert-access.ts'
import { AlertChannelRef } from './alert-channel.ts'
import { AlertDeliveryStatusEnum, AlertEventEnum } from './alert-enums.ts'
import { AlertDeliveryErrorCodeEnum, AlertDeliveryErrorDetailRef } from './delivery-error.ts'

const AttemptRef = builder.objectRef<DeliveryAttempt>('AlertDeliveryAttempt').implement({
  description: 'One attempt to deliver a message.',
  fields: (t) => ({
    at: t.field({
      type: 'DateTime',
      description: 'When it began.',
      resolve: ({ atMs }) => new Date(atMs),
    }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took.' }),
    status: t.exposeInt('status', {
      nullable: true,
      description: 'The status of HTTP, or the reply code of SMTP; null where there was none.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why it failed, in English; null: it was accepted.',
    }),
    code: t.expose('code', {
      type: AlertDeliveryErrorCodeEnum,
      nullable: true,
      description:
        'Why it failed; null: it was accepted, or a version without codes, or a later one with more of them, has tried it.',
    }),
    detail: t.expose('detail', {
      type: AlertDeliveryErrorDetailRef,
      complexity: { field: 1, multiplier: 1 },
      description: 'The numbers and names of the code.',
    }),
  }),
})

const DeliveryRef = builder.objectRef<DeliveryRow>('AlertDelivery')

builder.node(DeliveryRef, {
  authScopes: { can: 'alerts:read' },
  id: { resolve: ({ id }) => id, description: '`ald_` and 32 hex digits; the webhook-id of its message.' },
  loadOne: (id, context) => findDelivery(alertPlane(context), id),
  description: 'A message to one channel. It is tried for a day, with growing pauses.',
  fields: (t) => ({
    channel: t.field({
      type: AlertChannelRef,
      complexity: { field: 2, multiplier: 1 },
      description: 'Where it goes.',
      resolve: ({ channel }, _args, { plane }) => channelView(channel, plane.encryptionKey),
    }),
    event: t.field({
      type: AlertEventEnum,
      nullable: true,
      description: 'Why it is sent; null: a later version of Latchkey knows.',
      resolve: ({ event }) => ALERT_EVENTS.find((known) => known === event) ?? null,
    }),
    alertCount: t.int({
      description: 'How many alerts it is about.',
      resolve: ({ message }) => storedMessage(message).data.total,
    }),
    message: t.exposeString('message', { description: 'The message as a WEBHOOK is sent it: JSON.' }),
    status: t.field({
      type: AlertDeliveryStatusEnum,
      description: 'How far it is.',
      resolve: ({ status }) => storedDeliveryStatus(status),
    }),
    attempts: t.field({
      type: [AttemptRef],
      complexity: { field: 2, multiplier: 2 },
      description: 'Its last 50 attempts, oldest first.',
      resolve: ({ attempts }) => storedAttempts(attempts),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was queued.' }),
    nextAttemptAt: t.expose('nextAttemptAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it is tried next; null: it has ended.',
    }),
  }),
})

const DeliveryFilterInput = builder.inputType('AlertDeliveryFilter', {
  description: 'Which deliveries to list. All parts must hold.',
  fields: (t) => ({
    status: t.field({ type: AlertDeliveryStatusEnum, description: 'How far they are.' }),
    channelId: t.id({ description: 'To this channel.' }),
  }),
})

builder.queryField('alertDeliveries', (t) =>
  t.connection(
    {
      authScopes: { can: 'alerts:read' },
      type: DeliveryRef,
      description:
        'Deliveries, newest first; those that have ended are kept for 90 days. first/last: 0 to 100, Default 50.',
      args: {
        filter: t.arg({ type: DeliveryFilterInput, description: 'Which deliveries to list; absent: all.' }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, context) => {
        const plane = alertPlane(context)
        const { status, channelId } = args.filter ?? {}
        const filter = {
          status: status ?? undefined,
          channelId: channelId == null ? undefined : channelNumber(channelId),
        }
        const page = await readPage<DeliveryRow, string>(args, {
          keyOf: (cursor) => (isDeliveryId(cursor) ? cursor : null),
          cursorOf: ({ id }) => id,
          find: (page) => findDeliveries(plane, filter, page),
        })
        return { ...page, filter }
      },
    },
    {
      name: 'AlertDeliveryConnection',
      description: 'A page of deliveries.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all. Counted only when the field is selected.',
          resolve: ({ filter }, _args, { plane }) => countDeliveries(plane, filter),
        }),
      }),
    },
    { name: 'AlertDeliveryEdge', description: 'A delivery in a page.' },
  ),
)

const ReplayAlertDeliveryInput = builder.inputType('ReplayAlertDeliveryInput', {
  description: 'Which delivery to send again.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The delivery.' }) }),
})

const ReplayAlertDeliveryPayload = resultPayload<DeliveryRow>('ReplayAlertDeliveryPayload', {
  description: 'The delivery, queued again.',
  fields: (t) => ({
    delivery: t.field({
      type: DeliveryRef,
      nullable: true,
      description: 'The delivery as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('replayAlertDelivery', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: ReplayAlertDeliveryPayload,
    description:
      'Sends a delivery that has ended once more: the same message under the same webhook-id. It is tried for a day again.',
    args: { input: t.arg({ type: ReplayAlertDeliveryInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => {
      if (isDeliveryId(input.id)) return replayDelivery(context.plane, alertActor(context), input.id)
      const message = `${quoted(input.id)} is not the id of a delivery. Those look like ald_ and 32 hex digits.`
      return failed('INVALID', 'id', message)
    },
  }),
)

function channelNumber(id: string): number {
  const number = alertChannelNumber(id)
  if (number === null)
    throw badInput(
      'filter.channelId',
      `filter.channelId: ${quoted(id)} is not the id of an alert channel, like ach_12.`,
    )
  return number
}
