// Invitations of admins.
import {
  acceptInvitation,
  findInvitations,
  type Invitation,
  inviteAdmin,
  revokeInvitation,
} from '../../../auth/admins/invitations.ts'
import { linkOf } from '../../../auth/admins/link.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import { invitationId } from '../../../domain/admins/admin-id.ts'
import { storedOwners } from '../../../domain/admins/admin-token-input.ts'
import { readRole } from '../../../domain/admins/permissions.ts'
import { ownerId } from '../../../domain/owners/owner.ts'
import { builder } from '../../builder.ts'
import { actorOf, freshActorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentInvitation, sentOwners } from '../sent-ids.ts'
import { AdminRoleEnum, signedInViewer, ViewerRef } from './viewer.ts'

const INPUT = 'The input.'

const InvitationRef = builder.objectRef<Invitation>('AdminInvitation')

builder.node(InvitationRef, {
  description: 'A one-time link with which a person becomes an admin.',
  authScopes: { can: 'admins:read' },
  id: { resolve: ({ id }) => invitationId(id), description: '`inv_` and a number.' },
  loadOne: (id, { loadInvitation }) => loadInvitation(id),
  fields: (t) => ({
    role: t.field({
      type: AdminRoleEnum,
      nullable: true,
      description: 'The role of the new admin.',
      resolve: ({ role }) => readRole(role),
    }),
    displayName: t.exposeString('displayName', { nullable: true, description: 'The name of the new admin.' }),
    email: t.exposeString('email', { nullable: true, description: 'The e-mail address of the new admin.' }),
    ownerIds: t.idList({
      description: 'The owners whose keys the new key manager will administer.',
      resolve: (row) => (storedOwners(row.ownerIds) ?? []).map(ownerId),
    }),
    createdBy: t.exposeString('createdBy', { description: 'Who has invited.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', description: 'When it stops to work.' }),
  }),
})

builder.queryField('adminInvitations', (t) =>
  t.field({
    type: [InvitationRef],
    authScopes: { can: 'admins:read' },
    description: 'The invitations that can still be accepted, newest first; at most 100.',
    complexity: { field: 5, multiplier: 10 },
    resolve: (_root, _args, context) => findInvitations(context.plane, actorOf(context)),
  }),
)

const InviteAdminInput = builder.inputType('InviteAdminInput', {
  description: 'Whom to invite.',
  fields: (t) => ({
    role: t.field({
      type: AdminRoleEnum,
      required: true,
      description: 'No role that may do what you may not yourself.',
    }),
    displayName: t.string({ description: 'At most 100 characters.' }),
    email: t.string({ description: 'At most 254 characters. Nothing is sent to it.' }),
    ownerIds: t.idList({
      description:
        'Of a KEY_MANAGER alone: the owners whose keys the new admin administers, at most 1,000. Absent: none yet.',
    }),
    expiresInDays: t.int({ description: '1 to 30 days that the link works. Absent: 7.' }),
  }),
})

const InviteAdminPayload = resultPayload<{ invitation: Invitation; token: string }>('InviteAdminPayload', {
  description: 'The link is shown here and never again.',
  fields: (t) => ({
    invitation: t.field({
      type: InvitationRef,
      nullable: true,
      description: 'The new invitation.',
      resolve: (result) => resultValue(result)?.invitation ?? null,
    }),
    url: t.string({
      nullable: true,
      description:
        'Give it to the person. Absolute where LATCHKEY_PUBLIC_URL is set, else a path of this server.',
      resolve: (result, _args, { plane }) =>
        result.ok ? linkOf(plane, '/invitation', result.value.token) : null,
    }),
  }),
})

builder.mutationField('inviteAdmin', (t) =>
  t.field({
    type: InviteAdminPayload,
    authScopes: { can: 'admins:write' },
    description: 'Makes a one-time link with which a person becomes an admin.',
    args: { input: t.arg({ type: InviteAdminInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const ownerIds = sentOwners(input.ownerIds ?? [], 'ownerIds')
      if (!ownerIds.ok) return ownerIds
      return inviteAdmin(context.plane, await freshActorOf(context), {
        role: input.role,
        displayName: input.displayName ?? null,
        email: input.email ?? null,
        ownerIds: ownerIds.value,
        expiresInDays: input.expiresInDays ?? null,
      })
    },
  }),
)

const RevokeInvitationInput = builder.inputType('RevokeAdminInvitationInput', {
  description: 'Which invitation.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The invitation: `inv_…`.' }) }),
})

const RevokeInvitationPayload = resultPayload<number>('RevokeAdminInvitationPayload', {
  description: 'The id of the revoked invitation.',
  fields: (t) => ({
    revokedId: t.id({
      nullable: true,
      description: 'The id of the revoked invitation.',
      resolve: (result) => (result.ok ? invitationId(result.value) : null),
    }),
  }),
})

builder.mutationField('revokeAdminInvitation', (t) =>
  t.field({
    type: RevokeInvitationPayload,
    authScopes: { can: 'admins:write' },
    description: 'Ends an invitation: its link works no more.',
    args: { input: t.arg({ type: RevokeInvitationInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentInvitation(input.id)
      if (!number.ok) return number
      return revokeInvitation(context.plane, await freshActorOf(context), number.value)
    },
  }),
)

const AcceptInvitationInput = builder.inputType('AcceptInvitationInput', {
  description: 'token is the one in the link.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From the link of the invitation.' }),
    username: t.string({
      required: true,
      description: 'Up to 64 letters, digits and . _ @ + -; letter case does not matter.',
    }),
    password: t.string({ required: true, description: '12 to 1,024 characters.' }),
  }),
})

const AcceptInvitationPayload = resultPayload<Actor>('AcceptInvitationPayload', {
  description: 'The new admin, signed in.',
  errors: 'Why there is none; empty on success.',
  fields: (t) => ({
    viewer: t.field({ type: ViewerRef, nullable: true, description: 'The new admin.', resolve: resultValue }),
  }),
})

builder.mutationField('acceptInvitation', (t) =>
  t.field({
    type: AcceptInvitationPayload,
    skipTypeScopes: true,
    description: 'Makes the admin of an invitation and signs it in. Works once.',
    complexity: 5_001,
    args: { input: t.arg({ type: AcceptInvitationInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const result = await acceptInvitation(context.plane, context.client, input)
      return signedInViewer(context, result)
    },
  }),
)
