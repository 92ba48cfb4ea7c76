// Dismissing findings, and showing them again.
import {
  dismissFinding,
  dismissFindings,
  restoreFinding,
  restoreFindings,
} from '../../../services/findings/dismiss-finding.ts'
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

const DismissFindingsInput = builder.inputType('DismissFindingsInput', {
  description: 'Which findings, and why.',
  fields: (t) => ({
    ids: t.idList({ required: true, description: 'The ids of 1 to 500 findings.' }),
    reason: t.string({ required: true, description: 'Why they are as they should be; to 500 characters.' }),
  }),
})

const RestoreFindingsInput = builder.inputType('RestoreFindingsInput', {
  description: 'Which findings.',
  fields: (t) => ({
    ids: t.idList({ required: true, description: 'The ids of 1 to 500 findings.' }),
  }),
})

const DismissFindingPayload = payload('DismissFindingPayload')
const RestoreFindingPayload = payload('RestoreFindingPayload')
const DismissFindingsPayload = idsPayload('DismissFindingsPayload')
const RestoreFindingsPayload = idsPayload('RestoreFindingsPayload')

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

builder.mutationField('dismissFindings', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: DismissFindingsPayload,
    description:
      'Shows findings no more, for one reason, until the cause of each has ended and begun anew. Those that have ended meanwhile are left out.',
    args: { input: t.arg({ type: DismissFindingsInput, required: true, description: 'Which, and why.' }) },
    complexity: 100,
    resolve: (_root, { input }, context) => dismissFindings(context.plane, actorOf(context), input),
  }),
)

builder.mutationField('restoreFindings', (t) =>
  t.field({
    authScopes: { can: 'alerts:write' },
    type: RestoreFindingsPayload,
    description: 'Shows dismissed findings again. Those that have ended meanwhile are left out.',
    args: { input: t.arg({ type: RestoreFindingsInput, required: true, description: 'Which.' }) },
    complexity: 100,
    resolve: (_root, { input }, context) => restoreFindings(context.plane, actorOf(context), input.ids),
  }),
)

function idsPayload(name: string) {
  return resultPayload<KnownFinding[]>(name, {
    description: 'Which findings.',
    fields: (t) => ({
      findingIds: t.idList({
        description: 'The ids of the findings that were found.',
        resolve: (result) => resultValue(result)?.map(({ id }) => id) ?? [],
      }),
    }),
  })
}

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
