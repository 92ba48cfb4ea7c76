// What the spend screen asks, as its URL holds it: what is grouped by what, in which order.
import type { UsageDimension, UsageGrouping, UsageOrder, UsageShare } from '@latchkey/sdk'
import { formatNumber } from '#lib/format.ts'
import { failedCalls } from '#lib/logs/outcome-text.ts'
import { m } from '#lib/paraglide/messages.js'
import { type Grouping, groupings, withinOf } from './within-groups.ts'

export const orders = ['cost', 'calls', 'change', 'saved', 'unpriced'] as const
export type Order = (typeof orders)[number]

/** As many values as the server gives at once. */
export const valuesMax = 50

/** As long as the name of a label may be. */
export const labelMax = 63

export type Question = {
  by: Grouping
  /** The second group; null: none. */
  within: Grouping | null
  /** The name of the label, where it is grouped by one; '' until it is chosen. */
  label: string
  order: Order
  /** Summed up over time rather than by bucket. */
  summed: boolean
  /** Parameters that mean nothing here, which the screen names. */
  bad: readonly string[]
}

export const serverGrouping: Readonly<Record<Grouping, UsageGrouping>> = {
  key: 'API_KEY',
  owner: 'OWNER',
  label: 'LABEL',
  tag: 'TAG',
  model: 'MODEL',
  upstream: 'UPSTREAM',
  endpoint: 'ENDPOINT',
}

/** What a series over time is grouped by. Owners and labels are those of the time of the call there, and those of now in the table. */
export const seriesDimension: Readonly<Record<Grouping, UsageDimension>> = {
  key: 'API_KEY',
  owner: 'OWNER',
  label: 'LABEL',
  tag: 'TAG',
  model: 'MODEL',
  upstream: 'UPSTREAM',
  endpoint: 'ENDPOINT',
}

export const serverOrder: Readonly<Record<Order, UsageOrder>> = {
  cost: 'COST',
  calls: 'CALLS',
  change: 'COST_CHANGE',
  saved: 'CACHE_SAVED',
  unpriced: 'UNPRICED',
}

/** What usage is grouped by, in the reader's language. */
export function groupingText(grouping: Grouping): string {
  const texts: Record<Grouping, () => string> = {
    key: m.api_key,
    owner: m.spend_by_owner,
    label: m.spend_by_label,
    tag: m.spend_by_tag,
    model: m.model,
    upstream: m.upstream,
    endpoint: m.endpoint,
  }
  return texts[grouping]()
}

/** What rows are ordered by, in the reader's language. */
export function orderText(order: Order): string {
  const texts: Record<Order, () => string> = {
    cost: m.spend_order_cost,
    calls: m.spend_order_calls,
    change: m.spend_order_change,
    saved: m.spend_order_saved,
    unpriced: m.spend_order_unpriced,
  }
  return texts[order]()
}

const outcomeTexts = {
  ok: m.spend_ok_calls,
  failed: m.routing_failed_calls,
  denied: m.routing_denied_calls,
  cancelled: m.routing_cancelled_calls,
}

/** How calls ended, as "6,829 ok · 57 failed · 97 cancelled"; what there was none of is left out. */
export function outcomesText(
  totals: UsageShare['totals'],
  which: readonly (keyof typeof outcomeTexts)[] = ['ok', 'failed', 'denied', 'cancelled'],
): string {
  const { successes: ok, denied, cancelled } = totals
  const counts = { ok, failed: failedCalls(totals), denied, cancelled }
  return (
    which
      .filter((outcome) => counts[outcome] > 0)
      // A number stays with its word where the text wraps.
      .map((outcome) =>
        outcomeTexts[outcome]({ count: formatNumber(counts[outcome]) }).replaceAll(' ', '\u00a0'),
      )
      .join(' · ')
  )
}

/** What the URL asks for; `bad` has its parameters that mean nothing, as `name=value`. */
export function readQuestion(params: Pick<URLSearchParams, 'get'>): Question {
  const bad: string[] = []
  const choice = <Value extends string>(name: string, values: readonly Value[]): Value | undefined => {
    const text = params.get(name)
    const found = values.find((value) => value === text)
    if (text && found === undefined) bad.push(`${name}=${text}`)
    return found
  }
  const by = choice('by', groupings) ?? 'key'
  const within = choice('within', withinOf[by]) ?? null
  const order = choice('order', orders) ?? 'cost'
  const summed = choice('view', ['sum']) !== undefined
  return { by, within, label: (params.get('label') ?? '').slice(0, labelMax), order, summed, bad }
}

/** The parameters of the request logs of a value; undefined where no filter finds them, as of deleted keys together. */
export function logParams(
  by: Grouping,
  share: UsageShare,
  label: string,
): Record<string, string> | undefined {
  if (share.key === null || share.key === 'deleted') return undefined
  return { [by]: by === 'label' ? `${label}=${share.key}` : share.key }
}
