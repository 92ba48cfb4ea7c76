// The rules of a key in the reader's language.
import type { BudgetWindow, LimitWindow, OwnKeyRule } from '@latchkey/sdk'
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

const windowTexts: Readonly<Record<Lowercase<LimitWindow | Exclude<BudgetWindow, 'TOTAL'>>, () => string>> = {
  minute: m.window_minute,
  hour: m.window_hour,
  day: m.window_day,
  week: m.window_week,
  month: m.window_month,
}

const isKnown = (window: string | null): window is keyof typeof windowTexts =>
  window !== null && Object.hasOwn(windowTexts, window)

/** Of a window that a newer server has: its name. */
function windowText(window: string | null): string {
  return isKnown(window) ? windowTexts[window]() : (window ?? '')
}
