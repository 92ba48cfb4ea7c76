// One change of many API keys: disable, enable, expire, set the policy, relabel, move to an owner, revoke, delete.
import { apiKeyId } from '../../../domain/keys/api-key-id.ts'
import { readDays } from '../../../domain/keys/expiry-bounds.ts'
import type { Label } from '../../../domain/labels/label.ts'
import { DAY_MS } from '../../../domain/time.ts'
import { failed, ok, problemsOf, type Result } from '../../../domain/user-error.ts'
import {
  type BulkItem,
  type BulkResult,
  bulkChange,
  type KeyChangeOf,
  type KeySelection,
} from '../../../services/keys/automation/bulk-api-keys.ts'
import { deleteApiKey } from '../../../services/keys/delete-api-key.ts'
import { revokeApiKey } from '../../../services/keys/revoke-api-key.ts'
import { switchApiKey } from '../../../services/keys/switch-api-key.ts'
import { type UpdateApiKeyInput, updateApiKey } from '../../../services/keys/update-api-key.ts'
import { builder, type InputFields } from '../../builder.ts'
import { actorOf, freshActorOf, type GraphqlContext } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentApiKey, sentOwner } from '../sent-ids.ts'
import { UserErrorRef } from '../user-error.ts'
import { ApiKeyRef } from './api-key.ts'
import { ApiKeyFilterInput, readApiKeyFilter } from './api-key-filter.ts'

const BulkItemRef = builder.objectRef<BulkItem>('BulkApiKeyResult').implement({
  description: 'What became of one key of a bulk change.',
  fields: (t) => ({
    id: t.id({ description: 'The key.', resolve: ({ number }) => apiKeyId(number) }),
    changed: t.exposeBoolean('changed', {
      description: 'Whether it was changed, or would be; false where it was as wanted already.',
    }),
    apiKey: t.expose('apiKey', {
      type: ApiKeyRef,
      nullable: true,
      description: 'The key as it is now, or would be; null where it was deleted, or could not be changed.',
    }),
    userErrors: t.field({
      type: [UserErrorRef],
      description: 'Why it was not changed; empty on success.',
      resolve: ({ errors }) => errors,
    }),
  }),
})

const BulkPayload = resultPayload<BulkResult>('BulkApiKeysPayload', {
  description: 'What became of each key. One that cannot be changed hinders no other.',
  errors: 'Why nothing was changed at all; what is wrong with one key is said in its result.',
  fields: (t) => ({
    results: t.field({
      type: [BulkItemRef],
      description: 'One for each key.',
      resolve: (result) => resultValue(result)?.items ?? [],
    }),
    changed: t.int({
      description: 'How many were changed, or would be.',
      resolve: (result) => resultValue(result)?.changed ?? 0,
    }),
  }),
})

/** Which keys, as every input of these mutations has it. */
function selectionFields(t: InputFields) {
  return {
    ids: t.idList({ description: 'The keys, 1 to 500. Either these or a filter.' }),
    filter: t.field({ type: ApiKeyFilterInput, description: 'All keys that match, 2000 at most.' }),
    expectedCount: t.int({
      description: 'With a filter: how many keys matched when you looked. STALE when more match now.',
    }),
    dryRun: t.boolean({
      required: true,
      defaultValue: false,
      description: 'Try each change and undo it: say what would become of each key.',
    }),
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

type Selection = {
  ids?: string[] | null
  filter?: typeof ApiKeyFilterInput.$inferInput | null
  expectedCount?: number | null
  dryRun: boolean
}

async function selectionOf(
  context: GraphqlContext,
  { ids, filter, expectedCount }: Selection,
): Promise<Result<KeySelection>> {
  if ((ids == null) === (filter == null)) return failed('REQUIRED', 'ids', 'Send either ids or a filter.')
  if (ids != null) {
    const numbers = ids.map((id, at) => sentApiKey(id, `ids[${at}]`))
    const problems = problemsOf(...numbers)
    if (problems.length > 0) return { ok: false, errors: problems.slice(0, 10) }
    return ok({ numbers: numbers.flatMap((number) => (number.ok ? [number.value] : [])) })
  }
  if (expectedCount == null || expectedCount < 0)
    return failed(
      'REQUIRED',
      'expectedCount',
      'expectedCount must say how many keys matched the filter when you looked.',
    )
  return ok({ filter: await readApiKeyFilter(context.plane, filter), expectedCount })
}

async function bulk(
  context: GraphqlContext,
  input: Selection,
  change: KeyChangeOf,
): Promise<Result<BulkResult>> {
  const selection = await selectionOf(context, input)
  return selection.ok
    ? bulkChange(context.plane, actorOf(context), selection.value, input.dryRun, change)
    : selection
}

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
        return bulk(context, input, change(context, input.abortInFlightCalls))
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
      return bulk(context, input, update(context, { expiresAtMs: expiresAt?.getTime() ?? inDaysMs }))
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
      bulk(context, input, update(context, { policy: input.policy ?? null })),
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

const LABEL_CHANGES_MAX = 100

builder.mutationField('bulkRelabelApiKeys', (t) =>
  t.field({
    authScopes: { can: 'keys:write' },
    type: BulkPayload,
    description: 'Sets and removes labels of many keys.',
    args: { input: t.arg({ type: RelabelInput, required: true, description: 'The input.' }) },
    resolve: async (_root, { input }, context) => {
      const [set, remove] = [input.set ?? [], new Set(input.remove ?? [])]
      if (set.length + remove.size > LABEL_CHANGES_MAX)
        return failed(
          'OUT_OF_RANGE',
          'set',
          `set and remove must have at most ${LABEL_CHANGES_MAX} items together.`,
          { maxItems: LABEL_CHANGES_MAX },
        )
      for (const { name } of set) remove.add(name)
      return bulk(context, input, async (plane, number) => {
        const before: Label[] = await plane.store.prisma.apiKeyLabel.findMany({
          where: { apiKeyId: number },
          select: { name: true, value: true },
        })
        const labels = [...before.filter(({ name }) => !remove.has(name)), ...set]
        return update(context, { labels })(plane, number)
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
      return owner.ok ? bulk(context, input, update(context, { owner: owner.value })) : owner
    },
  }),
)
