// Passkeys: signing in with one, and an admin's own.
import {
  type Ceremony,
  deletePasskey,
  findPasskeysOf,
  finishRegistration,
  type PasskeyRow,
  renamePasskey,
  startRegistration,
} from '../../../auth/passkeys/own-passkeys.ts'
import { completePasskeySignIn, startPasskeySignIn } from '../../../auth/passkeys/passkey-sign-in.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import { passkeyId } from '../../../domain/admins/admin-id.ts'
import { builder } from '../../builder.ts'
import { freshPersonOf, personOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentPasskey } from '../sent-ids.ts'
import { factorDeps } from './factor-deps.ts'
import { signedInViewer, ViewerRef } from './viewer.ts'

const INPUT = 'The input.'
const NAME = '1 to 100 characters.'
const RESPONSE = 'What navigator.credentials responded, as JSON (toJSON of the credential).'

const PasskeyRef = builder.objectRef<PasskeyRow>('Passkey').implement({
  description: 'A passkey of yours.',
  fields: (t) => ({
    id: t.id({ description: '`psk_` and a number.', resolve: ({ id }) => passkeyId(id) }),
    name: t.exposeString('name', { description: 'As you have named it.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used; null: never.',
    }),
  }),
})

builder.queryField('passkeys', (t) =>
  t.field({
    type: [PasskeyRef],
    authScopes: { person: true },
    description: 'Your own passkeys; at most 20.',
    complexity: { field: 5, multiplier: 5 },
    resolve: (_root, _args, context) => findPasskeysOf(context.plane, personOf(context).actor.id),
  }),
)

const CeremonyPayload = resultPayload<Ceremony>('PasskeyCeremonyPayload', {
  description: 'What the browser needs. It is good for five minutes, and once.',
  fields: (t) => ({
    options: t.string({
      nullable: true,
      description: 'JSON of the options for navigator.credentials.',
      resolve: (result) => resultValue(result)?.options ?? null,
    }),
    token: t.string({
      nullable: true,
      description: 'Send it back with the response of the browser.',
      resolve: (result) => resultValue(result)?.token ?? null,
    }),
  }),
})

builder.mutationField('startPasskeySignIn', (t) =>
  t.field({
    type: CeremonyPayload,
    skipTypeScopes: true,
    description: 'Begins a sign-in with a passkey, or a confirmation with one.',
    resolve: (_root, _args, { plane, challenges, site }) =>
      startPasskeySignIn({ challenges, clock: plane.clock }, site),
  }),
)

export const SignInWithPasskeyInput = builder.inputType('PasskeySignInInput', {
  description: 'The response of the browser to startPasskeySignIn.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From startPasskeySignIn.' }),
    response: t.string({ required: true, description: RESPONSE }),
  }),
})

const SignInWithPasskeyPayload = resultPayload<Actor>('PasskeySignInPayload', {
  description: 'The admin who is signed in now.',
  errors: 'Why the sign-in failed; empty on success.',
  fields: (t) => ({
    viewer: t.field({
      type: ViewerRef,
      nullable: true,
      description: 'The admin who signed in.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('signInWithPasskey', (t) =>
  t.field({
    type: SignInWithPasskeyPayload,
    skipTypeScopes: true,
    description: 'Opens a session with a passkey, which is a second factor, too.',
    complexity: 5_001,
    args: { input: t.arg({ type: SignInWithPasskeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const { client, cookies } = context
      return signedInViewer(context, await completePasskeySignIn(factorDeps(context), client, input, cookies))
    },
  }),
)

builder.mutationField('startPasskeyRegistration', (t) =>
  t.field({
    type: CeremonyPayload,
    authScopes: { person: true },
    description: 'Begins the registration of a passkey.',
    resolve: async (_root, _args, context) => {
      const { actor } = await freshPersonOf(context)
      return startRegistration(factorDeps(context), actor, context.site)
    },
  }),
)

const PasskeyPayload = resultPayload<PasskeyRow>('PasskeyPayload', {
  description: 'The passkey.',
  fields: (t) => ({
    passkey: t.field({
      type: PasskeyRef,
      nullable: true,
      description: 'The passkey as it is now.',
      resolve: resultValue,
    }),
  }),
})

const FinishPasskeyRegistrationInput = builder.inputType('FinishPasskeyRegistrationInput', {
  description: 'The response of the browser to startPasskeyRegistration.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From startPasskeyRegistration.' }),
    response: t.string({ required: true, description: RESPONSE }),
    name: t.string({ required: true, description: NAME }),
  }),
})

builder.mutationField('finishPasskeyRegistration', (t) =>
  t.field({
    type: PasskeyPayload,
    authScopes: { person: true },
    description: 'Keeps the passkey that the browser has made.',
    complexity: 5_001,
    args: { input: t.arg({ type: FinishPasskeyRegistrationInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) =>
      finishRegistration(factorDeps(context), personOf(context).actor, input),
  }),
)

const RenamePasskeyInput = builder.inputType('RenamePasskeyInput', {
  description: 'Which passkey, and its name.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'One of your passkeys: `psk_…`.' }),
    name: t.string({ required: true, description: NAME }),
  }),
})

builder.mutationField('renamePasskey', (t) =>
  t.field({
    type: PasskeyPayload,
    authScopes: { person: true },
    description: 'Renames one of your passkeys.',
    args: { input: t.arg({ type: RenamePasskeyInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const number = sentPasskey(input.id)
      return number.ok
        ? renamePasskey(context.plane, personOf(context).actor, number.value, input.name)
        : number
    },
  }),
)

const DeletePasskeyInput = builder.inputType('DeletePasskeyInput', {
  description: 'Which passkey.',
  fields: (t) => ({ id: t.id({ required: true, description: 'One of your passkeys: `psk_…`.' }) }),
})

const DeletePasskeyPayload = resultPayload<number>('DeletePasskeyPayload', {
  description: 'The id of the deleted passkey.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id of the deleted passkey.',
      resolve: (result) => (result.ok ? passkeyId(result.value) : null),
    }),
  }),
})

builder.mutationField('deletePasskey', (t) =>
  t.field({
    type: DeletePasskeyPayload,
    authScopes: { person: true },
    description: 'Deletes one of your passkeys: it signs in no more.',
    args: { input: t.arg({ type: DeletePasskeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentPasskey(input.id)
      if (!number.ok) return number
      const { actor } = await freshPersonOf(context)
      return deletePasskey(context.plane, actor, number.value)
    },
  }),
)
