// How many owners there are of each kind: for the filters of a list.
import {
  countOwnersByKind,
  countOwnersNearlySpent,
  type OwnerCounts,
} from '../../../services/owners/count-owners.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'

const CountsRef = builder.objectRef<OwnerCounts>('OwnerCounts').implement({
  description: 'How many owners there are. An owner may be in several.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All.' }),
    teams: t.exposeInt('teams', { description: 'Of the kind TEAM.' }),
    people: t.exposeInt('people', { description: 'Of the kind PERSON.' }),
    customers: t.exposeInt('customers', { description: 'Of the kind CUSTOMER.' }),
    disabled: t.exposeInt('disabled', { description: 'Disabled, of any kind.' }),
    overBudget80: t.int({
      authScopes: { can: 'usage:read' },
      description:
        'Whose keys together have used at least 80 % of any of its budgets that is enforced, as budgetUsedAtLeast filters them.',
      resolve: (_counts, _args, context) => countOwnersNearlySpent(context.plane, actorOf(context)),
    }),
  }),
})

builder.queryField('ownerCounts', (t) =>
  t.field({
    authScopes: { can: 'owners:read' },
    type: CountsRef,
    description: 'How many owners there are of each kind and with what lists are filtered by.',
    complexity: 20,
    resolve: (_root, _args, context) => countOwnersByKind(context.plane, actorOf(context)),
  }),
)
