// Label limits as automation describes them.
import { type EnsuredLabelLimit, ensureLabelLimit } from '../../../services/labels/ensure-label-limit.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { KeyPolicyInput } from '../policy/key-policy-input.ts'
import { LabelInput } from './label.ts'
import { LabelLimitRef } from './label-limit.ts'
import { NAME, POLICY } from './label-limit-mutations.ts'

const EnsureLabelLimitInput = builder.inputType('EnsureLabelLimitInput', {
  description: 'What the label limits with this name are to be.',
  fields: (t) => ({
    name: t.string({ required: true, description: `What they are found by. ${NAME}` }),
    label: t.field({
      type: LabelInput,
      required: true,
      description: 'Keys with this label share them. It is refused where limits with this name have another.',
    }),
    policy: t.field({ type: KeyPolicyInput, required: true, description: `The whole policy. ${POLICY}` }),
    enabled: t.boolean({
      description: 'Whether they hold; absent: it stays as it is, and new limits hold.',
    }),
  }),
})

const EnsureLabelLimitPayload = resultPayload<EnsuredLabelLimit>('EnsureLabelLimitPayload', {
  description: 'The limits.',
  fields: (t) => ({
    labelLimit: t.field({
      type: LabelLimitRef,
      nullable: true,
      description: 'The limits as they are now.',
      resolve: (result) => resultValue(result)?.limit ?? null,
    }),
    created: t.boolean({
      description: 'True where there were no limits with this name.',
      resolve: (result) => resultValue(result)?.created ?? false,
    }),
  }),
})

builder.mutationField('ensureLabelLimit', (t) =>
  t.field({
    type: EnsureLabelLimitPayload,
    authScopes: { can: 'owners:write' },
    description:
      'Creates the label limits with this name, or changes them to what is described. Doing so twice changes nothing, and of many at once one creates them.',
    args: { input: t.arg({ type: EnsureLabelLimitInput, required: true, description: 'The input.' }) },
    resolve: (_root, { input }, context) =>
      ensureLabelLimit(context.plane, actorOf(context), { ...input, enabled: input.enabled ?? undefined }),
  }),
)
