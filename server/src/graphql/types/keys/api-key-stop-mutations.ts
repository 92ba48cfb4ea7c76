// Stopping API keys: for good, for a while, or without a trace; and letting them in again.
import { apiKeyId, apiKeyNumber } from '../../../domain/keys/api-key-id.ts'
import type { Result, UserError } from '../../../domain/user-error.ts'
import type { StoppedKey } from '../../../services/keys/api-key-row.ts'
import { deleteApiKey } from '../../../services/keys/delete-api-key.ts'
import { revokeApiKey } from '../../../services/keys/revoke-api-key.ts'
import { switchApiKey } from '../../../services/keys/switch-api-key.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { UserErrorRef } from '../user-error.ts'
import { ApiKeyRef } from './api-key.ts'
import { notAKey } from './not-a-key.ts'

type StopPayload = {
  apiKey: StoppedKey['apiKey'] | null
  abortedCalls: number
  userErrors: UserError[]
}

const ERRORS = 'Why nothing was done; empty on success.'
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

const RevokeApiKeyPayload = builder.objectRef<StopPayload>('RevokeApiKeyPayload').implement({
  description: 'The revoked key.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, nullable: true, description: 'The key as it is now.' }),
    cutCalls: t.exposeInt('abortedCalls', { description: CUT_CALLS }),
    userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
  }),
})

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    type: RevokeApiKeyPayload,
    description:
      'The next call with the key is refused; the record and its logs stay. Revoking twice changes nothing.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = apiKeyNumber(input.id)
      if (number === null) return notStopped([notAKey(input.id)])
      return stopped(await revokeApiKey(context.plane, actorOf(context), number, input.cutRunningCalls))
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

const SwitchApiKeyPayload = builder.objectRef<StopPayload>('SwitchApiKeyPayload').implement({
  description: 'The key that was switched on or off.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKeyRef, nullable: true, description: 'The key as it is now.' }),
    cutCalls: t.exposeInt('abortedCalls', { description: CUT_CALLS }),
    userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
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
        const number = apiKeyNumber(input.id)
        if (number === null) return notStopped([notAKey(input.id)])
        return stopped(await switchApiKey(context.plane, actorOf(context), number, to, input.cutRunningCalls))
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

const DeleteApiKeyPayload = builder
  .objectRef<{ deletedId: string | null; abortedCalls: number; userErrors: UserError[] }>(
    'DeleteApiKeyPayload',
  )
  .implement({
    description: 'The deleted key.',
    fields: (t) => ({
      deletedId: t.exposeID('deletedId', { nullable: true, description: 'The id that no longer exists.' }),
      cutCalls: t.exposeInt('abortedCalls', { description: CUT_CALLS }),
      userErrors: t.expose('userErrors', { type: [UserErrorRef], description: ERRORS }),
    }),
  })

builder.mutationField('deleteApiKey', (t) =>
  t.field({
    type: DeleteApiKeyPayload,
    description: 'Gone for ever, with its logs.',
    args: { input: t.arg({ type: DeleteApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = apiKeyNumber(input.id)
      if (number === null) return { deletedId: null, abortedCalls: 0, userErrors: [notAKey(input.id)] }
      const result = await deleteApiKey(context.plane, actorOf(context), number, input.cutRunningCalls)
      return result.ok
        ? {
            deletedId: apiKeyId(result.value.number),
            abortedCalls: result.value.abortedCalls,
            userErrors: [],
          }
        : { deletedId: null, abortedCalls: 0, userErrors: result.errors }
    },
  }),
)

function stopped(result: Result<StoppedKey>): StopPayload {
  return result.ok ? { ...result.value, userErrors: [] } : notStopped(result.errors)
}

function notStopped(userErrors: UserError[]): StopPayload {
  return { apiKey: null, abortedCalls: 0, userErrors }
}
