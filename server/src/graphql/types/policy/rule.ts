// The kinds of rules of a policy, and the amounts that they count.
import { RULES, type RuleName } from '../../../domain/policy/verdict.ts'
import { usdOf } from '../../../domain/pricing/money.ts'
import { builder } from '../../builder.ts'
import { describedValues } from '../../described-values.ts'

export const RuleEnum = builder.enumType('Rule', {
  description: 'A kind of rule of a policy.',
  values: describedValues<RuleName>(RULES, {
    ADDRESS: 'Which client addresses may call.',
    ENDPOINT: 'Which paths may be called.',
    MODEL: 'Which models may be requested.',
    BUDGET: 'How much money may be spent.',
    TOKENS: 'How many tokens may be used in a window.',
    REQUESTS: 'How many calls may be made in a window.',
    CONCURRENCY: 'How many calls may be in flight at once.',
  }),
})

/** An amount that a rule counts, where that is no money; a budget's is in `dollarsOf`. */
export function countOf(rule: RuleName, amount: number | null): number | null {
  return rule === 'BUDGET' ? null : amount
}

/** An amount that a budget counts, in nano-USD, as dollars; null for any other rule. */
export function dollarsOf(rule: RuleName, nanoUsd: number | null): string | null {
  return rule !== 'BUDGET' || nanoUsd === null ? null : usdOf(BigInt(nanoUsd))
}
