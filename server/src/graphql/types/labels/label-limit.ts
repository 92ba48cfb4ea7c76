// Label limits: what all keys with a label together may use.
import { badInput } from '../../../domain/admin-errors.ts'
import type { Label } from '../../../domain/labels/label.ts'
import { labelLimitId, labelLimitNumber } from '../../../domain/labels/label-limit.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import { UNRESTRICTED } from '../../../domain/policy/key-policy.ts'
import {
  countLabelLimits,
  findLabelLimits,
  type LabelLimitChoice,
} from '../../../services/labels/find-label-limits.ts'
import { type LabelLimitRow, labelOf } from '../../../services/labels/label-limit-row.ts'
import { builder } from '../../builder.ts'
import { pageSize, readPage } from '../../paging.ts'
import { readSearch } from '../../search-text.ts'
import { KeyPolicyRef } from '../policy/key-policy.ts'
import { checkLabel, LabelInput, LabelRef } from './label.ts'

export const LabelLimitRef = builder.prismaNode('LabelLimit', {
  authScopes: { can: 'owners:read' },
  id: { field: 'id', description: '`lim_` and a number.' },
  // node(id:) of limits that are deleted is null, not an error.
  nullable: true,
  description: 'Limits and budgets of all keys with a label together.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name.' }),
    label: t.field({
      type: LabelRef,
      description: 'The label; keys that have it share the limits.',
      resolve: labelOf,
    }),
    policy: t.field({
      type: KeyPolicyRef,
      description: 'Limits, budgets and concurrency.',
      resolve: ({ policy }) => storedPolicy(policy) ?? UNRESTRICTED,
    }),
    enabled: t.exposeBoolean('enabled', { description: 'False: they restrict nothing.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When they were created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When an admin last changed them.' }),
    version: t.exposeInt('version', {
      description: 'Increases with every change; pass it as expectedVersion.',
    }),
  }),
})

builder.queryField('labelLimits', (t) =>
  t.connection(
    {
      type: LabelLimitRef,
      authScopes: { can: 'owners:read' },
      description: 'Limits by label, newest first. first/last: 0 to 100, Default 50.',
      args: {
        label: t.arg({ type: LabelInput, description: 'Those of this label alone; absent: all.' }),
        search: t.arg.string({
          description:
            'Part of the name or of the label, as `team=checkout`, in any case; at most 200 characters. Not beside `label`.',
        }),
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, { label, search, ...args }, { plane }) => {
        const choice = readChoice(label, search)
        const page = await readPage<LabelLimitRow, number>(args, {
          keyOf: labelLimitNumber,
          cursorOf: ({ id }) => labelLimitId(id),
          find: (keyset) => findLabelLimits(plane, choice, keyset),
        })
        return { ...page, choice }
      },
    },
    {
      name: 'LabelLimitConnection',
      description: 'A page of limits by label.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all.',
          resolve: ({ choice }, _args, { plane }) => countLabelLimits(plane, choice),
        }),
      }),
    },
    { name: 'LabelLimitEdge', description: 'Limits by label in a page.' },
  ),
)

function readChoice(label: Label | null | undefined, sent: string | null | undefined): LabelLimitChoice {
  const search = readSearch(sent, 'search')
  if (label == null) return search === undefined ? {} : { search }
  checkLabel(label, 'label')
  if (search !== undefined) throw badInput('search', 'Give label or search, not both.')
  return { label }
}
