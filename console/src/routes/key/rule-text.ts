// The rules of a key in the reader's language.
import type { OwnKeyRule } from '@latchkey/sdk'
import { callErrorText } from '#lib/errors/call-error-text.ts'
import { m } from '#lib/paraglide/messages.js'

/** The name of a rule that denied calls; of an error that is no rule's what its code means. */
export function ruleText(rule: OwnKeyRule | null, code: string): string {
  switch (rule) {
    case 'address':
      return m.rule_address()
    case 'endpoint':
      return m.rule_endpoint()
    case 'model':
      return m.rule_model()
    case 'budget':
      return m.rule_budget()
    case 'tokens':
      return m.rule_tokens()
    case 'requests':
      return m.rule_requests()
    case 'concurrency':
      return m.rule_concurrency()
    case null:
      return callErrorText(code)
  }
}

/** "Requests per day". */
export function limitTitle(unit: 'requests' | 'tokens' | 'concurrency', window: string | null): string {
  if (unit === 'concurrency') return m.rule_concurrency()
  const per = windowText(window)
  return unit === 'tokens' ? m.limit_tokens({ window: per }) : m.limit_requests({ window: per })
}

/** "Budget per month". */
export function budgetTitle(window: string | null): string {
  return window === null || window === 'total'
    ? m.budget_total()
    : m.limit_budget({ window: windowText(window) })
}

function windowText(window: string | null): string {
  switch (window) {
    case 'minute':
      return m.window_minute()
    case 'hour':
      return m.window_hour()
    case 'day':
      return m.window_day()
    case 'week':
      return m.window_week()
    case 'month':
      return m.window_month()
    default:
      return window ?? ''
  }
}
