// Second factors: the second step of signing in, an admin's own authenticator app, and confirming who one is.
import { confirmIdentity } from '../../../auth/second-factors/confirm-identity.ts'
import {
  confirmTotp,
  disableTotp,
  enrolTotp,
  renewBackupCodes,
} from '../../../auth/second-factors/own-totp.ts'
import { completeSecondStep } from '../../../auth/second-factors/second-step.ts'
import type { TotpSecret } from '../../../auth/second-factors/totp.ts'
import type { Actor } from '../../../domain/admins/actor.ts'
import { builder } from '../../builder.ts'
import { freshPersonOf, personOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { factorDeps } from './factor-deps.ts'
import { SignInWithPasskeyInput } from './passkey.ts'
import { signedInViewer, ViewerRef } from './viewer.ts'

const INPUT = 'The input.'
const CODE = 'Six digits of the authenticator app, or a backup code.'

const VerifySecondFactorInput = builder.inputType('VerifySecondFactorInput', {
  description: 'The second step of signing in.',
  fields: (t) => ({
    token: t.string({ required: true, description: 'From `secondStep` of signIn.' }),
    code: t.string({ description: CODE }),
  }),
})

const VerifySecondFactorPayload = resultPayload<Actor>('VerifySecondFactorPayload', {
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

builder.mutationField('verifySecondFactor', (t) =>
  t.field({
    type: VerifySecondFactorPayload,
    skipTypeScopes: true,
    description: 'Opens the session of a sign-in that has shown a right password.',
    // More than one code in a request could only be guessing.
    complexity: 5_001,
    args: { input: t.arg({ type: VerifySecondFactorInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const sent = { token: input.token, code: input.code ?? null }
      const result = await completeSecondStep(factorDeps(context), context.client, sent, context.cookies)
      return signedInViewer(context, result)
    },
  }),
)

const ConfirmIdentityInput = builder.inputType('ConfirmIdentityInput', {
  description: 'One of the means that STEP_UP_REQUIRED names.',
  fields: (t) => ({
    password: t.string({ description: 'The password, where there is no second factor.' }),
    code: t.string({ description: CODE }),
    passkey: t.field({
      type: SignInWithPasskeyInput,
      description: 'The response of the browser to startPasskeySignIn.',
    }),
  }),
})

const ConfirmIdentityPayload = resultPayload<number>('ConfirmIdentityPayload', {
  description: 'Until when the confirmation counts.',
  fields: (t) => ({
    confirmedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Until then nothing is asked again.',
      resolve: (result) => (result.ok ? new Date(result.value) : null),
    }),
  }),
})

builder.mutationField('confirmIdentity', (t) =>
  t.field({
    type: ConfirmIdentityPayload,
    authScopes: { person: true },
    description:
      'Confirms who you are, for what responds STEP_UP_REQUIRED otherwise: revealing secrets, deleting keys, changing admins and admin tokens. It counts for 10 minutes in this session.',
    complexity: 5_001,
    args: { input: t.arg({ type: ConfirmIdentityInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => {
      const { session } = personOf(context)
      const { throttle, client, cookies } = context
      const { password = null, code = null, passkey = null } = input
      const sent = { password, code, passkey }
      return confirmIdentity({ ...factorDeps(context), throttle }, client, session, sent, cookies)
    },
  }),
)

const EnrolTotpPayload = resultPayload<TotpSecret>('EnrolTotpPayload', {
  description: 'The secret is shown here and never again.',
  fields: (t) => ({
    secret: t.string({
      nullable: true,
      description: 'In base32, to be typed into an authenticator app.',
      resolve: (result) => resultValue(result)?.secret ?? null,
    }),
    uri: t.string({
      nullable: true,
      description: 'The same as an otpauth:// URI, to be shown as a QR code.',
      resolve: (result) => resultValue(result)?.uri ?? null,
    }),
  }),
})

builder.mutationField('enrolTotp', (t) =>
  t.field({
    type: EnrolTotpPayload,
    authScopes: { person: true },
    description: 'Makes a secret for your authenticator app. It has no effect until confirmTotp.',
    resolve: async (_root, _args, context) => {
      const { actor } = await freshPersonOf(context)
      return enrolTotp(factorDeps(context), actor.id)
    },
  }),
)

const BackupCodesPayload = resultPayload<string[]>('BackupCodesPayload', {
  description: 'The backup codes are shown here and never again.',
  fields: (t) => ({
    backupCodes: t.stringList({
      nullable: true,
      description: 'Ten codes, each of which stands in once for the authenticator app.',
      resolve: resultValue,
    }),
  }),
})

const ConfirmTotpInput = builder.inputType('ConfirmTotpInput', {
  description: 'The first code.',
  fields: (t) => ({
    code: t.string({ required: true, description: 'Six digits of the authenticator app.' }),
  }),
})

builder.mutationField('confirmTotp', (t) =>
  t.field({
    type: BackupCodesPayload,
    authScopes: { person: true },
    description: 'Puts your authenticator app in force with its first code.',
    complexity: 5_001,
    args: { input: t.arg({ type: ConfirmTotpInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) =>
      confirmTotp(factorDeps(context), personOf(context).actor, input.code),
  }),
)

builder.mutationField('renewBackupCodes', (t) =>
  t.field({
    type: BackupCodesPayload,
    authScopes: { person: true },
    description: 'Replaces your backup codes.',
    resolve: async (_root, _args, context) => {
      const { actor } = await freshPersonOf(context)
      return renewBackupCodes(context.plane, actor)
    },
  }),
)

const DisableTotpPayload = resultPayload<null>('DisableTotpPayload', {
  description: 'The authenticator app is removed, unless there are userErrors.',
  fields: (t) => ({
    disabled: t.boolean({ description: 'True where it was removed.', resolve: ({ ok }) => ok }),
  }),
})

builder.mutationField('disableTotp', (t) =>
  t.field({
    type: DisableTotpPayload,
    authScopes: { person: true },
    description: 'Removes your authenticator app and your backup codes.',
    resolve: async (_root, _args, context) => {
      const { actor } = await freshPersonOf(context)
      return disableTotp(context.plane, actor)
    },
  }),
)
