// Giving an API key a new secret.
import type { ApiKeyRow } from '../../../services/keys/api-key-row.ts'
import { rotateApiKey } from '../../../services/keys/rotate-api-key.ts'
import { stopFormerSecret } from '../../../services/keys/stop-former-secret.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'
import { ApiKeyRef } from './api-key.ts'
import { NewSecretFormEnum } from './secret-form.ts'

const INPUT = 'The input.'

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which key to rotate, and how long the old secret works.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'A key that is neither revoked nor expired.' }),
    graceSeconds: t.int({
      required: true,
      defaultValue: 86_400,
      description:
        'How long the secret in force goes on working, 0 to 2592000 (30 days), and not past expiresAt. A former secret that is still in its grace stops at once.',
    }),
    keepEncryptedCopy: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Keep an encrypted copy of the new secret, so that it can be revealed again. Of the old one none is kept.',
    }),
    secretForm: t.field({
      type: NewSecretFormEnum,
      description:
        'How the new secret is written; absent: as the one before it, or where that was imported, as the settings say.',
    }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const RotateApiKeyPayload = resultPayload<{ apiKey: ApiKeyRow; secret: string }>('RotateApiKeyPayload', {
  description: 'The secret is shown here and never again.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: (result) => resultValue(result)?.apiKey ?? null,
    }),
    secret: t.string({
      nullable: true,
      description: 'The new secret, which the application sends from now on. Keep it safe.',
      resolve: (result) => resultValue(result)?.secret ?? null,
    }),
    formerSecretExpiresAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the old secret stops working.',
      resolve: (result) => resultValue(result)?.apiKey.formerSecretExpiresAt ?? null,
    }),
  }),
})

builder.mutationField('rotateApiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: RotateApiKeyPayload,
    description: 'Gives the key a new secret. Its policy, counters and logs stay.',
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      if (!number.ok) return number
      return rotateApiKey(context.plane, actorOf(context), {
        number: number.value,
        graceSeconds: input.graceSeconds,
        keepEncryptedCopy: input.keepEncryptedCopy,
        secretForm: input.secretForm ?? null,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const StopFormerSecretInput = builder.inputType('StopFormerSecretInput', {
  description: 'Which former secret to stop.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The key.' }) }),
})

const StopFormerSecretPayload = resultPayload<ApiKeyRow>('StopFormerSecretPayload', {
  description: 'The key, with one secret.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('stopFormerSecret', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: StopFormerSecretPayload,
    description:
      'Ends the grace of a rotation: the next call with the old secret is refused. Without a secret in its grace, nothing changes.',
    args: { input: t.arg({ type: StopFormerSecretInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      return number.ok ? stopFormerSecret(context.plane, actorOf(context), number.value) : number
    },
  }),
)
