// Owners as automation describes them.
import { type EnsuredOwner, ensureOwner } from '../../../services/owners/ensure-owner.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { LabelInput } from '../labels/label.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { OwnerKindEnum, OwnerRef } from './owner.ts'
import { CONTACT, LABELS, NAME, POLICY } from './owner-mutations.ts'

const EnsureOwnerInput = builder.inputType('EnsureOwnerInput', {
  description:
    'What the owner with this externalId is to be. A field that is absent stays as it is, and is as of any new owner where there is none; null clears the contact, the labels or the policy.',
  fields: (t) => ({
    externalId: t.string({
      required: true,
      description: 'What your system calls the owner: 1 to 128 characters of ASCII without spaces.',
    }),
    name: t.string({ required: true, description: NAME }),
    kind: t.field({ type: OwnerKindEnum, description: 'What it is; absent of a new one: TEAM.' }),
    contact: t.string({ description: CONTACT }),
    labels: t.field({ type: [LabelInput], description: `All of its labels. ${LABELS}` }),
    policy: t.field({ type: KeyPolicyInput, description: `The whole policy. ${POLICY}` }),
  }),
})

const EnsureOwnerPayload = resultPayload<EnsuredOwner>('EnsureOwnerPayload', {
  description: 'The owner.',
  fields: (t) => ({
    owner: t.field({
      type: OwnerRef,
      nullable: true,
      description: 'The owner as it is now.',
      resolve: (result) => resultValue(result)?.owner ?? null,
    }),
    created: t.boolean({
      description: 'True where there was no owner with this externalId.',
      resolve: (result) => resultValue(result)?.created ?? false,
    }),
  }),
})

builder.mutationField('ensureOwner', (t) =>
  t.field({
    type: EnsureOwnerPayload,
    authScopes: { can: 'owners:write' },
    description:
      'Creates the owner with this externalId, or changes it to what is described. Doing so twice changes nothing, and of many at once one creates it. A disabled owner stays so.',
    args: { input: t.arg({ type: EnsureOwnerInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) =>
      ensureOwner(context.plane, actorOf(context), {
        externalId: input.externalId,
        name: input.name,
        ...(input.kind != null && { kind: input.kind }),
        ...(input.contact !== undefined && { contact: input.contact }),
        ...(input.labels !== undefined && { labels: input.labels ?? [] }),
        ...(input.policy !== undefined && { policy: input.policy }),
      }),
  }),
)
