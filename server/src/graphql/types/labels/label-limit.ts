// Label limits: what all keys with a label together may use.
import { labelLimitId, labelLimitNumber } from '../../../domain/labels/label-limit.ts'
import { storedPolicy } from '../../../domain/policy/input/stored-policy.ts'
import { UNRESTRICTED } from '../../../domain/policy/key-policy.ts'
import { countLabelLimits, findLabelLimits } from '../../../services/labels/find-label-limits.ts'
import { type LabelLimitRow, labelOf } from '../../../services/labels/label-limit-row.ts'
import { builder } from '../../builder.ts'
import { pageSize, readPage } from '../../paging.ts'
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
      },
      complexity: (args) => ({ field: 5, multiplier: pageSize(args) / 10 }),
      resolve: async (_root, { label = null, ...args }, { plane }) => {
        if (label !== null) checkLabel(label, 'label')
        const page = await readPage<LabelLimitRow, number>(args, {
          keyOf: labelLimitNumber,
          cursorOf: ({ id }) => labelLimitId(id),
          find: (keyset) => findLabelLimits(plane, label, keyset),
        })
        return { ...page, label }
      },
    },
    {
      name: 'LabelLimitConnection',
      description: 'A page of limits by label.',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many match in all.',
          resolve: ({ label }, _args, { plane }) => countLabelLimits(plane, label),
        }),
      }),
    },
    { name: 'LabelLimitEdge', description: 'Limits by label in a page.' },
  ),
)
