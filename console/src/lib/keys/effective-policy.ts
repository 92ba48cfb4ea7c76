// What a new key will be restricted to: what is asked for, with what the settings fill in and bound, as the server does it.
import type { KeyPolicyInput, RuleMode } from '@latchkey/sdk'
import { patternTest } from '#lib/models/name-pattern.ts'

/** The parts that are absent come from the defaults, and the rules of the ceiling that it lacks are added. */
export function effectivePolicy(
  asked: KeyPolicyInput,
  defaults: KeyPolicyInput | null,
  ceiling: KeyPolicyInput | null,
): KeyPolicyInput {
  const own = {
    ...asked,
    models: asked.models ?? defaults?.models,
    endpoints: asked.endpoints ?? defaults?.endpoints,
    addresses: asked.addresses ?? defaults?.addresses,
    limits: asked.limits?.length ? asked.limits : (defaults?.limits ?? []),
    concurrency: asked.concurrency ?? defaults?.concurrency,
    budgets: asked.budgets?.length ? asked.budgets : (defaults?.budgets ?? []),
  }
  const isEnforced = ({ mode }: { mode?: RuleMode }) => mode !== 'SHADOW'
  const lacks = <Rule>(rules: readonly Rule[], isSame: (rule: Rule) => boolean) => !rules.some(isSame)
  return {
    ...own,
    limits: [
      ...own.limits,
      ...(ceiling?.limits ?? []).filter((bound) =>
        lacks(
          own.limits,
          (each) =>
            isEnforced(each) &&
            each.unit === bound.unit &&
            each.window === bound.window &&
            (each.model || '') === (bound.model || ''),
        ),
      ),
    ],
    budgets: [
      ...own.budgets,
      ...(ceiling?.budgets ?? []).filter((bound) =>
        lacks(
          own.budgets,
          (each) =>
            isEnforced(each) && each.window === bound.window && (each.model || '') === (bound.model || ''),
        ),
      ),
    ],
    concurrency:
      own.concurrency && isEnforced(own.concurrency)
        ? own.concurrency
        : (ceiling?.concurrency ?? own.concurrency),
  }
}

/** Whether the models rule of a policy, if it is enforced, lets a model through. `*` matches any text, in any letter case. */
export function allowsModel(policy: KeyPolicyInput | null, model: string): boolean {
  const rule = policy?.models
  if (!rule || rule.mode === 'SHADOW') return true
  const matches = (pattern: string) => patternTest(pattern)(model)
  if (rule.deny?.some(matches)) return false
  return !rule.allow?.length || rule.allow.some(matches)
}
