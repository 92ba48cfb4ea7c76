// Revoking, disabling, enabling and deleting API keys.
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import type { Result } from '../../../domain/user-error.ts'
import type { StoppedKey } from '../../../services/keys/api-key-row.ts'
import { deleteApiKey } from '../../../services/keys/delete-api-key.ts'
import { revokeApiKey } from '../../../services/keys/revoke-api-key.ts'
import { switchApiKey } from '../../../services/keys/switch-api-key.ts'
import { builder, type FieldsOf, type InputFields } from '../../builder.ts'
import { actorOf, freshActorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { sentApiKey } from '../sent-ids.ts'
import { ApiKeyRef } from './api-key.ts'

type DeletedKey = { number: number; abortedCalls: number }

const INPUT = 'The input.'
const ABORT_IN_FLIGHT =
  'Whether to abort the in-flight calls of the key, too: a stream ends with an error, a call without a response head gets a 401, a realtime session closes with 1008.'

/** The input fields by which in-flight calls are aborted. The one of the former name holds as well, for one version. */
function abortFields(t: InputFields, note = '') {
  return {
    abortInFlightCalls: t.boolean({
      required: true,
      defaultValue: false,
      description: `${ABORT_IN_FLIGHT}${note}`,
    }),
    cutRunningCalls: t.boolean({
      required: true,
      defaultValue: false,
      deprecationReason:
        'Renamed to abortInFlightCalls. Deprecated since 2026-11-29; it works for one version more.',
      description: 'The former name of abortInFlightCalls. Either of them being true is enough.',
    }),
  }
}

function abortsInFlight(input: { abortInFlightCalls: boolean; cutRunningCalls: boolean }): boolean {
  return input.abortInFlightCalls || input.cutRunningCalls
}

/** How many calls were aborted, under the current name and, for one version, under the former. */
function abortedFields(t: FieldsOf<Result<{ abortedCalls: number }>>) {
  const resolve = (result: Result<{ abortedCalls: number }>) => resultValue(result)?.abortedCalls ?? 0
  return {
    abortedCalls: t.int({
      description:
        'In-flight calls that were aborted; 0 where that was not asked for. Calls that ended with a gateway process that hung are not counted.',
      resolve,
    }),
    cutCalls: t.int({
      deprecationReason:
        'Renamed to abortedCalls. Deprecated since 2026-11-29; it works for one version more.',
      description: 'The former name of abortedCalls.',
      resolve,
    }),
  }
}

const RevokeApiKeyInput = builder.inputType('RevokeApiKeyInput', {
  description: 'Which key to revoke.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    ...abortFields(t),
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
    ...abortedFields(t),
  }),
})

builder.mutationField('revokeApiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: RevokeApiKeyPayload,
    description:
      'The next call with the key is refused; the record and its logs stay. Revoking twice changes nothing.',
    args: { input: t.arg({ type: RevokeApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      if (!number.ok) return number
      return revokeApiKey(context.plane, actorOf(context), number.value, abortsInFlight(input))
    },
  }),
)

const SwitchApiKeyInput = builder.inputType('SwitchApiKeyInput', {
  description: 'Which key to enable or disable.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    ...abortFields(t, ' Enabling a key aborts nothing.'),
  }),
})

const SwitchApiKeyPayload = resultPayload<StoppedKey>('SwitchApiKeyPayload', {
  description: 'The key that was enabled or disabled.',
  fields: (t) => ({
    apiKey: t.field({
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now.',
      resolve: (result) => resultValue(result)?.apiKey ?? null,
    }),
    ...abortedFields(t),
  }),
})

const SWITCHES = {
  disableApiKey: {
    to: 'DISABLED',
    description: 'The next call with the key is refused, until it is enabled again.',
  },
  enableApiKey: { to: 'ENABLED', description: 'Admits calls with a disabled key again.' },
} as const

for (const [name, { to, description }] of Object.entries(SWITCHES)) {
  builder.mutationField(name, (t) =>
    t.field({
      authScopes: { can: 'keys:write' },
      type: SwitchApiKeyPayload,
      description: `${description} Doing so twice changes nothing.`,
      args: { input: t.arg({ type: SwitchApiKeyInput, required: true, description: INPUT }) },
      resolve: async (_root, { input }, context) => {
        const number = sentApiKey(input.id)
        if (!number.ok) return number
        return switchApiKey(context.plane, actorOf(context), number.value, to, abortsInFlight(input))
      },
    }),
  )
}

const DeleteApiKeyInput = builder.inputType('DeleteApiKeyInput', {
  description: 'Which key to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The key.' }),
    ...abortFields(t),
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
    ...abortedFields(t),
  }),
})

builder.mutationField('deleteApiKey', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: DeleteApiKeyPayload,
    description:
      'Deletes the key and its request logs. What it used stays in totals, and by key in the group `deleted`. This cannot be undone.',
    args: { input: t.arg({ type: DeleteApiKeyInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentApiKey(input.id)
      if (!number.ok) return number
      const actor = await freshActorOf(context)
      return deleteApiKey(context.plane, actor, number.value, abortsInFlight(input))
    },
  }),
)
