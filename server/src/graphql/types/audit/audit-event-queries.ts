// Reading audit events, of all and of one object.
import { badInput } from '../../../domain/admin-errors.ts'
import { AUDIT_ACTIONS } from '../../../domain/audit/audit-event.ts'
import { auditEventId, auditEventNumber } from '../../../domain/audit/audit-event-id.ts'
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { modelId } from '../../../domain/upstreams/upstream-id.ts'
import {
  type AuditEventFilter,
  countAuditEvents,
  findAuditEvents,
  type StoredAuditEvent,
} from '../../../services/audit/find-audit-events.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { type Connection, type PagingArgs, pageSize, readPage } from '../../paging.ts'
import { ActorTypeEnum } from '../admins/viewer.ts'
import { DateTimeRangeInput, rangeMs } from '../date-time-range.ts'
import { ApiKeyRef } from '../keys/api-key.ts'
import { ModelRef } from '../models/model.ts'
import { OwnerRef } from '../owners/owner.ts'
import { UpstreamRef } from '../upstreams/upstream.ts'
import { AuditEventRef } from './audit-event.ts'

const TEXT_MAX = 256
const LIST_MAX = 100

const AuditEventFilterInput = builder.inputType('AuditEventFilter', {
  description: 'Every part that is sent must match. Texts are compared whole.',
  fields: (t) => ({
    at: t.field({ type: DateTimeRangeInput, description: 'When it was done.' }),
    actorType: t.field({ type: [ActorTypeEnum], description: 'The kind of actor: any of these.' }),
    actorId: t.int({ description: 'The number of the admin or admin token; goes with one actorType.' }),
    actorName: t.string({ description: 'The name that the actor had then.' }),
    action: t.stringList({ description: `Any of these, such as \`api_key.update\`; at most ${LIST_MAX}.` }),
    targetType: t.string({ description: 'Such as `ApiKey`.' }),
    targetId: t.string({ description: 'Such as `key_12`.' }),
    requestId: t.string({ description: 'The id of the request.' }),
    ip: t.string({ description: "The client's address." }),
  }),
})

type Page = Connection<StoredAuditEvent> & { filter: AuditEventFilter }

const AuditEventEdge = builder.edgeObject({
  type: AuditEventRef,
  name: 'AuditEventEdge',
  description: 'An audit event in a page.',
})

const AuditEventConnection = builder.connectionObject(
  {
    type: AuditEventRef,
    name: 'AuditEventConnection',
    description: 'A page of audit events.',
    fields: (t) => ({
      totalCount: t.int({
        nullable: true,
        description: 'How many match in all; null beyond 10,000. Counted only when the field is selected.',
        complexity: 50,
        resolve: (page, _args, { plane }) => countAuditEvents(plane, (page as Page).filter),
      }),
    }),
  },
  AuditEventEdge,
)

builder.queryField('auditEvents', (t) =>
  t.connection(
    {
      authScopes: { can: 'audit:read' },
      type: AuditEventRef,
      description: 'Who did what, newest first. first/last: 0 to 100, Default 50.',
      args: { filter: t.arg({ type: AuditEventFilterInput, description: 'Which events; absent: all.' }) },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: (_root, args, context) => eventsPage(context, args, readFilter(args.filter)),
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
)

builder.queryField('auditActions', (t) =>
  t.stringList({
    authScopes: { can: 'audit:read' },
    description: 'Every action that an audit event can have in this version.',
    resolve: () => [...AUDIT_ACTIONS],
  }),
)

builder.objectField(ApiKeyRef, 'auditEvents', (t) =>
  t.connection(
    {
      authScopes: { can: 'audit:read' },
      type: AuditEventRef,
      description: 'What was done to this key, newest first. first/last: 0 to 100, Default 50.',
      // Below a list every item pays for a query of its own.
      complexity: (args) => ({ field: 50, multiplier: pageSize(args) / 10 }),
      resolve: (key, args, context) =>
        eventsPage(context, args, { targetType: 'ApiKey', targetId: apiKeyId(key.id) }),
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
)

builder.objectField(OwnerRef, 'auditEvents', (t) =>
  t.connection(
    {
      authScopes: { can: 'audit:read' },
      type: AuditEventRef,
      description:
        'What was done to this owner itself, newest first; not to its keys. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 50, multiplier: pageSize(args) / 10 }),
      resolve: ({ id }, args, context) =>
        eventsPage(context, args, { targetType: 'Owner', targetId: ownerId(id) }),
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
)

builder.objectField(UpstreamRef, 'auditEvents', (t) =>
  t.connection(
    {
      authScopes: { can: 'audit:read' },
      type: AuditEventRef,
      description: 'What was done to this upstream, newest first. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 50, multiplier: pageSize(args) / 10 }),
      resolve: ({ id }, args, context) => eventsPage(context, args, { targetType: 'Upstream', targetId: id }),
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
)

builder.objectField(ModelRef, 'auditEvents', (t) =>
  t.connection(
    {
      authScopes: { can: 'audit:read' },
      type: AuditEventRef,
      description: 'What was done to this model, newest first. first/last: 0 to 100, Default 50.',
      complexity: (args) => ({ field: 50, multiplier: pageSize(args) / 10 }),
      resolve: ({ id }, args, context) =>
        eventsPage(context, args, { targetType: 'Model', targetId: modelId(id) }),
    },
    AuditEventConnection,
    AuditEventEdge,
  ),
)

async function eventsPage(
  context: GraphqlContext,
  args: PagingArgs,
  wanted: AuditEventFilter,
): Promise<Page> {
  const { plane } = context
  const { owners } = actorOf(context)
  const filter = owners === null ? wanted : { ...wanted, owners }
  const page = await readPage<StoredAuditEvent, number>(args, {
    keyOf: auditEventNumber,
    cursorOf: ({ id }) => auditEventId(id),
    find: (keyset) => findAuditEvents(plane, filter, keyset),
  })
  return { ...page, filter }
}

function readFilter(sent: typeof AuditEventFilterInput.$inferInput | null | undefined): AuditEventFilter {
  const filter: AuditEventFilter = {}
  const { fromMs, toMs } = rangeMs(sent?.at, 'filter.at')
  if (fromMs !== null) filter.fromMs = fromMs
  if (toMs !== null) filter.toMs = toMs
  if (sent?.actorType != null) filter.actorType = bounded(sent.actorType, 'actorType')
  if (sent?.action != null) filter.action = bounded(sent.action, 'action')
  if (sent?.actorId != null) {
    if (filter.actorType?.length !== 1)
      throw badInput(
        'filter.actorId',
        'filter.actorId goes with one filter.actorType: admins and admin tokens have numbers of their own.',
      )
    filter.actorId = sent.actorId
  }
  for (const name of ['actorName', 'targetType', 'targetId', 'requestId', 'ip'] as const) {
    const value = sent?.[name]
    if (value == null) continue
    if (value.length > TEXT_MAX)
      throw badInput(`filter.${name}`, `filter.${name} has at most ${TEXT_MAX} characters.`)
    filter[name] = value
  }
  return filter
}

function bounded<Item>(list: Item[], name: string): Item[] {
  if (list.length > LIST_MAX)
    throw badInput(`filter.${name}`, `filter.${name} has at most ${LIST_MAX} entries.`)
  return [...new Set(list)]
}
