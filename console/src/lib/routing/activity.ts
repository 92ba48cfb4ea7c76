// What the calls of the last hours add up to, for an upstream or a model.
import type { Activity } from '@latchkey/sdk'
import { hourMs } from '#lib/time/durations.ts'

export type ActivityTotals = { succeeded: number; failed: number; denied: number; cancelled: number }

/** How many calls ended how. */
export function activityTotals({ successes, failures, denied, cancelled }: Activity): ActivityTotals {
  return {
    succeeded: total(successes),
    failed: total(failures),
    denied: total(denied),
    cancelled: total(cancelled),
  }
}

/**
 * The address of the calls that it counts. They begin with a whole hour, which a range of the request logs that ends now does not;
 * `params`: the other filters. Until it is known, those of the last day or week.
 */
export function activityLogsHref(
  activity: Activity | null | undefined,
  params: Record<string, string>,
  fallback: '24h' | '7d' = '24h',
): string {
  const range: Record<string, string> = activity
    ? { from: activity.since, to: activity.until }
    : { range: fallback }
  return `/logs?${new URLSearchParams({ ...range, ...params })}`
}

/** The share of failures in the calls that succeeded or failed, 0 to 1; null where there was none, or nothing is known. */
export function failureRate(activity: Activity | null | undefined): number | null {
  if (!activity) return null
  const { succeeded, failed } = activityTotals(activity)
  return succeeded + failed === 0 ? null : failed / (succeeded + failed)
}

/** Milliseconds since the epoch at which each of the hours began. */
export function hoursOf({ since, successes }: Activity): number[] {
  const first = Date.parse(since)
  return successes.map((_, index) => first + index * hourMs)
}

function total(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
