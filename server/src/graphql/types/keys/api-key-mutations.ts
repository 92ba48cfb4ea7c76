// Making API keys, changing what they are and may do, and revealing their secrets.
import { apiKeyNumber } from '../../../domain/keys/api-key-id.ts'
import type { UserError } from '../../../domain/user-error.ts'
import type { ApiKeyRow } from '../../../services/keys/api-key-row.ts'
import { createApiKey } from '../../../services/keys/create-api-key.ts'
import { revealApiKey } from '../../../services/keys/reveal-api-key.ts'
import { updateApiKey } from '../../../services/keys/update-api-key.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { UserErrorRef } from '../user-error.ts'
import { ApiKeyRef } from './api-key.ts'
import { notAKey } from './not-a-key.ts'

type KeyPayload = { apiKey: ApiKeyRow | null; userErrors: UserError[] }
type SecretPayload = { secret: string | null; userErrors: UserError[] }

const ERRORS = 'Why nothing was done; empty on success.'
const INPUT = 'What to do.'

const CreateApiKeyInput = builder.inputType('CreateApiKeyInput', {
  description:
    'At most one of expiresInDays (1 to 3650) and expiresAt (in the future); neither: as the settings say, else the key never expires.',
  fields: (t) => ({
    name: t.string({ required: true, description: '1 to 100 characters.' }),
    description: t.string({ description: 'At most 1,000 characters.' }),
    expiresInDays: t.int({ description: '1 to 3650 days from now.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    policy: t.field({
      type: KeyPolicyInput,
      description: 'What it may do; the settings fill in the parts that are absent.',
    }),
    keepEncryptedCopy: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Keep an encrypted copy, so that the secret can be revealed again.',
    }),
  }),
})

const CreateApiKeyPayload = builder.objectRef<KeyPayload & SecretPayload>('CreateApiKeyPayload').implement({
  description: 'secret is shown here and never again.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, nullable: true, description: 'The new key.' }),
    secret: t.exposeString('secret', {
      nullable: true,
      description: 'What the application sends. Keep it safe.',
    }),
    userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
  }),
})

builder.mutationField('createApiKey', (t) =>
  t.field({
    type: CreateApiKeyPayload,
    description: 'Makes a key.',
    args: { input: t.arg({ type: CreateApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const result = await createApiKey(context.plane, actorOf(context), {
        name: input.name,
        description: input.description ?? null,
        expiresInDays: input.expiresInDays ?? null,
        expiresAtMs: input.expiresAt?.getTime() ?? null,
        policy: input.policy ?? null,
        keepEncryptedCopy: input.keepEncryptedCopy,
      })
      return result.ok
        ? { ...result.value, userErrors: [] }
        : { apiKey: null, secret: null, userErrors: result.errors }
    },
  }),
)

const UpdateApiKeyInput = builder.inputType('UpdateApiKeyInput', {
  description:
    'A field that is absent stays as it is; description: null, expiresAt: null or policy: null clears it. Of a policy that is cleared, the ceiling of the settings stays.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    name: t.string({ description: '1 to 100 characters.' }),
    description: t.string({ description: 'At most 1,000 characters.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'In the future, at most ten years away.' }),
    policy: t.field({
      type: KeyPolicyInput,
      description: 'What it may do, as a whole, from the next call on; what both policies count goes on.',
    }),
    expectedVersion: t.int({ description: 'The version you last saw: STALE when it has changed since.' }),
  }),
})

const UpdateApiKeyPayload = builder.objectRef<KeyPayload>('UpdateApiKeyPayload').implement({
  description: 'The changed key.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, nullable: true, description: 'The key as it is now.' }),
    userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
  }),
})

builder.mutationField('updateApiKey', (t) =>
  t.field({
    type: UpdateApiKeyPayload,
    description: "Changes a key's name, description, expiry or policy. The secret stays.",
    args: { input: t.arg({ type: UpdateApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = apiKeyNumber(input.id)
      if (number === null) return { apiKey: null, userErrors: [notAKey(input.id)] }
      const result = await updateApiKey(context.plane, actorOf(context), {
        number,
        name: input.name,
        description: input.description,
        expiresAtMs: input.expiresAt === null ? null : input.expiresAt?.getTime(),
        policy: input.policy,
        expectedVersion: input.expectedVersion ?? null,
      })
      return result.ok
        ? { apiKey: result.value, userErrors: [] }
        : { apiKey: null, userErrors: result.errors }
    },
  }),
)

const RevealApiKeyInput = builder.inputType('RevealApiKeyInput', {
  description: 'Whose secret to reveal.',
  fields: (t) => ({ id: t.id({ required: true, description: 'A key with hasEncryptedCopy.' }) }),
})

const RevealApiKeyPayload = builder.objectRef<SecretPayload>('RevealApiKeyPayload').implement({
  description: 'The secret from the encrypted copy.',
  fields: (t) => ({
    secret: t.exposeString('secret', { nullable: true, description: 'What the application sends.' }),
    userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
  }),
})

builder.mutationField('revealApiKey', (t) =>
  t.field({
    type: RevealApiKeyPayload,
    description: 'Shows the secret of a key that was made with keepEncryptedCopy. Audited.',
    args: { input: t.arg({ type: RevealApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = apiKeyNumber(input.id)
      if (number === null) return { secret: null, userErrors: [notAKey(input.id)] }
      const result = await revealApiKey(context.plane, actorOf(context), number)
      return result.ok
        ? { secret: result.value, userErrors: [] }
        : { secret: null, userErrors: result.errors }
    },
  }),
)
