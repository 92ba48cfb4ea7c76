// Changing, disabling and deleting admins, and their passwords.
import type { AdminRow } from '../../../auth/admins/admin-row.ts'
import { linkOf } from '../../../auth/admins/link.ts'
import {
  deleteAdmin,
  endSessionsOf,
  removeSecondFactors,
  switchAdmin,
  updateAdmin,
} from '../../../auth/admins/manage-admins.ts'
import { changePassword, resetAdminPassword, setPasswordByLink } from '../../../auth/admins/passwords.ts'
import { adminId } from '../../../domain/admins/admin-id.ts'
import { builder } from '../../builder.ts'
import { actorOf, freshActorOf, personOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentAdmin, sentOwners } from '../sent-ids.ts'
import { AdminRef } from './admin.ts'
import { AdminRoleEnum } from './viewer.ts'

const INPUT = 'The input.'
const WRITE = { can: 'admins:write' } as const

const AdminIdInput = builder.inputType('AdminIdInput', {
  description: 'Which admin.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The admin: `adm_…`.' }) }),
})

const AdminPayload = resultPayload<AdminRow>('AdminPayload', {
  description: 'The changed admin.',
  fields: (t) => ({
    admin: t.field({
      type: AdminRef,
      nullable: true,
      description: 'The admin as it is now.',
      resolve: resultValue,
    }),
  }),
})

const UpdateAdminInput = builder.inputType('UpdateAdminInput', {
  description: 'A field that is absent stays as it is; displayName: null or email: null clears it.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The admin: `adm_…`.' }),
    role: t.field({ type: AdminRoleEnum, description: 'No role that may do what you may not yourself.' }),
    displayName: t.string({ description: 'At most 100 characters.' }),
    email: t.string({ description: 'At most 254 characters.' }),
    ownerIds: t.idList({
      description:
        'All owners whose keys a KEY_MANAGER administers: at most 1,000. Without effect for other roles.',
    }),
  }),
})

