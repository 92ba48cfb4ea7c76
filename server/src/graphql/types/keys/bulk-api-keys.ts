// One change of many API keys: disable, enable, expire, set the policy, relabel, move to an owner, revoke, delete.
import { readDays } from '../../../domain/keys/expiry-bounds.ts'
import { DAY_MS } from '../../../domain/time.ts'
import { failed, ok } from '../../../domain/user-error.ts'
import type { KeyChangeOf } from '../../../services/keys/automation/bulk-api-keys.ts'
import { readLabelChanges, relabelApiKey } from '../../../services/keys/automation/relabel-api-key.ts'
import { deleteApiKey } from '../../../services/keys/delete-api-key.ts'
import { revokeApiKey } from '../../../services/keys/revoke-api-key.ts'
import { switchApiKey } from '../../../services/keys/switch-api-key.ts'
import { type UpdateApiKeyInput, updateApiKey } from '../../../services/keys/update-api-key.ts'
import { builder, type InputFields } from '../../builder.ts'
import { actorOf, freshActorOf, type GraphqlContext } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentOwner } from '../sent-ids.ts'
import { BulkPayload, changeSelected, selectionFields } from './bulk-selection.ts'

/** A change of each key's own fields. */
function update(
  context: GraphqlContext,
  changes: Omit<UpdateApiKeyInput, 'number' | 'expectedVersion'>,
): KeyChangeOf {
  return async (plane, number) => {
    const result = await updateApiKey(plane, actorOf(context), { ...changes, number, expectedVersion: null })
    return result.ok ? ok({ apiKey: result.value }) : result
  }
}

function abortField(t: InputFields) {
  return {
    abortInFlightCalls: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Whether to abort the in-flight calls of the keys, too.',
    }),
  }
}

const StopInput = builder.inputType('BulkStopApiKeysInput', {
  description: 'Which keys to stop.',
  fields: (t) => ({ ...selectionFields(t), ...abortField(t) }),
})

const STOPS = {
  bulkDisableApiKeys: {
    description: 'Disables many keys: their next calls are refused, until they are enabled again.',
    change:
      (context: GraphqlContext, aborts: boolean): KeyChangeOf =>
      (plane, number) =>
        switchApiKey(plane, actorOf(context), number, 'DISABLED', aborts),
  },
  bulkEnableApiKeys: {
    description: 'Enables many keys that were disabled.',
    change:
      (context: GraphqlContext): KeyChangeOf =>
      (plane, number) =>
        switchApiKey(plane, actorOf(context), number, 'ENABLED'),
  },
  bulkRevokeApiKeys: {
    description: 'Revokes many keys: their next calls are refused for good.',
    change:
      (context: GraphqlContext, aborts: boolean): KeyChangeOf =>
      (plane, number) =>
        revokeApiKey(plane, actorOf(context), number, aborts),
  },
  bulkDeleteApiKeys: {
    description: 'Deletes many keys and their request logs. This cannot be undone.',
    change:
      (context: GraphqlContext, aborts: boolean): KeyChangeOf =>
      async (plane, number) => {
        const result = await deleteApiKey(plane, actorOf(context), number, aborts)
        return result.ok ? ok({ apiKey: null }) : result
      },
  },
} as const

for (const [name, { description, change }] of Object.entries(STOPS)) {
  builder.mutationField(name, (t) =>
    t.field({
      authScopes: { can: 'keys:write' },
      type: BulkPayload,
      description,
      args: { input: t.arg({ type: StopInput, required: true, description: 'The input.' }) },
      resolve: async (_root, { input }, context) => {
        // As the deletion of one key does, where the sender is a person.
        if (name === 'bulkDeleteApiKeys') await freshActorOf(context)
        return changeSelected(context, input, change(context, input.abortInFlightCalls))
      },
    }),
  )
}

const ExpireInput = builder.inputType('BulkExpireApiKeysInput', {
  description: 'Which keys, and when they expire.',
  fields: (t) => ({
    ...selectionFields(t),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'In the future, at most ten years away; null, without expiresInDays: never.',
    }),
    expiresInDays: t.int({ description: '1 to 3650 days from now, in place of expiresAt.' }),
  }),
})

builder.mutationField('bulkExpireApiKeys', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: BulkPayload,
    description: 'Sets when many keys expire.',
    args: { input: t.arg({ type: ExpireInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) => {
      const { expiresAt = null, expiresInDays = null } = input
      const days = readDays(expiresInDays, 'expiresInDays')
      if (!days.ok) return days
      if (expiresAt !== null && days.value !== null)
        return failed('INVALID', 'expiresInDays', 'Say one of expiresAt and expiresInDays.')
      const inDaysMs = days.value === null ? null : context.plane.clock() + days.value * DAY_MS
      return changeSelected(
        context,
        input,
        update(context, { expiresAtMs: expiresAt?.getTime() ?? inDaysMs }),
      )
    },
  }),
)

const PolicyInput = builder.inputType('BulkSetApiKeyPolicyInput', {
  description: 'Which keys, and what they may do.',
  fields: (t) => ({
    ...selectionFields(t),
    policy: t.field({ type: KeyPolicyInput, description: 'The whole policy; null: no restrictions.' }),
  }),
})

builder.mutationField('bulkSetApiKeyPolicy', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: BulkPayload,
    description: 'Puts one policy in the place of those of many keys, within the ceiling of the settings.',
    args: { input: t.arg({ type: PolicyInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) =>
      changeSelected(context, input, update(context, { policy: input.policy ?? null })),
  }),
)

const RelabelInput = builder.inputType('BulkRelabelApiKeysInput', {
  description: 'Which keys, and which labels they get and lose. Their other labels stay.',
  fields: (t) => ({
    ...selectionFields(t),
    set: t.field({
      type: [LabelInput],
      description: 'Labels that they get, in the place of others of the same name.',
    }),
    remove: t.stringList({ description: 'Names of labels that they lose.' }),
  }),
})

builder.mutationField('bulkRelabelApiKeys', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: BulkPayload,
    description: 'Sets and removes labels of many keys.',
    args: { input: t.arg({ type: RelabelInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const changes = readLabelChanges(input.set ?? [], input.remove ?? [])
      if (!changes.ok) return changes
      return changeSelected(context, input, async (plane, number) => {
        const result = await relabelApiKey(plane, actorOf(context), number, changes.value)
        return result.ok ? ok({ apiKey: result.value }) : result
      })
    },
  }),
)

const MoveInput = builder.inputType('BulkMoveApiKeysInput', {
  description: 'Which keys, and whom they belong to.',
  fields: (t) => ({
    ...selectionFields(t),
    ownerId: t.id({ description: 'The owner; null: nobody.' }),
  }),
})

builder.mutationField('bulkMoveApiKeys', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: BulkPayload,
    description: 'Gives many keys to an owner.',
    args: { input: t.arg({ type: MoveInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const owner = input.ownerId == null ? ok(null) : sentOwner(input.ownerId, 'ownerId')
      return owner.ok ? changeSelected(context, input, update(context, { owner: owner.value })) : owner
    },
  }),
)
