// Stopping API keys: for good, for a while, or without a trace; and letting them in again.
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import type { StoppedKey } from '../../../services/keys/api-key-row.ts'
import { deleteApiKey } from '../../../services/keys/delete-api-key.ts'
import { revokeApiKey } from '../../../services/keys/revoke-api-key.ts'
import { switchApiKey } from '../../../services/keys/switch-api-key.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'
import { ApiKeyRef } from './api-key.ts'

type DeletedKey = { number: number; abortedCalls: number }

const INPUT = 'What to do.'
const CUT_CALLS =
  'Running calls that were cut; 0 where that was not asked for. What a gateway process that hung took with it is not in it.'
const CUT_RUNNING_CALLS =
  'Cut the calls of the key that run now, too: streams get an error and break off, calls without an answer yet a 401, realtime sessions close with 1008.'

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key to revoke.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    cutRunningCalls: t.boolean({ required: true, defaultValue: false, description: CUT_RUNNING_CALLS }),
  }),
})

const RevokeApiKeyPayload = resultPayload<StoppedKey>('RevokeApiKeyPayload', {
  description: 'The revoked key.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: (result) => resultValue(result)?.apiKey ?? null,
    }),
    cutCalls: t.int({ description: CUT_CALLS, resolve: (result) => resultValue(result)?.abortedCalls ?? 0 }),
  }),
})

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyPayload,
    description:
      'The next call with the key is refused; the record and its logs stay. Revoking twice changes nothing.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      if (!number.ok) return number
      return revokeApiKey(context.plane, actorOf(context), number.value, input.cutRunningCalls)
    },
  }),
)

const SwitchApiKeyInput = builder.inputType('SwitchApiKeyInput', {
  description: 'Which key to switch.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    cutRunningCalls: t.boolean({
      required: true,
      defaultValue: false,
      description: `${CUT_RUNNING_CALLS} Enabling cuts nothing.`,
    }),
  }),
})

const SwitchApiKeyPayload = resultPayload<StoppedKey>('SwitchApiKeyPayload', {
  description: 'The key that was switched on or off.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: (result) => resultValue(result)?.apiKey ?? null,
    }),
    cutCalls: t.int({ description: CUT_CALLS, resolve: (result) => resultValue(result)?.abortedCalls ?? 0 }),
  }),
})

const SWITCHES = {
  disableApiKey: {
    to: 'DISABLED',
    description: 'The next call with the key is refused, until it is enabled again.',
  },
  enableApiKey: { to: 'ENABLED', description: 'Lets calls with a disabled key in again.' },
} as const

for (const [name, { to, description }] of Object.entries(SWITCHES)) {
  builder.mutationField(name, (t) =>
    t.field({
      type: SwitchApiKeyPayload,
      description: `${description} Doing so twice changes nothing.`,
      args: { input: t.arg({ type: SwitchApiKeyInput, required: true, description: INPUT }) },
      resolve: async (_root, { input }, context) => {
        const number = sentApiKey(input.id)
        if (!number.ok) return number
        return switchApiKey(context.plane, actorOf(context), number.value, to, input.cutRunningCalls)
      },
    }),
  )
}

const DeleteApiKeyInput = builder.inputType('DeleteApiKeyInput', {
  description: 'Which key to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    cutRunningCalls: t.boolean({ required: true, defaultValue: false, description: CUT_RUNNING_CALLS }),
  }),
})

const DeleteApiKeyPayload = resultPayload<DeletedKey>('DeleteApiKeyPayload', {
  description: 'The deleted key.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? apiKeyId(result.value.number) : null),
    }),
    cutCalls: t.int({ description: CUT_CALLS, resolve: (result) => resultValue(result)?.abortedCalls ?? 0 }),
  }),
})

builder.mutationField('deleteApiKey', (t) =>
  t.field({
    type: DeleteApiKeyPayload,
    description: 'Gone for ever, with its logs.',
    args: { input: t.arg({ type: DeleteApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      if (!number.ok) return number
      return deleteApiKey(context.plane, actorOf(context), number.value, input.cutRunningCalls)
    },
  }),
)
