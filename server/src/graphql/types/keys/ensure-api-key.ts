// API keys as automation describes them.
import { ok } from '../../../domain/user-error.ts'
import { type EnsuredKey, ensureApiKey } from '../../../services/keys/automation/ensure-api-key.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentOwner } from '../sent-ids.ts'
import { ApiKeyRef } from './api-key.ts'
import { NewSecretFormEnum } from './secret-form.ts'

const EnsureApiKeyInput = builder.inputType('EnsureApiKeyInput', {
  description:
    'What the key with this externalId is to be. A field that is absent stays as it is, and is as of any new key where there is none; null clears it.',
  fields: (t) => ({
    externalId: t.string({
      required: true,
      description: 'What your system calls the key: 1 to 128 characters of ASCII without spaces.',
    }),
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    description: t.string({ description: 'At most 1,000 characters.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'In the future, at most ten years away; null: it never expires.',
    }),
    policy: t.field({ type: KeyPolicyInput, description: 'The whole policy.' }),
    ownerId: t.id({ description: 'The owner that it belongs to; null: nobody.' }),
    labels: t.field({ type: [LabelInput], description: 'All of its labels.' }),
    keepEncryptedCopy: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Of a new key, keep an encrypted copy of the secret, so that it can be revealed again.',
    }),
    secretForm: t.field({
      type: NewSecretFormEnum,
      description: 'How the secret of a new key is written; absent: as the settings say.',
    }),
  }),
})

const EnsureApiKeyPayload = resultPayload<EnsuredKey>('EnsureApiKeyPayload', {
  description: 'The key. Its secret is shown where it was created, here and never again.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: (result) => resultValue(result)?.apiKey ?? null,
    }),
    created: t.boolean({
      description: 'True where there was no key with this externalId.',
      resolve: (result) => resultValue(result)?.created ?? false,
    }),
    secret: t.string({
      nullable: true,
      description: 'The secret of a new key; null where the key was there.',
      resolve: (result) => resultValue(result)?.secret ?? null,
    }),
  }),
})

builder.mutationField('ensureApiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: EnsureApiKeyPayload,
    description:
      'Creates the key with this externalId, or changes it to what is described. Doing so twice changes nothing, and of many at once one creates it.',
    args: { input: t.arg({ type: EnsureApiKeyInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => {
      const owner = input.ownerId == null ? ok(input.ownerId) : sentOwner(input.ownerId, 'ownerId')
      if (!owner.ok) return owner
      return ensureApiKey(context.plane, actorOf(context), {
        externalId: input.externalId,
        name: input.name,
        description: input.description,
        expiresAtMs: input.expiresAt === null ? null : input.expiresAt?.getTime(),
        policy: input.policy,
        keepEncryptedCopy: input.keepEncryptedCopy,
        secretForm: input.secretForm ?? null,
        owner: owner.value,
        labels: input.labels,
      })
    },
  }),
)
