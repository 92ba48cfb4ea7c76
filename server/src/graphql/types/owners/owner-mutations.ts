// Creating, changing, disabling and deleting owners.
import { ownerId } from '../../../domain/owners/owner.ts'
import { ok } from '../../../domain/user-error.ts'
import { type DeletedOwner, deleteOwner } from '../../../services/owners/delete-owner.ts'
import type { OwnerRow, StoppedOwner } from '../../../services/owners/owner-row.ts'
import { switchOwner } from '../../../services/owners/switch-owner.ts'
import { createOwner, updateOwner } from '../../../services/owners/write-owner.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { sentOwner } from '../sent-ids.ts'
import { OwnerKindEnum, OwnerRef } from './owner.ts'

const INPUT = 'The input.'
export const NAME = '1 to 100 characters.'
const EXTERNAL_ID =
  'The id that another system knows it by, unique among owners: 1 to 128 printable ASCII characters without spaces.'
export const CONTACT = 'Whom to ask about its keys: at most 200 characters.'
export const LABELS = 'At most 20, each name once.'
export const POLICY =
  'Limits, budgets and concurrency of all its keys together, in force from the next call on. Lists and capture are refused: they are of a key.'

const CreateOwnerInput = builder.inputType('CreateOwnerInput', {
  description: 'A new owner of keys.',
  fields: (t) => ({
    name: t.string({ required: true, description: NAME }),
    kind: t.field({
      type: OwnerKindEnum,
      required: true,
      defaultValue: 'TEAM',
      description: 'What it is.',
    }),
    externalId: t.string({ description: EXTERNAL_ID }),
    contact: t.string({ description: CONTACT }),
    labels: t.field({ type: [LabelInput], description: LABELS }),
    policy: t.field({ type: KeyPolicyInput, description: POLICY }),
  }),
})

function ownerPayload(name: string, description: string) {
  return resultPayload<OwnerRow>(name, {
    description,
    fields: (t) => ({
      owner: t.field({
        type: OwnerRef,
        nullable: true,
        description: 'The owner as it is now.',
        resolve: resultValue,
      }),
    }),
  })
}

const CreateOwnerPayload = ownerPayload('CreateOwnerPayload', 'The new owner.')

builder.mutationField('createOwner', (t) =>
  t.field({
    type: CreateOwnerPayload,
    authScopes: { can: 'owners:write' },
    description: 'Creates an owner of keys.',
    args: { input: t.arg({ type: CreateOwnerInput, required: true, description: INPUT }) },
    resolve: (_root, { input }, context) =>
      createOwner(context.plane, actorOf(context), {
        name: input.name,
        kind: input.kind,
        externalId: input.externalId ?? null,
        contact: input.contact ?? null,
        labels: input.labels ?? [],
        policy: input.policy ?? null,
      }),
  }),
)

const UpdateOwnerInput = builder.inputType('UpdateOwnerInput', {
  description:
    'A field that is absent stays as it is; null clears the externalId, the contact, the labels or the policy.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The owner.' }),
    name: t.string({ description: NAME }),
    kind: t.field({ type: OwnerKindEnum, description: 'What it is.' }),
    externalId: t.string({ description: EXTERNAL_ID }),
    contact: t.string({ description: CONTACT }),
    labels: t.field({ type: [LabelInput], description: `In place of all its labels. ${LABELS}` }),
    policy: t.field({ type: KeyPolicyInput, description: `The whole policy. ${POLICY}` }),
    expectedVersion: t.int({
      description: 'The version that you last read: STALE when it has changed since.',
    }),
  }),
})

const UpdateOwnerPayload = ownerPayload('UpdateOwnerPayload', 'The changed owner.')

builder.mutationField('updateOwner', (t) =>
  t.field({
    type: UpdateOwnerPayload,
    authScopes: { can: 'owners:write' },
    description: 'Changes an owner. Counters that both policies have go on.',
    args: { input: t.arg({ type: UpdateOwnerInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentOwner(input.id)
      if (!number.ok) return number
      return updateOwner(context.plane, actorOf(context), {
        number: number.value,
        name: input.name,
        kind: input.kind,
        externalId: input.externalId,
        contact: input.contact,
        labels: input.labels,
        policy: input.policy,
        expectedVersion: input.expectedVersion ?? null,
      })
    },
  }),
)

const SwitchOwnerInput = builder.inputType('SwitchOwnerInput', {
  description: 'Which owner to enable or disable.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The owner.' }),
    abortInFlightCalls: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'Whether to abort the in-flight calls of its keys, too, as disableApiKey does. Enabling aborts nothing.',
    }),
  }),
})

const SwitchOwnerPayload = resultPayload<StoppedOwner>('SwitchOwnerPayload', {
  description: 'The owner that was enabled or disabled.',
  fields: (t) => ({
    owner: t.field({
      type: OwnerRef,
      nullable: true,
      description: 'The owner as it is now.',
      resolve: (result) => resultValue(result)?.owner ?? null,
    }),
    abortedCalls: t.int({
      description: 'In-flight calls that were aborted; 0 where that was not asked for.',
      resolve: (result) => resultValue(result)?.abortedCalls ?? 0,
    }),
  }),
})

const SWITCHES = {
  disableOwner: {
    to: 'DISABLED',
    description: 'The next call with any of its keys is refused, until the owner is enabled again.',
  },
  enableOwner: {
    to: 'ENABLED',
    description: 'Admits calls with its keys again. A key that is disabled itself stays so.',
  },
} as const

for (const [name, { to, description }] of Object.entries(SWITCHES)) {
  builder.mutationField(name, (t) =>
    t.field({
      type: SwitchOwnerPayload,
      authScopes: { can: 'owners:write' },
      description: `${description} Doing so twice changes nothing.`,
      args: { input: t.arg({ type: SwitchOwnerInput, required: true, description: INPUT }) },
      resolve: async (_root, { input }, context) => {
        const number = sentOwner(input.id)
        if (!number.ok) return number
        return switchOwner(context.plane, actorOf(context), number.value, to, input.abortInFlightCalls)
      },
    }),
  )
}

const DeleteOwnerInput = builder.inputType('DeleteOwnerInput', {
  description: 'Which owner to delete.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The owner.' }),
    moveKeysTo: t.id({ description: 'The owner that gets its keys; absent: it must have none.' }),
  }),
})

const DeleteOwnerPayload = resultPayload<DeletedOwner>('DeleteOwnerPayload', {
  description: 'The deleted owner.',
  fields: (t) => ({
    deletedId: t.id({
      nullable: true,
      description: 'The id that no longer exists.',
      resolve: (result) => (result.ok ? ownerId(result.value.number) : null),
    }),
    movedKeys: t.int({
      description: 'How many keys have gone to the other owner.',
      resolve: (result) => resultValue(result)?.movedKeys ?? 0,
    }),
  }),
})

builder.mutationField('deleteOwner', (t) =>
  t.field({
    type: DeleteOwnerPayload,
    authScopes: { can: 'owners:write' },
    description:
      'Deletes an owner. IN_USE while it has keys and moveKeysTo is absent. What its keys have used stays its own in logs and totals.',
    args: { input: t.arg({ type: DeleteOwnerInput, required: true, description: INPUT }) },
    resolve: async (_root, { input }, context) => {
      const number = sentOwner(input.id)
      const target = input.moveKeysTo == null ? ok(null) : sentOwner(input.moveKeysTo, 'moveKeysTo')
      if (!number.ok) return number
      if (!target.ok) return target
      return deleteOwner(context.plane, actorOf(context), number.value, target.value)
    },
  }),
)
