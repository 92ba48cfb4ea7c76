// How much of its budgets a key, or an owner, has used, and how many keys there are of each kind: for lists with a bar in each row, and their filters.

import { type BudgetUsage, budgetUsageOf, monthSpendOf } from '../../../services/keys/budgets/key-budgets.ts'
import type { ApiKeyCounts } from '../../../services/keys/count-api-keys.ts'
import { countKeys } from '../../../services/keys/count-api-keys.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { createRowLoader } from '../../row-loader.ts'
import { OwnerRef } from '../owners/owner.ts'
import { BudgetWindowEnum } from '../policy/rule-windows.ts'
import { ApiKeyRef } from './api-key.ts'

export const BudgetUsageRef = builder.objectRef<BudgetUsage>('BudgetUsage').implement({
  authScopes: { can: 'usage:read' },
  description:
    'What is used of a budget in its present window. An hour that the window begins within counts whole.',
  fields: (t) => ({
    window: t.expose('window', { type: BudgetWindowEnum, description: 'Its window.' }),
    timeZone: t.exposeString('timeZone', { description: 'Whose calendar its window follows.' }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The model, or the pattern, that it is of; null: all.',
    }),
    limitUsd: t.expose('limitUsd', { type: 'Decimal', description: 'The limit in US dollars.' }),
    spentUsd: t.expose('spentUsd', { type: 'Decimal', description: 'What is spent of it.' }),
    usedPercent: t.exposeInt('usedPercent', { description: 'The same in whole percent, rounded down.' }),
  }),
})

// Of each request. A context is forgotten with its request.
const loaders = new WeakMap<GraphqlContext, (number: number) => Promise<BudgetUsage[] | null>>()

function usageOf(context: GraphqlContext, number: number): Promise<BudgetUsage[] | null> {
  const load =
    loaders.get(context) ??
    createRowLoader<BudgetUsage[]>((numbers) => budgetUsageOf(context.plane, numbers), !context.streams)
  loaders.set(context, load)
  return load(number)
}

builder.objectField(ApiKeyRef, 'budgetUsage', (t) =>
  t.field({
    type: [BudgetUsageRef],
    description:
      'What is used of each of its own budgets that is enforced. Read for all keys of a page at once.',
    complexity: { field: 3, multiplier: 1 },
    resolve: async ({ id }, _args, context) => (await usageOf(context, id)) ?? [],
  }),
)

builder.objectField(OwnerRef, 'budgetUsage', (t) =>
  t.field({
    type: [BudgetUsageRef],
    description:
      'What all its keys together have used of each of its budgets that is enforced. Read for all owners of a page at once.',
    complexity: { field: 3, multiplier: 1 },
    resolve: async ({ id }, _args, { loadOwnerBudgets }) => (await loadOwnerBudgets(id)) ?? [],
  }),
)

// As above, of what keys have spent this month.
const spendLoaders = new WeakMap<GraphqlContext, (number: number) => Promise<string | null>>()

builder.objectField(ApiKeyRef, 'monthSpendUsd', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: 'Decimal',
    description: 'What it has spent this month, in UTC, in US dollars. Read for all keys of a page at once.',
    complexity: { field: 2, multiplier: 1 },
    resolve: async ({ id }, _args, context) => {
      const load =
        spendLoaders.get(context) ??
        createRowLoader<string>((numbers) => monthSpendOf(context.plane, numbers), !context.streams)
      spendLoaders.set(context, load)
      return (await load(id)) ?? '0'
    },
  }),
)

const CountsRef = builder.objectRef<ApiKeyCounts>('ApiKeyCounts').implement({
  description:
    'How many keys there are. A key may be in several; keys with a finding that is dismissed are not counted for it.',
  fields: (t) => ({
    total: t.exposeInt('total', { description: 'All.' }),
    active: t.exposeInt('active', { description: 'With the status ACTIVE.' }),
    disabled: t.exposeInt('disabled', { description: 'With the status DISABLED.' }),
    expired: t.exposeInt('expired', { description: 'With the status EXPIRED.' }),
    revoked: t.exposeInt('revoked', { description: 'With the status REVOKED.' }),
    failing: t.exposeInt('failing', {
      description: 'Whose calls fail now: KEY_BUDGET_SPENT, KEY_MODEL_REFUSED or KEY_UPSTREAM_FAILING.',
    }),
    overBudget80: t.exposeInt('overBudget80', { description: 'With KEY_BUDGET_OVER_80.' }),
    expiringSoon: t.exposeInt('expiringSoon', { description: 'With KEY_EXPIRES_SOON.' }),
    unused: t.exposeInt('unused', { description: 'With KEY_UNUSED.' }),
    withoutLimits: t.exposeInt('withoutLimits', { description: 'With KEY_WITHOUT_LIMITS.' }),
  }),
})

builder.queryField('apiKeyCounts', (t) =>
  t.field({
    authScopes: { can: 'keys:read' },
    type: CountsRef,
    description:
      'How many keys there are of each status and with the findings that lists are filtered by. Findings are some seconds old.',
    complexity: 20,
    resolve: (_root, _args, context) => countKeys(context.plane, actorOf(context)),
  }),
)
