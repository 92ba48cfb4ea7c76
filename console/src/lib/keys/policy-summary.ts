// A policy and its end in one sentence: "May use gpt-5-mini and 3 more, 60 requests a minute, $20 a month, until 28 Feb."
import type { KeyPolicyInput } from '@latchkey/sdk'
import { formatDate, formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, firstAndMore, inARow, limitText } from '#lib/policy/policy-text.ts'

/** Rules in shadow mode deny nothing, so they are not in it. `expiresAt`: null: never. */
export function policySummary(policy: KeyPolicyInput, expiresAt: string | null): string {
  const { models, addresses, concurrency } = policy
  const enforced = <Rule extends { mode?: string }>(rules: readonly Rule[] | null | undefined) =>
    (rules ?? []).filter(({ mode }) => mode !== 'SHADOW')
  const limits = enforced(policy.limits)
  const budgets = enforced(policy.budgets).filter(({ limitUsd }) => Number(limitUsd) > 0)
  const parts = [
    modelsText(models?.mode === 'SHADOW' ? null : models),
    ...limits.filter(({ max }) => max > 0).map(limitText),
    ...budgets.map(budgetText),
    ...(limits.length + budgets.length === 0 ? [m.summary_without_limits()] : []),
    ...(concurrency && concurrency.mode !== 'SHADOW' && concurrency.maxCalls > 0
      ? [m.policy_concurrency_short({ max: formatNumber(concurrency.maxCalls) })]
      : []),
    ...(addresses?.allow.length && addresses.mode !== 'SHADOW'
      ? [m.summary_from({ networks: firstAndMore(addresses.allow) })]
      : []),
    expiresAt === null ? m.summary_for_ever() : m.summary_until({ date: formatDate(expiresAt) }),
  ]
  return m.summary_may_use({ parts: inARow(parts) })
}

function modelsText(rule: KeyPolicyInput['models']): string {
  if (rule?.allow?.length) return firstAndMore(rule.allow)
  if (rule?.deny?.length) return m.summary_models_except({ models: firstAndMore(rule.deny) })
  return m.summary_all_models()
}
