// What a rule is called where its verdict or its back-test is shown: "$20 a month", "Models".
import type { CallExplanation, PolicyBackTest } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, limitText } from '#lib/policy/policy-text.ts'
import { isBudgetWindow, isLimitWindow } from '#lib/policy/rule-windows.ts'

type Rule = CallExplanation['verdicts'][number] | PolicyBackTest['rules'][number]
type Facts = Pick<Rule, 'rule' | 'window' | 'model' | 'limit' | 'limitUsd'>

/** With its limit, where it has one. */
export function verdictRule({ rule, window, model, limit, limitUsd }: Facts): string {
  switch (rule) {
    case 'BUDGET':
      return limitUsd !== null && isBudgetWindow(window)
        ? budgetText({ limitUsd, window, model })
        : m.rule_budget()
    case 'REQUESTS':
    case 'TOKENS':
      return limit !== null && isLimitWindow(window)
        ? limitText({ max: limit, unit: rule, window, model })
        : rule === 'TOKENS'
          ? m.rule_tokens()
          : m.rule_requests()
    case 'CONCURRENCY':
      return limit === null ? m.rule_concurrency() : m.policy_concurrency_short({ max: formatNumber(limit) })
    case 'ADDRESS':
      return m.rule_address()
    case 'ENDPOINT':
      return m.rule_endpoint()
    case 'MODEL':
      return m.rule_model()
  }
}
