// What is wrong with a policy that somebody edits, by the place of each problem, in the reader's language.
import { type BudgetInput, type KeyPolicyInput, type RateLimitInput, UserInputError } from '@latchkey/sdk'
import { readMoney } from '#lib/components/fields/read-money.ts'
import { errorText } from '#lib/error-text.ts'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, limitText } from './policy-text.ts'

/** Texts by place, as `budgets.0.limitUsd`. */
export type PolicyProblems = Readonly<Record<string, string>>

/** The bounds of the server (domain/policy/key-policy.ts). */
const most = { limit: 1_000_000_000_000, calls: 100_000, usd: 1_000_000 }

/** What the server would refuse of a policy, with the ceiling of the settings. */
export function policyProblems(policy: KeyPolicyInput, ceilings: KeyPolicyInput | null): PolicyProblems {
  const problems: Record<string, string> = {}
  const { models, addresses, endpoints, concurrency, budgets, limits } = policy
  if (models && !models.allow?.length && !models.deny?.length) problems.models = m.policy_models_none()
  if (addresses?.allow.length === 0) problems.addresses = m.policy_networks_none()
  if (endpoints?.allow.length === 0) problems.endpoints = m.policy_endpoints_none()
  for (const [at, budget] of (budgets ?? []).entries()) {
    const text = budgetProblem(budget, ceilings)
    if (text) problems[`budgets.${at}.limitUsd`] = text
    if (isUnpricedOver(budget, ceilings)) problems[`budgets.${at}.unpriced`] = m.policy_unpriced_ceiling()
    if (repeats(budgets ?? [], at, budgetKey)) problems[`budgets.${at}`] = m.policy_double()
  }
  for (const [at, limit] of (limits ?? []).entries()) {
    const text = limitProblem(limit, ceilings)
    if (text) problems[`limits.${at}.max`] = text
    if (repeats(limits ?? [], at, limitKey)) problems[`limits.${at}`] = m.policy_double()
  }
  if (concurrency) {
    const ceiling = ceilings?.concurrency?.maxCalls
    if (!isWhole(concurrency.maxCalls, most.calls))
      problems['concurrency.maxCalls'] = m.policy_number_invalid({ max: formatNumber(most.calls) })
    else if (ceiling !== undefined && concurrency.mode !== 'SHADOW' && concurrency.maxCalls > ceiling)
      problems['concurrency.maxCalls'] = m.policy_over_ceiling({ most: formatNumber(ceiling) })
  }
  return problems
}

/** What the server has refused of a policy that was sent as `policy`. */
export function serverPolicyProblems(error: unknown): PolicyProblems {
  if (!(error instanceof UserInputError)) return {}
  const problems: Record<string, string> = {}
  for (const userError of error.userErrors) {
    const at = userError.field?.indexOf('policy') ?? -1
    if (at < 0 || !userError.field) continue
    problems[userError.field.slice(at + 1).join('.')] = errorText(new UserInputError([userError]))
  }
  return problems
}

/** As the server takes it: amounts of money as decimals, rules that restrict nothing left out. */
export function policyToSend(policy: KeyPolicyInput): KeyPolicyInput {
  return {
    ...policy,
    budgets: policy.budgets?.map((budget) => ({
      ...budget,
      limitUsd: readMoney(budget.limitUsd) ?? budget.limitUsd,
    })),
  }
}

/** What keys can share of a policy, as the server takes it; null where nothing is restricted. */
export function sharedPolicyToSend(policy: KeyPolicyInput): KeyPolicyInput | null {
  const { budgets, limits, concurrency } = policyToSend(policy)
  return isWithoutRules(policy) ? null : { budgets, limits, concurrency }
}

/** True where a policy has no budget, no limit and no bound on concurrency: all that keys can share. */
export function isWithoutRules({ budgets, limits, concurrency }: KeyPolicyInput): boolean {
  return !budgets?.length && !limits?.length && !concurrency
}

function budgetProblem(budget: BudgetInput, ceilings: KeyPolicyInput | null): string | undefined {
  const usd = Number(readMoney(budget.limitUsd) ?? Number.NaN)
  if (!(usd > 0 && usd <= most.usd)) return m.policy_amount_invalid()
  const ceiling = boundOf(budget, ceilings)
  return ceiling && usd > Number(ceiling.limitUsd)
    ? m.policy_over_ceiling({ most: budgetText(ceiling) })
    : undefined
}

function isUnpricedOver(budget: BudgetInput, ceilings: KeyPolicyInput | null): boolean {
  return budget.unpriced === 'ALLOW' && boundOf(budget, ceilings)?.unpriced === 'DENY'
}

function limitProblem(limit: RateLimitInput, ceilings: KeyPolicyInput | null): string | undefined {
  if (!isWhole(limit.max, most.limit)) return m.policy_number_invalid({ max: formatNumber(most.limit) })
  if (limit.mode === 'SHADOW') return undefined
  const ceiling = ceilings?.limits?.find((each) => limitKey(each) === limitKey(limit))
  return ceiling && limit.max > ceiling.max ? m.policy_over_ceiling({ most: limitText(ceiling) }) : undefined
}

/** The budget of the ceiling that bounds this one; one in shadow mode is bound by none. */
function boundOf(budget: BudgetInput, ceilings: KeyPolicyInput | null): BudgetInput | undefined {
  if (budget.mode === 'SHADOW') return undefined
  return ceilings?.budgets?.find(
    (each) => each.window === budget.window && (each.model || '') === (budget.model || ''),
  )
}

const isWhole = (value: number, max: number) => Number.isInteger(value) && value >= 1 && value <= max

function repeats<Rule>(rules: readonly Rule[], at: number, keyOf: (rule: Rule) => string): boolean {
  return rules.slice(0, at).some((each) => keyOf(each) === keyOf(rules[at] as Rule))
}

const limitKey = ({ unit, window, model, mode }: RateLimitInput) =>
  `${unit} ${window} ${model?.toLowerCase() || ''} ${mode ?? 'ENFORCE'}`
const budgetKey = ({ window, timeZone, model, mode }: BudgetInput) =>
  `${window} ${timeZone ?? 'UTC'} ${model?.toLowerCase() || ''} ${mode ?? 'ENFORCE'}`
