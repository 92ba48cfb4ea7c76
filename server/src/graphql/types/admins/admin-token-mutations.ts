// Creating, changing, rotating and revoking admin tokens.
import { SCOPES } from '../../../domain/admins/permissions.ts'
import type { AdminTokenRow } from '../../../services/admins/tokens/admin-token-row.ts'
import { createAdminToken } from '../../../services/admins/tokens/create-admin-token.ts'
import { revokeAdminToken } from '../../../services/admins/tokens/revoke-admin-token.ts'
import { rotateAdminToken } from '../../../services/admins/tokens/rotate-admin-token.ts'
import { updateAdminToken } from '../../../services/admins/tokens/update-admin-token.ts'
import { builder } from '../../builder.ts'
import { freshActorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentAdminToken } from '../sent-ids.ts'
import { AdminTokenRef } from './admin-token.ts'

type WithToken = { adminToken: AdminTokenRow; token: string }

const INPUT = 'The input.'
const NAME = '1 to 100 characters, as no other token has it.'
const NETWORKS = 'Addresses and networks that it may be used from, such as 10.0.0.0/8: 1 to 100. null: any.'
const OWNERS = 'Owners whose keys, logs and usage it sees: 1 to 100. null: all, and keys without an owner.'
const SCOPE_NAMES = `Of ${SCOPES.map((scope) => `\`${scope}\``).join(', ')}; \`…:write\` implies \`…:read\`. None that you do not have.`

const tokenWithSecret = (name: string, description: string) =>
  resultPayload<WithToken>(name, {
    description,
    fields: (t) => ({
      adminToken: t.field({
        type: AdminTokenRef,
        nullable: true,
        description: 'The token as it is now.',
        resolve: (result) => resultValue(result)?.adminToken ?? null,
      }),
      token: t.string({
        nullable: true,
        description: 'What automation sends, `lka_…`. Keep it safe.',
        resolve: (result) => resultValue(result)?.token ?? null,
      }),
    }),
  })

const CreateAdminTokenInput = builder.inputType('CreateAdminTokenInput', {
  description: 'At most one of expiresInDays and expiresAt; neither: it never expires.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    scopes: t.stringList({ required: true, description: SCOPE_NAMES }),
    expiresInDays: t.int({ description: '1 to 3650 days from now.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    networks: t.stringList({ description: NETWORKS }),
    ownerIds: t.idList({ description: OWNERS }),
  }),
})

const CreateAdminTokenPayload = tokenWithSecret(
  'CreateAdminTokenPayload',
  'The token is shown here and never again.',
)

builder.mutationField('createAdminToken', (t) =>
  t.field({
    authScopes: { can: 'admins:write' },
    type: CreateAdminTokenPayload,
    description:
      'Creates an admin token with no more than you have: scopes, owners and, where you are a token yourself, networks and expiry.',
    args: { input: t.arg({ type: CreateAdminTokenInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) =>
      createAdminToken(context.plane, await freshActorOf(context), {
        name: input.name,
        scopes: input.scopes,
        expiresInDays: input.expiresInDays ?? null,
        expiresAtMs: input.expiresAt?.getTime() ?? null,
        networks: input.networks ?? null,
        ownerIds: input.ownerIds?.map(String) ?? null,
      }),
  }),
)

const UpdateAdminTokenInput = builder.inputType('UpdateAdminTokenInput', {
  description: 'A field that is absent stays as it is; null clears expiresAt, networks or ownerIds.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The token.' }),
    name: t.string({ description: NAME }),
    scopes: t.stringList({ description: SCOPE_NAMES }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    networks: t.stringList({ description: NETWORKS }),
    ownerIds: t.idList({ description: OWNERS }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const UpdateAdminTokenPayload = changedToken('UpdateAdminTokenPayload', 'The changed token.')

builder.mutationField('updateAdminToken', (t) =>
  t.field({
    authScopes: { can: 'admins:write' },
    type: UpdateAdminTokenPayload,
    description:
      "Changes a token that may no more than you, to no more than you have. It holds from the token's next request on.",
    args: { input: t.arg({ type: UpdateAdminTokenInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdminToken(input.id)
      if (!number.ok) return number
      return updateAdminToken(context.plane, await freshActorOf(context), {
        number: number.value,
        name: input.name,
        scopes: input.scopes,
        expiresAtMs: input.expiresAt === null ? null : input.expiresAt?.getTime(),
        networks: input.networks,
        ownerIds: input.ownerIds,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const RotateAdminTokenInput = builder.inputType('RotateAdminTokenInput', {
  description: 'Which token to rotate, and how long the old one works.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'A token that is neither revoked nor expired.' }),
    graceSeconds: t.int({
      required: true,
      defaultValue: 86_400,
      description:
        'How long the token in force goes on working, 0 to 2592000 (30 days). One that is still in its grace stops.',
    }),
  }),
})

const RotateAdminTokenPayload = tokenWithSecret(
  'RotateAdminTokenPayload',
  'The new token is shown here and never again.',
)

builder.mutationField('rotateAdminToken', (t) =>
  t.field({
    authScopes: { can: 'admins:write' },
    type: RotateAdminTokenPayload,
    description:
      'Replaces a token by a new one with the same scopes. One that may more than you cannot be rotated.',
    args: { input: t.arg({ type: RotateAdminTokenInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdminToken(input.id)
      if (!number.ok) return number
      const { graceSeconds } = input
      return rotateAdminToken(context.plane, await freshActorOf(context), {
        number: number.value,
        graceSeconds,
      })
    },
  }),
)

const RevokeAdminTokenInput = builder.inputType('RevokeAdminTokenInput', {
  description: 'Which token to revoke.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The token.' }) }),
})

const RevokeAdminTokenPayload = changedToken('RevokeAdminTokenPayload', 'The revoked token.')

builder.mutationField('revokeAdminToken', (t) =>
  t.field({
    authScopes: { can: 'admins:write' },
    type: RevokeAdminTokenPayload,
    description: "Refuses the token's next request, for good. Revoking twice changes nothing.",
    args: { input: t.arg({ type: RevokeAdminTokenInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdminToken(input.id)
      return number.ok ? revokeAdminToken(context.plane, await freshActorOf(context), number.value) : number
    },
  }),
)

function changedToken(name: string, description: string) {
  return resultPayload<AdminTokenRow>(name, {
    description,
    fields: (t) => ({
      adminToken: t.field({
        type: AdminTokenRef,
        nullable: true,
        description: 'The token as it is now.',
        resolve: resultValue,
      }),
    }),
  })
}