builder.mutationField('updateAdmin', (t) =>
  t.field({
    type: AdminPayload,
    authScopes: WRITE,
    description: "Changes an admin's role, name or e-mail. The last enabled owner stays one.",
    args: { input: t.arg({ type: UpdateAdminInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdmin(input.id)
      if (!number.ok) return number
      const { role, displayName, email } = input
      const owners = sentOwners(input.ownerIds ?? [], 'ownerIds')
      if (!owners.ok) return owners
      const ownerIds = owners.value
      const changes = {
        ...(role ? { role } : {}),
        ...(input.ownerIds ? { ownerIds } : {}),
        displayName,
        email,
      }
      return updateAdmin(context.plane, await freshActorOf(context), number.value, changes)
    },
  }),
)

for (const [name, enabled, description] of [
  [
    'disableAdmin',
    false,
    'Ends the sessions of an admin, who can sign in no more. Never the last enabled owner.',
  ],
  ['enableAdmin', true, 'Lets a disabled admin sign in again.'],
] as const) {
  builder.mutationField(name, (t) =>
    t.field({
      type: AdminPayload,
      authScopes: WRITE,
      description,
      args: { input: t.arg({ type: AdminIdInput, required: true, description: INPUT }) },
      resolve: async (_root, { input }, context) => {
        const number = sentAdmin(input.id)
        if (!number.ok) return number
        return switchAdmin(context.plane, await freshActorOf(context), number.value, enabled)
      },
    }),
  )
}

builder.mutationField('removeAdminSecondFactors', (t) =>
  t.field({
    type: AdminPayload,
    authScopes: WRITE,
    description:
      'Removes the second factors of an admin who has lost them, and ends the sessions of that admin.',
    args: { input: t.arg({ type: AdminIdInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdmin(input.id)
      if (!number.ok) return number
      return removeSecondFactors(context.plane, await freshActorOf(context), number.value)
    },
  }),
)

const EndAdminSessionsPayload = resultPayload<number>('EndAdminSessionsPayload', {
  description: 'How many sessions have ended.',
  fields: (t) => ({
    endedSessions: t.int({
      nullable: true,
      description: 'How many sessions have ended.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('endAdminSessions', (t) =>
  t.field({
    type: EndAdminSessionsPayload,
    authScopes: WRITE,
    description: 'Ends all sessions of an admin, as when a device is lost. The admin may sign in anew.',
    args: { input: t.arg({ type: AdminIdInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdmin(input.id)
      if (!number.ok) return number
      return endSessionsOf(context.plane, await freshActorOf(context), number.value)
    },
  }),
)

const DeleteAdminPayload = resultPayload<number>('DeleteAdminPayload', {
  description: 'The id of the deleted admin.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id of the deleted admin.',
      resolve: (result) => (result.ok ? adminId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteAdmin', (t) =>
  t.field({
    type: DeleteAdminPayload,
    authScopes: WRITE,
    description:
      'Deletes an admin with all sessions and second factors; the audit trail keeps the name. Never the last enabled owner.',
    args: { input: t.arg({ type: AdminIdInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdmin(input.id)
      if (!number.ok) return number
      return deleteAdmin(context.plane, await freshActorOf(context), number.value)
    },
  }),
)

const PasswordLinkPayload = resultPayload<{ token: string; expiresAt: Date }>('PasswordLinkPayload', {
  description: 'The link, shown here and never again.',
  fields: (t) => ({
    url: t.string({
      nullable: true,
      description:
        'Give it to the admin. Absolute where LATCHKEY_PUBLIC_URL is set, else a path of this server.',
      resolve: (result, _args, { plane }) =>
        result.ok ? linkOf(plane, '/password', result.value.token) : null,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it stops to work.',
      resolve: (result) => resultValue(result)?.expiresAt ?? null,
    }),
  }),
})

builder.mutationField('resetAdminPassword', (t) =>
  t.field({
    type: PasswordLinkPayload,
    authScopes: WRITE,
    description:
      'Makes a one-time link with which an admin sets a new password within 24 hours. A former link ends; the present password works until then.',
    args: { input: t.arg({ type: AdminIdInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentAdmin(input.id)
      if (!number.ok) return number
      return resetAdminPassword(context.plane, await freshActorOf(context), number.value)
    },
  }),
)

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  description: 'The present password and the new one.',
  fields: (t) => ({
    currentPassword: t.string({ required: true, description: 'The password that is in force.' }),
    newPassword: t.string({ required: true, description: '12 to 1,024 characters.' }),
  }),
})

const ChangePasswordPayload = resultPayload<number>('ChangePasswordPayload', {
  description: 'The password is changed, unless there are userErrors.',
  fields: (t) => ({
    endedSessions: t.int({
      nullable: true,
      description: 'How many other sessions have ended.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('changePassword', (t) =>
  t.field({
    type: ChangePasswordPayload,
    authScopes: { person: true },
    description: 'Changes your own password and ends all your other sessions.',
    complexity: 5_001,
    args: { input: t.arg({ type: ChangePasswordInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const { session } = personOf(context)
      const { plane, throttle, client, cookies } = context
      const by = { actor: actorOf(context), client, session }
      return changePassword({ ...plane, throttle }, by, input, cookies)
    },
  }),
)

const SetPasswordInput = builder.inputType('SetPasswordInput', {
  description: 'token is the one in the link.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From the link that an owner has made.' }),
    password: t.string({ required: true, description: '12 to 1,024 characters.' }),
  }),
})

const SetPasswordPayload = resultPayload<string>('SetPasswordPayload', {
  description: 'The password is set, unless there are userErrors.',
  fields: (t) => ({
    username: t.string({ nullable: true, description: 'What to sign in with.', resolve: resultValue }),
  }),
})

builder.mutationField('setPassword', (t) =>
  t.field({
    type: SetPasswordPayload,
    skipTypeScopes: true,
    description:
      'Sets a password by a one-time link, and ends all sessions of the admin. Sign in afterwards.',
    complexity: 5_001,
    args: { input: t.arg({ type: SetPasswordInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, { plane, client }) => setPasswordByLink(plane, client, input),
  }),
)
