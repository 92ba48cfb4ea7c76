// What is used of each rule of a key: read by explaining a call of each model that a rule is about, as a rule of one model says nothing
// of a call of another.
import type { KeyPolicyInput, RuleVerdict } from '@latchkey/sdk'

/** A key has up to 24 limits and 8 budgets, each about another model at most. */
const AT_ONCE = 8

type Call = { model?: string }

/** A call without a model, and one of each model that a limit or budget names, each once. */
export function gaugedCalls(policy: KeyPolicyInput | null): Call[] {
  const rules = [...(policy?.limits ?? []), ...(policy?.budgets ?? [])]
  const models = rules.flatMap(({ model }) => (model ? [model.replaceAll('*', '') || 'x'] : []))
  return [{}, ...[...new Set(models)].map((model) => ({ model }))]
}

/** The verdicts of rules that have something to count, each rule once. Explains eight calls at a time; rejects as `explain` does. */
export async function gaugedRules(
  calls: readonly Call[],
  explain: (call: Call) => Promise<{ verdicts: readonly RuleVerdict[] }>,
): Promise<RuleVerdict[]> {
  const rules = new Map<string, RuleVerdict>()
  for (let at = 0; at < calls.length; at += AT_ONCE) {
    const explained = await Promise.all(calls.slice(at, at + AT_ONCE).map(explain))
    for (const verdict of explained.flatMap(({ verdicts }) => verdicts))
      if (verdict.limit !== null || verdict.limitUsd !== null) rules.set(ruleKey(verdict), verdict)
  }
  return [...rules.values()]
}

/** What tells a rule from others. */
function ruleKey({ rule, window, model, mode, sharedBy, limit, limitUsd, resetsAt }: RuleVerdict): string {
  return JSON.stringify([rule, window, model, mode, sharedBy?.id, limit, limitUsd, resetsAt])
}
