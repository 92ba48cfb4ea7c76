// What labels are used for: the keys that have each, what is spent with it, and what is used of the budgets of its limits.
import { badInput } from '../../../domain/admin-errors.ts'
import { type Label, labelText } from '../../../domain/labels/label.ts'
import { labelOf } from '../../../services/labels/label-limit-row.ts'
import { findKeyLabels } from '../../../services/labels/label-usage.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { BudgetUsageRef } from '../keys/budget-usage.ts'
import { LabelRef } from './label.ts'
import { LabelLimitRef } from './label-limit.ts'

const LABELS_MAX = 500
const KEY_COUNT = 'How many keys that you may see have the label.'
const MONTH_SPEND =
  'What was spent with the label this month, in UTC, in US dollars; null for whoever may see some owners alone.'

builder.objectField(LabelLimitRef, 'keyCount', (t) =>
  t.int({
    description: KEY_COUNT,
    resolve: async (limit, _args, { loadLabelKeyCount }) =>
      (await loadLabelKeyCount(labelText(labelOf(limit)))) ?? 0,
  }),
)

builder.objectField(LabelLimitRef, 'monthSpendUsd', (t) =>
  t.field({
    type: 'Decimal',
    nullable: true,
    authScopes: { can: 'usage:read' },
    description: MONTH_SPEND,
    complexity: { field: 2, multiplier: 1 },
    resolve: (limit, _args, context) => monthSpend(labelOf(limit), context),
  }),
)

builder.objectField(LabelLimitRef, 'budgetUsage', (t) =>
  t.field({
    type: [BudgetUsageRef],
    description:
      'What all keys with the label together have used of each of its budgets that is enforced. Read for all limits of a page at once. Empty for whoever may see some owners alone.',
    complexity: { field: 3, multiplier: 1 },
    resolve: async ({ id }, _args, context) =>
      actorOf(context).owners === null ? ((await context.loadLabelBudgets(id)) ?? []) : [],
  }),
)

const KeyLabelRef = builder.objectRef<Label & { keyCount: number }>('KeyLabel').implement({
  description: 'A label that keys have.',
  fields: (t) => ({
    label: t.field({ type: LabelRef, description: 'The label.', resolve: (label) => label }),
    keyCount: t.exposeInt('keyCount', { description: KEY_COUNT }),
    monthSpendUsd: t.field({
      type: 'Decimal',
      nullable: true,
      authScopes: { can: 'usage:read' },
      description: MONTH_SPEND,
      complexity: { field: 2, multiplier: 1 },
      resolve: (label, _args, context) => monthSpend(label, context),
    }),
  }),
})

builder.queryField('keyLabels', (t) =>
  t.field({
    authScopes: { can: 'keys:read' },
    type: [KeyLabelRef],
    description: 'Labels that keys have, those of most keys first.',
    args: {
      first: t.arg.int({
        required: true,
        defaultValue: 100,
        description: `1 to ${LABELS_MAX}: how many at most.`,
      }),
      limited: t.arg.boolean({
        description:
          'True: those that have limits alone, switched off or not; false: the others alone; absent: all.',
      }),
    },
    complexity: ({ first }) => ({ field: 10, multiplier: Math.min(Math.max(first, 1), LABELS_MAX) / 10 }),
    resolve: (_root, { first, limited }, context) => {
      if (first < 1 || first > LABELS_MAX)
        throw badInput('first', `first must be from 1 to ${LABELS_MAX}; it is ${first}.`)
      return findKeyLabels(context.plane, actorOf(context), { limited: limited ?? undefined, limit: first })
    },
  }),
)

async function monthSpend(label: Label, context: GraphqlContext): Promise<string | null> {
  return actorOf(context).owners === null ? ((await context.loadLabelSpend(labelText(label))) ?? '0') : null
}
