// Giving an API key a new secret.
import { apiKeyNumber } from '../../../domain/keys/api-key-id.ts'
import type { UserError } from '../../../domain/user-error.ts'
import type { ApiKeyRow } from '../../../services/keys/api-key-row.ts'
import { rotateApiKey } from '../../../services/keys/rotate-api-key.ts'
import { stopFormerSecret } from '../../../services/keys/stop-former-secret.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { UserErrorRef } from '../user-error.ts'
import { ApiKeyRef } from './api-key.ts'
import { notAKey } from './not-a-key.ts'

type KeyPayload = { apiKey: ApiKeyRow | null; userErrors: UserError[] }

const ERRORS = 'Why nothing was done; empty on success.'
const INPUT = 'What to do.'

const RotateApiKeyInput = builder.inputType('RotateApiKeyInput', {
  description: 'Which key is to have a new secret, and what becomes of the old one.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'A key that is neither revoked nor expired.' }),
    graceSeconds: t.int({
      required: true,
      defaultValue: 86_400,
      description:
        'How long the secret in force goes on working, 0 to 2592000 (30 days), and not past expiresAt. One that was in its grace stops at once.',
    }),
    keepEncryptedCopy: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Keep an encrypted copy of the new secret, so that it can be revealed again. Of the old one none is kept.',
    }),
    expectedVersion: t.int({ description: 'The version you last saw: STALE when it has changed since.' }),
  }),
})

const RotateApiKeyPayload = builder
  .objectRef<KeyPayload & { secret: string | null }>('RotateApiKeyPayload')
  .implement({
    description: 'secret is shown here and never again.',
    fields: (t) => ({
      apiKey: t.expose('apiKey', { type: ApiKeyRef, nullable: true, description: 'The key as it is now.' }),
      secret: t.exposeString('secret', {
        nullable: true,
        description: 'What the application is to send from now on. Keep it safe.',
      }),
      formerSecretExpiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When the old secret stops working.',
        resolve: ({ apiKey }) => apiKey?.formerSecretExpiresAt ?? null,
      }),
      userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
    }),
  })

builder.mutationField('rotateApiKey', (t) =>
  t.field({
    type: RotateApiKeyPayload,
    description: 'Gives the key a new secret. All else of it stays: its rules, its counts, its logs.',
    args: { input: t.arg({ type: RotateApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = apiKeyNumber(input.id)
      if (number === null) return { apiKey: null, secret: null, userErrors: [notAKey(input.id)] }
      const result = await rotateApiKey(context.plane, actorOf(context), {
        number,
        graceSeconds: input.graceSeconds,
        keepEncryptedCopy: input.keepEncryptedCopy,
        expectedVersion: input.expectedVersion ?? null,
      })
      return result.ok
        ? { ...result.value, userErrors: [] }
        : { apiKey: null, secret: null, userErrors: result.errors }
    },
  }),
)

const StopFormerSecretInput = builder.inputType('StopFormerSecretInput', {
  description: 'Whose former secret to stop.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The key.' }) }),
})

const StopFormerSecretPayload = builder.objectRef<KeyPayload>('StopFormerSecretPayload').implement({
  description: 'The key with one secret.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, nullable: true, description: 'The key as it is now.' }),
    userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
  }),
})

builder.mutationField('stopFormerSecret', (t) =>
  t.field({
    type: StopFormerSecretPayload,
    description:
      'Ends the grace of a rotation: the next call with the old secret is refused. Without one that works, nothing changes.',
    args: { input: t.arg({ type: StopFormerSecretInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = apiKeyNumber(input.id)
      if (number === null) return { apiKey: null, userErrors: [notAKey(input.id)] }
      const result = await stopFormerSecret(context.plane, actorOf(context), number)
      return result.ok
        ? { apiKey: result.value, userErrors: [] }
        : { apiKey: null, userErrors: result.errors }
    },
  }),
)
