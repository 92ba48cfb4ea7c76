// Limits by label as the screens show them: all of them at once, with what is used of their budgets.
import type { Label, LabelLimit, LabelLimitUsage } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { formatUsd, formatUsdLimit, formatUsdShort, usdNumber } from '#lib/format-money.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, limitText, windowText } from '#lib/policy/policy-text.ts'
import { monthOfUtc, rangeParams } from '#lib/time/time-range.ts'
import { withParams } from '#lib/url-state.ts'

type Used = LabelLimitUsage['budgetUsage'][number]
export type UsageById = ReadonlyMap<string, LabelLimitUsage>

const mostAtOnce = 100

/** "env=prod". */
export const labelText = ({ name, value }: Label): string => `${name}=${value}`

/** All that there are, newest first: the server keeps at most 500. */
export async function everyLabelLimit(signal: AbortSignal): Promise<LabelLimit[]> {
  const all: LabelLimit[] = []
  for await (const limit of latchkey.labelLimits.list({ first: mostAtOnce }, { signal })) all.push(limit)
  return all
}

/** What is spent with the labels of these limits, and used of their budgets, by id. */
export async function usageOf(limits: readonly LabelLimit[], signal: AbortSignal): Promise<UsageById> {
  const usage = new Map<string, LabelLimitUsage>()
  for (let from = 0; from < limits.length; from += mostAtOnce) {
    const ids = limits.slice(from, from + mostAtOnce).map(({ id }) => id)
    for (const each of await latchkey.labelLimits.usage(ids, { signal })) usage.set(each.id, each)
  }
  return usage
}

/** The budget of which the largest share is used; undefined where none is enforced. */
export function fullestBudget(usage: LabelLimitUsage | undefined): Used | undefined {
  return usage?.budgetUsage.toSorted((a, b) => b.usedPercent - a.usedPercent)[0]
}

/** What a bar of a budget shows; `exact` has every digit. */
export function budgetBar({ spentUsd, limitUsd, window, model }: Used, name: string) {
  const texts = (spent: string, limit: string) => {
    const inputs = { spent, limit, window: windowText(window) }
    return model ? m.label_used_of_model({ ...inputs, model }) : m.label_used_of(inputs)
  }
  return {
    label: m.label_budget_of({ name, window: windowText(window) }),
    used: usdNumber(spentUsd),
    limit: usdNumber(limitUsd),
    text: texts(formatUsdShort(spentUsd), formatUsdLimit(limitUsd)),
    exact: texts(formatUsd(spentUsd), formatUsd(limitUsd)),
  }
}

/** Each rule in a few words, and whether it is only watched. */
export function rulesOf({ policy }: LabelLimit): { text: string; watched: boolean }[] {
  const { budgets, limits, concurrency } = policy
  return [
    ...budgets.map((budget) => ({ text: budgetText(budget), watched: budget.mode === 'SHADOW' })),
    ...limits.map((limit) => ({ text: limitText(limit), watched: limit.mode === 'SHADOW' })),
    ...(concurrency
      ? [
          {
            text: m.policy_concurrency_short({ max: formatNumber(concurrency.maxCalls) }),
            watched: concurrency.mode === 'SHADOW',
          },
        ]
      : []),
  ]
}

/** The keys with a label. */
export const keysHref = (label: Label) => `/keys?label=${encodeURIComponent(labelText(label))}`

/** The calls of the month of UTC with a label: its spend is counted by that. */
export const logsHref = (label: Label) =>
  withParams(
    { pathname: '/logs', searchParams: new URLSearchParams() },
    { ...rangeParams(monthOfUtc()), label: labelText(label) },
  )
