// What the calls of the last hours add up to, for an upstream or a model.
import type { Activity } from '@latchkey/sdk'

export type ActivityTotals = { succeeded: number; failed: number; denied: number; cancelled: number }

/** How many calls ended how. Cancelled ones, which their clients left, are in no list: they are what the lists leave of all calls. */
export function activityTotals({ calls, successes, failures, denied }: Activity): ActivityTotals {
  const listed = { succeeded: total(successes), failed: total(failures), denied: total(denied) }
  return { ...listed, cancelled: Math.max(0, calls - listed.succeeded - listed.failed - listed.denied) }
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
  return successes.map((_, index) => first + index * 3_600_000)
}

function total(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
