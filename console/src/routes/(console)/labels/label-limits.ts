// Limits by label as the screens show them: all of them at once, with what is used of their budgets.
import type { Label, LabelLimit, LabelLimitUsage } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { latchkey } from '#lib/latchkey.ts'
import { m } from '#lib/paraglide/messages.js'
import { budgetText, limitText } from '#lib/policy/policy-text.ts'
import { monthOfUtc, rangeParams } from '#lib/time/time-range.ts'
import { withParams } from '#lib/url-state.ts'

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
