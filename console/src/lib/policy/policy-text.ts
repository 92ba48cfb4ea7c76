// Rules in a few words of the reader's language: "$20 a month", "60 requests a minute".
import type { BudgetInput, BudgetWindow, LimitUnit, LimitWindow, RateLimitInput } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { formatUsdSet } from '#lib/format-money.ts'
import { m } from '#lib/paraglide/messages.js'

/** "$20 a month"; "$5.50 a day for gpt-5*". */
export function budgetText({ limitUsd, window, model }: BudgetInput): string {
  return ofModels(
    m.policy_budget_short({ amount: formatUsdSet(limitUsd), window: windowText(window) }),
    model,
  )
}

/** "60 requests a minute"; "1,000 tokens a day for gpt-5*". */
export function limitText({ max, unit, window, model }: RateLimitInput): string {
  const text = m.policy_limit_short({
    max: formatNumber(max),
    unit: unitText(unit, max),
    window: windowText(window),
  })
  return ofModels(text, model)
}

/** "a month". */
export function windowText(window: BudgetWindow | LimitWindow): string {
  switch (window) {
    case 'MINUTE':
      return m.policy_a_minute()
    case 'HOUR':
      return m.policy_an_hour()
    case 'DAY':
      return m.policy_a_day()
    case 'WEEK':
      return m.policy_a_week()
    case 'MONTH':
      return m.policy_a_month()
    case 'TOTAL':
      return m.policy_in_total()
  }
}

/** "requests"; "request" where there is one. */
export function unitText(unit: LimitUnit, count: number): string {
  return unit === 'TOKENS' ? m.policy_unit_tokens({ count }) : m.policy_unit_requests({ count })
}

/** "gpt-5-mini and 3 more": the first of a list, and how many there are besides. */
export function firstAndMore(names: readonly string[]): string {
  const [first = '', ...rest] = names
  if (rest.length === 0) return first
  return m.policy_and_more({ first, count: formatNumber(rest.length) })
}

/** "A, B, C". */
export function inARow(texts: readonly string[]): string {
  return texts.join(m.list_separator())
}

function ofModels(text: string, model: string | null | undefined): string {
  return model ? m.policy_for_models({ text, model }) : text
}
