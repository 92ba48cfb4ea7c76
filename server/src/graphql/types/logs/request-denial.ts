// The rule that denied a call, as its request log tells.
import type { Denial } from '../../../domain/policy/read-denial.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'
import { RuleEnum } from '../policy/rule.ts'
import { RuleWindowEnum } from '../policy/rule-windows.ts'

const RuleOfEnum = builder.enumType('RuleOf', {
  description: 'Whose rule it is.',
  values: describedValues(['API_KEY', 'OWNER', 'LABEL'] as const, {
    API_KEY: 'Of the key itself.',
    OWNER: 'Of its owner: all its keys share it.',
    LABEL: 'Of a label: all keys that have it share it.',
  }),
})

export const RequestDenialRef = builder.objectRef<Denial>('RequestDenial').implement({
  description: 'The rule that denied a call, as it was then.',
  fields: (t) => ({
    rule: t.expose('rule', { type: RuleEnum, description: 'The kind of rule.' }),
    of: t.field({
      type: RuleOfEnum,
      description: 'Whose rule it was.',
      resolve: ({ sharedBy }) => sharedBy?.kind ?? 'API_KEY',
    }),
    name: t.string({
      nullable: true,
      description: "The name that the owner had, or the label, as `env=prod`; null: the key's own rule.",
      resolve: ({ sharedBy }) => sharedBy?.name ?? null,
    }),
    window: t.expose('window', {
      type: RuleWindowEnum,
      nullable: true,
      description: 'The window that it counted in.',
    }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The pattern of models that it counted; null: all calls.',
    }),
    limit: t.field({
      type: 'SafeInt',
      nullable: true,
      description: 'The limit that it had, in requests, tokens or calls.',
      resolve: counted('limit'),
    }),
    limitUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'The limit that it had, in US dollars, of a budget.',
      resolve: money('limit'),
    }),
    used: t.field({
      type: 'SafeInt',
      nullable: true,
      description:
        'What was used of that limit, in requests, tokens or calls, in-flight calls included. Null: the rule counts nothing, or the call alone requested more than the limit.',
      resolve: counted('used'),
    }),
    usedUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'What was spent of that budget, in US dollars, with what in-flight calls reserve.',
      resolve: money('used'),
    }),
    requested: t.field({
      type: 'SafeInt',
      nullable: true,
      description:
        'What the call requested, in requests or tokens: of tokens the most that it could use. Null: the rule counts neither.',
      resolve: counted('requested'),
    }),
    requestedUsd: t.field({
      type: 'Decimal',
      nullable: true,
      description: 'The most that the call could cost, in US dollars, of a budget.',
      resolve: money('requested'),
    }),
    resetsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description:
        'When that window ends, or ended; null where it never does, or no window has room for such a call.',
      resolve: ({ resetsAtMs }) => (resetsAtMs === null ? null : new Date(resetsAtMs)),
    }),
  }),
})

type Amount = 'limit' | 'used' | 'requested'

/** An amount of a rule that counts requests, tokens or calls. */
function counted(amount: Amount) {
  return ({ rule, ...denial }: Denial) =>
    rule === 'BUDGET' || denial[amount] === null ? null : Number(denial[amount])
}

/** An amount of a budget. */
function money(amount: Amount) {
  return ({ rule, ...denial }: Denial) => (rule === 'BUDGET' ? denial[amount] : null)
}
