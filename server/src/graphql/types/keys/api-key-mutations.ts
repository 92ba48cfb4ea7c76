// Making API keys, changing what they are and may do, and revealing their secrets.
import { ok } from '../../../domain/user-error.ts'
import type { ApiKeyRow } from '../../../services/keys/api-key-row.ts'
import { createApiKey } from '../../../services/keys/create-api-key.ts'
import { revealApiKey } from '../../../services/keys/reveal-api-key.ts'
import { updateApiKey } from '../../../services/keys/update-api-key.ts'
import { builder } from '../../builder.ts'
import { actorOf, freshActorOf } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentApiKey, sentOwner } from '../sent-ids.ts'
import { ApiKeyRef } from './api-key.ts'
import { NewSecretFormEnum } from './secret-form.ts'

type KeyWithSecret = { apiKey: ApiKeyRow; secret: string }

const INPUT = 'The input.'
const EXTERNAL_ID =
  'What another system calls it, unique among keys: 1 to 128 characters of ASCII without spaces.'

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description:
    'At most one of expiresInDays (1 to 3650), expiresAt (in the future) and neverExpires; none: as the settings say, else the key never expires.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    description: t.string({ description: 'At most 1,000 characters.' }),
    externalId: t.string({ description: EXTERNAL_ID }),
    expiresInDays: t.int({ description: '1 to 3650 days from now.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    neverExpires: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'No expiry, even where the settings give keys one. Refused where they bound how long keys last.',
    }),
    policy: t.field({
      type: KeyPolicyInput,
      description: 'The policy; the settings fill in the parts that are absent.',
    }),
    ownerId: t.id({ description: 'Who it is to belong to; absent: nobody.' }),
    labels: t.field({ type: [LabelInput], description: 'At most 20, each name once.' }),
    keepEncryptedCopy: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Keep an encrypted copy, so that the secret can be revealed again.',
    }),
    secretForm: t.field({
      type: NewSecretFormEnum,
      description: 'How the secret is written; absent: as the settings say.',
    }),
  }),
})

const CreateApiKeyPayload = resultPayload<KeyWithSecret>('CreateApiKeyPayload', {
  description: 'The secret is shown here and never again.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The new key.',
      resolve: (result) => resultValue(result)?.apiKey ?? null,
    }),
    secret: t.string({
      nullable: true,
      description: 'The secret that the application sends. Keep it safe.',
      resolve: (result) => resultValue(result)?.secret ?? null,
    }),
  }),
})

builder.mutationField('createApiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: CreateApiKeyPayload,
    description: 'Creates an API key.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const owner = input.ownerId == null ? ok(null) : sentOwner(input.ownerId, 'ownerId')
      if (!owner.ok) return owner
      return createApiKey(context.plane, actorOf(context), {
        name: input.name,
        description: input.description ?? null,
        externalId: input.externalId ?? null,
        expiresInDays: input.expiresInDays ?? null,
        expiresAtMs: input.expiresAt?.getTime() ?? null,
        neverExpires: input.neverExpires,
        policy: input.policy ?? null,
        owner: owner.value,
        labels: input.labels ?? [],
        keepEncryptedCopy: input.keepEncryptedCopy,
        secretForm: input.secretForm ?? null,
      })
    },
  }),
)

const UpdateApiKeyInput = builder.inputType('UpdateApiKeyInput', {
  description:
    'A field that is absent stays as it is; description: null, externalId: null, expiresAt: null, policy: null, ownerId: null or labels: null clears it. Of a policy that is cleared, the ceiling of the settings stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    name: t.string({ description: '1 to 100 characters.' }),
    description: t.string({ description: 'At most 1,000 characters.' }),
    externalId: t.string({ description: EXTERNAL_ID }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    policy: t.field({
      type: KeyPolicyInput,
      description:
        'The whole policy, in force from the next call on. Counters that both policies have go on.',
    }),
    ownerId: t.id({ description: 'Who it is to belong to.' }),
    labels: t.field({
      type: [LabelInput],
      description: 'In place of all its labels: at most 20, each name once.',
    }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const UpdateApiKeyPayload = resultPayload<ApiKeyRow>('UpdateApiKeyPayload', {
  description: 'The changed key.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('updateApiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: UpdateApiKeyPayload,
    description: "Changes a key's name, description, expiry, policy, owner or labels. The secret stays.",
    args: { input: t.arg({ type: UpdateApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      if (!number.ok) return number
      const owner = input.ownerId == null ? ok(input.ownerId) : sentOwner(input.ownerId, 'ownerId')
      if (!owner.ok) return owner
      return updateApiKey(context.plane, actorOf(context), {
        number: number.value,
        name: input.name,
        description: input.description,
        externalId: input.externalId,
        expiresAtMs: input.expiresAt === null ? null : input.expiresAt?.getTime(),
        policy: input.policy,
        owner: owner.value,
        labels: input.labels,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const RevealApiKeyInput = builder.inputType('RevealApiKeyInput', {
  description: 'Which secret to reveal.',
  fields: (t) => ({ id: t.id({ required: true, description: 'A key with hasEncryptedCopy.' }) }),
})

const RevealApiKeyPayload = resultPayload<string>('RevealApiKeyPayload', {
  description: 'The secret from the encrypted copy.',
  fields: (t) => ({
    secret: t.string({
      nullable: true,
      description: 'The secret that the application sends.',
      resolve: resultValue,
    }),
  }),
})

builder.mutationField('revealApiKey', (t) =>
  t.field({
    authScopes: { can: 'secrets:reveal' },
    type: RevealApiKeyPayload,
    description: 'Shows the secret of a key that was made with keepEncryptedCopy. Audited.',
    args: { input: t.arg({ type: RevealApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      return number.ok ? revealApiKey(context.plane, await freshActorOf(context), number.value) : number
    },
  }),
)
