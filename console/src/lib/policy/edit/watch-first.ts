// How a change of a policy is tried out before it denies calls.
import type { BudgetInput, KeyPolicyInput, RateLimitInput, RuleMode } from '@latchkey/sdk'

/** True where a rule of it denies nothing and only notes what it would have denied. */
export function watches(policy: KeyPolicyInput): boolean {
  return [...rules(policy)].some(({ mode }) => mode === 'SHADOW')
}

/**
 * The changed policy with each new or tighter limit and budget watching only, beside the rule that is enforced now. Null where the
 * change cannot be watched: a rule of which there is one alone would no longer be enforced meanwhile.
 */
export function watchFirst(before: KeyPolicyInput, after: KeyPolicyInput): KeyPolicyInput | null {
  const single = <Rule extends { mode?: RuleMode | null }>(
    was: Rule | null | undefined,
    is: Rule | null | undefined,
  ) => {
    if (same(was, is)) return { fits: true, rule: is }
    if (was && was.mode !== 'SHADOW') return { fits: false, rule: was }
    return { fits: true, rule: is ? { ...is, mode: 'SHADOW' as const } : is }
  }
  const models = single(before.models, after.models)
  const addresses = single(before.addresses, after.addresses)
  const endpoints = single(before.endpoints, after.endpoints)
  const concurrency = single(before.concurrency, after.concurrency)
  if (![models, addresses, endpoints, concurrency].every(({ fits }) => fits)) return null
  return {
    ...after,
    models: models.rule,
    addresses: addresses.rule,
    endpoints: endpoints.rule,
    concurrency: concurrency.rule,
    budgets: watched(before.budgets ?? [], after.budgets ?? [], budgetPlace),
    limits: watched(before.limits ?? [], after.limits ?? [], limitPlace),
  }
}

/** The policy with each watching rule enforced, in place of the one that counts the same. */
export function enforceWatched(policy: KeyPolicyInput): KeyPolicyInput {
  const single = <Rule extends { mode?: RuleMode | null }>(rule: Rule | null | undefined) =>
    rule ? { ...rule, mode: 'ENFORCE' as const } : rule
  return {
    ...policy,
    models: single(policy.models),
    addresses: single(policy.addresses),
    endpoints: single(policy.endpoints),
    concurrency: single(policy.concurrency),
    budgets: enforced(policy.budgets ?? [], budgetPlace),
    limits: enforced(policy.limits ?? [], limitPlace),
  }
}

type Counting = BudgetInput | RateLimitInput

function watched<Rule extends Counting>(
  before: readonly Rule[],
  after: readonly Rule[],
  placeOf: (rule: Rule) => string,
): Rule[] {
  const kept = after.flatMap((rule) => {
    if (before.some((each) => same(each, rule))) return [rule]
    const enforcedNow = before.find((each) => each.mode !== 'SHADOW' && placeOf(each) === placeOf(rule))
    const shadow = { ...rule, mode: 'SHADOW' as const }
    return enforcedNow ? [enforcedNow, shadow] : [shadow]
  })
  // The last of those that count the same in the same mode.
  return [...new Map(kept.map((rule) => [`${placeOf(rule)} ${rule.mode ?? 'ENFORCE'}`, rule])).values()]
}

function enforced<Rule extends Counting>(rules: readonly Rule[], placeOf: (rule: Rule) => string): Rule[] {
  const shadows = new Set(rules.filter(({ mode }) => mode === 'SHADOW').map(placeOf))
  return rules
    .filter((rule) => rule.mode === 'SHADOW' || !shadows.has(placeOf(rule)))
    .map((rule) => ({ ...rule, mode: 'ENFORCE' as const }))
}

function* rules({ models, addresses, endpoints, concurrency, budgets, limits }: KeyPolicyInput) {
  for (const rule of [models, addresses, endpoints, concurrency]) if (rule) yield rule
  yield* budgets ?? []
  yield* limits ?? []
}

/** What a budget counts: two of one place and mode count the same. */
export const budgetPlace = ({ window, timeZone, model }: BudgetInput) =>
  `${window} ${timeZone ?? 'UTC'} ${model?.toLowerCase() || ''}`

/** What a limit counts, likewise. */
export const limitPlace = ({ unit, window, model }: RateLimitInput) =>
  `${unit} ${window} ${model?.toLowerCase() || ''}`

const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
