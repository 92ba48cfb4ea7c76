// Reading owners.
import { badInput, MissingScope } from '../../../domain/admin-errors.ts'
import { ownerId, ownerNumber } from '../../../domain/owners/owner.ts'
import { isWithinOwners } from '../../../domain/owners/owner-restriction.ts'
import { countOwners, findOwner, findOwners, type OwnerFilter } from '../../../services/owners/find-owners.ts'
import { ownersOverBudget } from '../../../services/owners/owner-budgets.ts'
import type { OwnerRow } from '../../../services/owners/owner-row.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { ownerNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { readSearch } from '../../search-text.ts'
import { checkLabel, LabelInput } from '../labels/label.ts'
import { OwnerKindEnum, OwnerRef } from './owner.ts'

const OwnerFilterInput = builder.inputType('OwnerFilter', {
  description: 'Which owners to list. All parts must hold.',
  fields: (t) => ({
    kind: t.field({ type: OwnerKindEnum, description: 'Of this kind.' }),
    search: t.string({
      description: "Part of the name, the contact or the externalId, in any case; or the owner's id.",
    }),
    label: t.field({ type: LabelInput, description: 'With this label.' }),
    budgetUsedAtLeast: t.int({
      description:
        'Its keys together have used at least this percent of any of its budgets that is enforced: 1 to 1000. Needs the scope usage:read. Of the 2,000 oldest owners that have a budget and are not disabled.',
    }),
    disabled: t.boolean({ description: 'True: disabled ones alone; false: the others alone.' }),
  }),
})

builder.queryField('owner', (t) =>
  t.field({
    type: OwnerRef,
    authScopes: { can: 'owners:read' },
    nullable: true,
    description: 'One owner; null when there is none with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id of an owner: `own_…`.' }) },
    resolve: (_root, { id }, context) => findOwner(context.plane, actorOf(context), ownerNumberOf(id, 'id')),
  }),
)

builder.queryField('owners', (t) =>
  t.connection(
    {
      type: OwnerRef,
      authScopes: { can: 'owners:read' },
      description: 'Owners of keys, newest first. first/last: 0 to 100, Default 50.',
      args: {
        filter: t.arg({ type: OwnerFilterInput, description: 'Which owners to list; absent: all.' }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, args, context) => {
        const filter = { ...readFilter(args.filter), within: await withinOf(context, args.filter) }
        const page = await readPage<OwnerRow, number>(args, {
          keyOf: ownerNumber,
          cursorOf: ({ id }) => ownerId(id),
          find: (keyset) => findOwners(context.plane, filter, keyset),
        })
        return { ...page, filter }
      },
    },
    {
      name: 'OwnerConnection',
      description: 'A page of owners.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many owners match in all. Counted only when the field is selected.',
          resolve: ({ filter }, _args, { plane }) => countOwners(plane, filter),
        }),
      }),
    },
    { name: 'OwnerEdge', description: 'An owner in a page.' },
  ),
)

/** The numbers of the owners that may be seen and are over the budget that is asked for; null: all. */
async function withinOf(
  context: GraphqlContext,
  sent: typeof OwnerFilterInput.$inferInput | null | undefined,
): Promise<readonly number[] | null> {
  const actor = actorOf(context)
  const percent = sent?.budgetUsedAtLeast
  if (percent == null) return actor.owners
  if (percent < 1 || percent > 1_000)
    throw badInput('filter.budgetUsedAtLeast', 'filter.budgetUsedAtLeast must be from 1 to 1000.')
  if (!actor.scopes.has('usage:read')) throw new MissingScope('usage:read')
  const over = await ownersOverBudget(context.plane, percent)
  return over.filter((number) => isWithinOwners(actor, number))
}

function readFilter(sent: typeof OwnerFilterInput.$inferInput | null | undefined): OwnerFilter {
  const { kind, search, label, disabled } = sent ?? {}
  if (label) checkLabel(label, 'filter.label')
  return {
    kind: kind ?? undefined,
    search: readSearch(search, 'filter.search'),
    label: label ?? undefined,
    disabled: disabled ?? undefined,
  }
}
