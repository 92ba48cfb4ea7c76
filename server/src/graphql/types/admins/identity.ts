// The accounts at a provider that admins sign in with.
import { type IdentityRow, unlinkIdentity } from '../../../auth/sso/identities.ts'
import { identityId } from '../../../domain/admins/admin-id.ts'
import { builder } from '../../builder.ts'
import { freshActorOf, freshPersonOf, personOf } from '../../context.ts'
import { resultPayload } from '../payload.ts'
import { sentIdentity } from '../sent-ids.ts'
import { AdminRef } from './admin.ts'

const LinkedIdentityRef = builder.objectRef<IdentityRow>('LinkedIdentity').implement({
  description: 'An account at a provider of OpenID Connect that an admin signs in with.',
  fields: (t) => ({
    id: t.id({ description: '`idn_` and a number.', resolve: ({ id }) => identityId(id) }),
    issuer: t.exposeString('issuer', { description: 'Who vouches for it.' }),
    subject: t.exposeString('subject', { description: 'What the issuer calls it, and no other account.' }),
    email: t.exposeString('email', {
      nullable: true,
      description: 'As the issuer said it at the last sign-in; null: none.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was linked.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it last signed in; null: never.',
    }),
  }),
})

builder.objectField(AdminRef, 'identities', (t) =>
  t.field({
    type: [LinkedIdentityRef],
    description: 'The accounts at the provider that the admin signs in with, oldest first; at most 50.',
    complexity: { field: 5, multiplier: 2 },
    resolve: async ({ id }, _args, { loadIdentities }) => (await loadIdentities(id)) ?? [],
  }),
)

builder.queryField('linkedIdentities', (t) =>
  t.field({
    type: [LinkedIdentityRef],
    authScopes: { person: true },
    description: 'The accounts at the provider that you sign in with, oldest first; at most 50.',
    complexity: { field: 5, multiplier: 2 },
    resolve: async (_root, _args, context) =>
      (await context.loadIdentities(personOf(context).actor.id)) ?? [],
  }),
)

const UnlinkIdentityPayload = resultPayload<number>('UnlinkIdentityPayload', {
  description: 'The id of the account that is linked no more.',
  fields: (t) => ({
    unlinkedId: t.id({
      nullable: true,
      description: 'The id of the account that is linked no more.',
      resolve: (result) => (result.ok ? identityId(result.value) : null),
    }),
  }),
})

const UnlinkIdentityInput = builder.inputType('UnlinkIdentityInput', {
  description: 'Which account.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The account: `idn_…`.' }) }),
})

builder.mutationField('unlinkIdentity', (t) =>
  t.field({
    type: UnlinkIdentityPayload,
    authScopes: { person: true },
    description: 'Unlinks an account of yours at the provider, and ends the sessions that it has opened.',
    args: { input: t.arg({ type: UnlinkIdentityInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const number = sentIdentity(input.id)
      if (!number.ok) return number
      const { actor } = await freshPersonOf(context)
      return unlinkIdentity(context.plane, actor, number.value, actor.id)
    },
  }),
)

builder.mutationField('unlinkAdminIdentity', (t) =>
  t.field({
    type: UnlinkIdentityPayload,
    authScopes: { can: 'admins:write' },
    description:
      "Unlinks an admin's account at the provider, and ends the sessions that it has opened. Never the last way in of the last owner.",
    args: { input: t.arg({ type: UnlinkIdentityInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const number = sentIdentity(input.id)
      if (!number.ok) return number
      return unlinkIdentity(context.plane, await freshActorOf(context), number.value, null)
    },
  }),
)
