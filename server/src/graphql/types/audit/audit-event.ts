// An audit event: who changed what, from where.
import { ACTOR_TYPES, type ActorType } from '../../../domain/admins/actor.ts'
import { adminId, invitationId } from '../../../domain/admins/admin-id.ts'
import type { FieldChange } from '../../../domain/audit/audit-event.ts'
import { auditEventId, auditEventNumber } from '../../../domain/audit/audit-event-id.ts'
import { storedChanges } from '../../../domain/audit/stored-changes.ts'
import type { StoredAuditEvent } from '../../../services/audit/find-audit-events.ts'
import { scopesOfIds } from '../../access/refusal.ts'
import { builder } from '../../builder.ts'
import { isGlobalId } from '../../global-id.ts'
import { ActorTypeEnum } from '../admins/viewer.ts'
import { instant } from '../date-time-range.ts'

type AuditActor = { type: ActorType; id: number | null; name: string }

const AuditActorRef = builder.objectRef<AuditActor>('AuditActor').implement({
  description: 'Who made a change.',
  fields: (t) => ({
    type: t.expose('type', { type: ActorTypeEnum, description: 'The kind of actor.' }),
    id: t.exposeInt('id', {
      nullable: true,
      description:
        'The number of the admin or admin token, which may have been deleted; null: Latchkey itself.',
    }),
    name: t.exposeString('name', { description: 'The name that it had then.' }),
  }),
})

const FieldChangeRef = builder.objectRef<FieldChange>('FieldChange').implement({
  description: 'A change of one field.',
  fields: (t) => ({
    path: t.exposeString('path', {
      description: 'The field, such as `name` or `policy.budgets[0].limitUsd`.',
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its value before; null: none, or it is not shown.',
      resolve: ({ before }) => before,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its value after; null: none, or it is not shown.',
      resolve: ({ after }) => after,
    }),
    redacted: t.boolean({
      description: 'True where the field is a secret: that it changed is all that is known.',
      resolve: ({ redacted }) => redacted === true,
    }),
  }),
})

export const AuditEventRef = builder.objectRef<StoredAuditEvent>('AuditEvent')

builder.node(AuditEventRef, {
  authScopes: { can: 'audit:read' },
  id: { resolve: ({ id }) => auditEventId(id), description: '`aud_` and the number.' },
  description:
    'Who did what, written in the transaction of the change. It is never changed; retention removes the oldest.',
  loadOne: (id, { loadAuditEvent }) => loadAuditEvent(auditEventNumber(id) ?? 0),
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When it was done.', resolve: ({ atMs }) => instant(atMs) }),
    actor: t.field({
      type: AuditActorRef,
      description: 'Who did it.',
      resolve: ({ actorType, actorId, actorName }) => ({
        type: ACTOR_TYPES.find((type) => type === actorType) ?? 'SYSTEM',
        id: actorId,
        name: actorName,
      }),
    }),
    action: t.exposeString('action', { description: 'What was done, such as `api_key.update`.' }),
    targetType: t.exposeString('targetType', {
      nullable: true,
      description: 'The type of what it was done to, such as `ApiKey`; null: to nothing.',
    }),
    targetId: t.exposeString('targetId', {
      nullable: true,
      description: 'Its id, such as `key_12`; it may have been deleted since.',
    }),
    target: t.node({
      description:
        'The thing itself, as it is now, for who may see it: without the scope of its type this is null, with an error. Null also where it was deleted, and where its type is no Node.',
      authScopes: (event, _args, _context, { schema }) => scopesOfIds(schema, nodeIdsOf(event)),
      complexity: 5,
      id: (event) => nodeIdsOf(event)[0],
    }),
    targetLabel: t.exposeString('targetLabel', { nullable: true, description: 'The name that it had then.' }),
    changes: t.field({
      type: [FieldChangeRef],
      description: 'What changed, field by field.',
      resolve: ({ changes }) => storedChanges(changes),
    }),
    ip: t.exposeString('ip', {
      nullable: true,
      description: "The client's address; null: not known, or none.",
    }),
    userAgent: t.exposeString('userAgent', {
      nullable: true,
      description: 'The User-Agent of the request; null: not known, or none.',
    }),
    requestId: t.exposeString('requestId', {
      nullable: true,
      description: 'The id of the request, as errors have it; null: no request.',
    }),
    chainPosition: t.int({
      nullable: true,
      description: 'Its place in the hash chain; null for about a second, until it is sealed.',
      resolve: ({ link }) => link?.position ?? null,
    }),
    chainHash: t.string({
      nullable: true,
      description: 'Its hash in the chain, in hex.',
      resolve: ({ link }) => (link === null ? null : Buffer.from(link.hash).toString('hex')),
    }),
  }),
})

/** The id of the target where it is one of a Node; else none. Of admins and invitations events have the number alone. */
function nodeIdsOf({ targetType, targetId }: StoredAuditEvent): string[] {
  if (targetId === null) return []
  const number = Number(targetId)
  const id =
    targetType === 'Admin'
      ? adminId(number)
      : targetType === 'AdminInvitation'
        ? invitationId(number)
        : targetId
  return isGlobalId(id) ? [id] : []
}
