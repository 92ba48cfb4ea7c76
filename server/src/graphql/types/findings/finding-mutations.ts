// Dismissing findings, and showing them again.
import { dismissFinding, restoreFinding } from '../../../services/findings/dismiss-finding.ts'
import type { KnownFinding } from '../../../services/findings/find-findings.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { resultPayload, resultValue } from '../payload.ts'
import { FindingRef } from './finding.ts'

const DismissFindingInput = builder.inputType('DismissFindingInput', {
  description: 'Which finding, and why.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The id of a finding.' }),
    reason: t.string({ required: true, description: 'Why this is as it should be; to 500 characters.' }),
  }),
})

const RestoreFindingInput = builder.inputType('RestoreFindingInput', {
  description: 'Which finding.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The id of a finding.' }) }),
})

const DismissFindingPayload = payload('DismissFindingPayload')
const RestoreFindingPayload = payload('RestoreFindingPayload')

builder.mutationField('dismissFinding', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: DismissFindingPayload,
    description: 'Shows a finding no more, until its cause has ended and begun anew.',
    args: { input: t.arg({ type: DismissFindingInput, required: true, description: 'Which, and why.' }) },
    complexity: 20,
    resolve: (_root, { input }, context) => dismissFinding(context.plane, actorOf(context), input),
  }),
)

builder.mutationField('restoreFinding', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: RestoreFindingPayload,
    description: 'Shows a dismissed finding again.',
    args: { input: t.arg({ type: RestoreFindingInput, required: true, description: 'Which.' }) },
    complexity: 20,
    resolve: (_root, { input }, context) => restoreFinding(context.plane, actorOf(context), input.id),
  }),
)

function payload(name: string) {
  return resultPayload<KnownFinding>(name, {
    description: 'The finding.',
    fields: (t) => ({
      finding: t.field({
        type: FindingRef,
        nullable: true,
        description: 'The finding as it is now.',
        resolve: resultValue,
      }),
    }),
  })
}
