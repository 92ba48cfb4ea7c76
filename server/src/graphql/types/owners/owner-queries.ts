// Reading owners.
import { badInput } from '../../../domain/admin-errors.ts'
import { isLabelPart } from '../../../domain/labels/label.ts'
import { ownerId, ownerNumber } from '../../../domain/owners/owner.ts'
import { countOwners, findOwner, findOwners, type OwnerFilter } from '../../../services/owners/find-owners.ts'
import type { OwnerRow } from '../../../services/owners/owner-row.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { ownerNumberOf } from '../../global-id.ts'
import { pageSize, readPage } from '../../paging.ts'
import { LabelInput } from '../labels/label.ts'
import { OwnerKindEnum, OwnerRef } from './owner.ts'

const SEARCH_MAX = 200

const OwnerFilterInput = builder.inputType('OwnerFilter', {
  description: 'Which owners to list. All parts must hold.',
  fields: (t) => ({
    kind: t.field({ type: OwnerKindEnum, description: 'Of this kind.' }),
    search: t.string({
      description: "Part of the name, the contact or the externalId, in any case; or the owner's id.",
    }),
    label: t.field({ type: LabelInput, description: 'With this label.' }),
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
        const filter = { ...readFilter(args.filter), within: actorOf(context).owners }
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

function readFilter(sent: typeof OwnerFilterInput.$inferInput | null | undefined): OwnerFilter {
  const { kind, search, label, disabled } = sent ?? {}
  if (search && (search.length > SEARCH_MAX || !search.isWellFormed() || /\p{Cc}/u.test(search))) {
    throw badInput('filter.search', `filter.search must be plain text of at most ${SEARCH_MAX} characters.`)
  }
  if (label && !(isLabelPart(label.name) && isLabelPart(label.value)))
    throw badInput(
      'filter.label',
      'filter.label must have the name and the value of a label, as env and prod.',
    )
  return {
    kind: kind ?? undefined,
    search: search ?? undefined,
    label: label ?? undefined,
    disabled: disabled ?? undefined,
  }
}
