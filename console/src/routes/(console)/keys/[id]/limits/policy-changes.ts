// What changes between two policies, as sentences; and how a change is tried out before it denies calls.
import type { BudgetInput, ContentCapture, KeyPolicyInput, RateLimitInput, RuleMode } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, inARow, limitText } from '#lib/policy/policy-text.ts'

/** `before` null: the rule is new; `after` null: it is removed. */
export type PolicyChange = { before: string | null; after: string | null }

/** In the order of the form; empty where both say the same. */
export function policyChanges(before: KeyPolicyInput, after: KeyPolicyInput): PolicyChange[] {
  const [from, to] = [sentences(before), sentences(after)]
  const changes: PolicyChange[] = []
  for (const place of new Set([...from.keys(), ...to.keys()])) {
    const change = { before: from.get(place) ?? null, after: to.get(place) ?? null }
    if (change.before !== change.after) changes.push(change)
  }
  return changes
}

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

/** The rules of a policy by what they are about. */
function sentences(policy: KeyPolicyInput): Map<string, string> {
  const { models, addresses, endpoints, concurrency, budgets, limits, capture } = policy
  const texts = new Map<string, string>()
  const add = (place: string, text: string, mode?: RuleMode | null) =>
    texts.set(place, mode === 'SHADOW' ? m.policy_watched({ rule: text }) : text)
  for (const budget of budgets ?? [])
    add(`budget ${budgetPlace(budget)} ${budget.mode}`, budgetSentence(budget), budget.mode)
  for (const limit of limits ?? [])
    add(`limit ${limitPlace(limit)} ${limit.mode}`, m.policy_at_most({ rule: limitText(limit) }), limit.mode)
  if (concurrency)
    add(
      'concurrency',
      m.policy_at_most({ rule: m.policy_concurrency_short({ max: formatNumber(concurrency.maxCalls) }) }),
      concurrency.mode,
    )
  if (models?.allow?.length) add('models', m.policy_only_models({ names: row(models.allow) }), models.mode)
  if (models?.deny?.length) add('denied', m.policy_but_models({ names: row(models.deny) }), models.mode)
  if (addresses) add('addresses', m.policy_only_addresses({ names: row(addresses.allow) }), addresses.mode)
  if (endpoints) add('endpoints', m.policy_only_endpoints({ names: row(endpoints.allow) }), endpoints.mode)
  if (capture) add('capture', m.policy_keeps({ what: captureText(capture) }))
  if (policy.selfRotation) add('rotation', m.policy_self_rotation())
  if (policy.sharedObjects) add('objects', m.policy_shared_objects())
  return texts
}

function budgetSentence(budget: BudgetInput): string {
  const details = [
    budget.warnAtPercent ? m.policy_warns_at({ percent: formatNumber(budget.warnAtPercent) }) : '',
    budget.unpriced === 'ALLOW' ? m.policy_unpriced_admitted() : '',
    budget.timeZone && budget.timeZone !== 'UTC' ? budget.timeZone : '',
  ].filter(Boolean)
  const text = m.policy_at_most({ rule: budgetText(budget) })
  return details.length > 0 ? `${text} · ${details.join(' · ')}` : text
}

function captureText(capture: ContentCapture): string {
  switch (capture) {
    case 'OFF':
      return m.policy_capture_off()
    case 'METADATA':
      return m.policy_capture_metadata()
    case 'ERRORS':
      return m.policy_capture_errors()
    case 'FULL':
      return m.policy_capture_full()
  }
}

const row = (names: readonly string[]) => inARow(names)
const budgetPlace = ({ window, model }: BudgetInput) => `${window} ${model?.toLowerCase() || ''}`
const limitPlace = ({ unit, window, model }: RateLimitInput) =>
  `${unit} ${window} ${model?.toLowerCase() || ''}`
const same = (one: unknown, other: unknown) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null)
