// Creating, changing and deleting label limits.
import { labelLimitId } from '../../../domain/labels/label-limit.ts'
import type { LabelLimitRow } from '../../../services/labels/label-limit-row.ts'
import {
  createLabelLimit,
  deleteLabelLimit,
  updateLabelLimit,
} from '../../../services/labels/write-label-limit.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentLabelLimit } from '../sent-ids.ts'
import { LabelInput } from './label.ts'
import { LabelLimitRef } from './label-limit.ts'

const INPUT = 'The input.'
export const NAME = 'Unique: 1 to 100 characters.'
export const POLICY =
  'Limits, budgets and concurrency, at least one of them. Lists and capture are refused: they are of a key.'

function labelLimitPayload(name: string, description: string) {
  return resultPayload<LabelLimitRow>(name, {
    description,
    fields: (t) => ({
      labelLimit: t.field({
        type: LabelLimitRef,
        nullable: true,
        description: 'The limits as they are now.',
        resolve: resultValue,
      }),
    }),
  })
}

const CreateLabelLimitInput = builder.inputType('CreateLabelLimitInput', {
  description: 'New limits of all keys with a label together.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    label: t.field({ type: LabelInput, required: true, description: 'Keys with this label share them.' }),
    policy: t.field({ type: KeyPolicyInput, required: true, description: POLICY }),
    enabled: t.boolean({ required: true, defaultValue: true, description: 'Whether they hold.' }),
  }),
})

const CreateLabelLimitPayload = labelLimitPayload('CreateLabelLimitPayload', 'The new limits.')

builder.mutationField('createLabelLimit', (t) =>
  t.field({
    type: CreateLabelLimitPayload,
    authScopes: { can: 'owners:write' },
    description:
      'Creates limits by label. They hold from the next call on, and count what was used with the label in the windows so far.',
    args: { input: t.arg({ type: CreateLabelLimitInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) => createLabelLimit(context.plane, actorOf(context), input),
  }),
)

const UpdateLabelLimitInput = builder.inputType('UpdateLabelLimitInput', {
  description: 'A field that is absent stays as it is. The label cannot be changed.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The limits.' }),
    name: t.string({ description: NAME }),
    policy: t.field({ type: KeyPolicyInput, description: `The whole policy. ${POLICY}` }),
    enabled: t.boolean({ description: 'Whether they hold.' }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when they have changed since.',
    }),
  }),
})

const UpdateLabelLimitPayload = labelLimitPayload('UpdateLabelLimitPayload', 'The changed limits.')

builder.mutationField('updateLabelLimit', (t) =>
  t.field({
    type: UpdateLabelLimitPayload,
    authScopes: { can: 'owners:write' },
    description: 'Changes limits by label. Counters that both policies have go on.',
    args: { input: t.arg({ type: UpdateLabelLimitInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentLabelLimit(input.id)
      if (!number.ok) return number
      return updateLabelLimit(context.plane, actorOf(context), {
        number: number.value,
        name: input.name,
        policy: input.policy,
        enabled: input.enabled ?? undefined,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const DeleteLabelLimitInput = builder.inputType('DeleteLabelLimitInput', {
  description: 'Which limits to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The limits.' }) }),
})

const DeleteLabelLimitPayload = resultPayload<number>('DeleteLabelLimitPayload', {
  description: 'The deleted limits.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? labelLimitId(result.value) : null),
    }),
  }),
})

builder.mutationField('deleteLabelLimit', (t) =>
  t.field({
    type: DeleteLabelLimitPayload,
    authScopes: { can: 'owners:write' },
    description: 'Deletes limits by label. The keys, and their labels, stay.',
    args: { input: t.arg({ type: DeleteLabelLimitInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentLabelLimit(input.id)
      return number.ok ? deleteLabelLimit(context.plane, actorOf(context), number.value) : number
    },
  }),
)
