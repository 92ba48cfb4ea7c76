// The windows of rate limits. Their texts are in policy-text.ts.
import type { LimitWindow } from '@latchkey/sdk'

/** The limit of requests that the console proposes for each window, the shortest first. */
export const usualRequests: Readonly<Record<LimitWindow, number>> = { MINUTE: 60, HOUR: 1_000, DAY: 10_000 }

/** All of them, the shortest first. */
export const limitWindows = Object.keys(usualRequests) as readonly LimitWindow[]

/** Whether a rate limit can count in this window of a rule; null: the rule counts in none. */
export function isLimitWindow(window: string | null): window is LimitWindow {
  return window !== null && Object.hasOwn(usualRequests, window)
}
