// Which upstreams, for which of their models, refuse the request for a usage chunk (`stream_options.include_usage`) that the
// gateway adds to streams.
//
// Owner: the gateway. Key: the upstream's name and base URL, and its model. Bound: REFUSALS_MAX, the newest. Lifetime:
// REMEMBERED_MS; then the upstream is asked once more, since it may have been upgraded.
import type { Route } from './route-table.ts'

export type UsageRequests = {
  /** False where the upstream is set to get none, or has refused one for this model. */
  accepts(route: Route): boolean
  /** The upstream refused a stream with a usage request, and then took it without. */
  noteRefusal(route: Route): void
}

const REFUSALS_MAX = 1_000
const REMEMBERED_MS = 3_600_000

/** Empty: every upstream is asked for usage until one refuses. `clock`: milliseconds since the epoch. */
export function createUsageRequests(clock: () => number): UsageRequests {
  /** Until when each is remembered, in milliseconds since the epoch. */
  const refusals = new Map<string, number>()
  return {
    accepts(route) {
      if (route.upstream.settings?.requestStreamUsage === false) return false
      if (refusals.size === 0) return true
      const untilMs = refusals.get(keyOf(route))
      return untilMs === undefined || untilMs <= clock()
    },
    noteRefusal(route) {
      const key = keyOf(route)
      refusals.delete(key)
      refusals.set(key, clock() + REMEMBERED_MS)
      const [oldest] = refusals.keys()
      if (refusals.size > REFUSALS_MAX && oldest !== undefined) refusals.delete(oldest)
    },
  }
}

/** Whether an error response refuses the usage request: it is a 400 or 422 that names the field, as all known ones do. */
export function refusesUsageRequest(status: number, body: Buffer): boolean {
  if (status !== 400 && status !== 422) return false
  return body.includes('stream_options') || body.includes('include_usage')
}

function keyOf({ upstream: { name, baseUrl }, model }: Route): string {
  return `${name} ${baseUrl} ${model ?? ''}`
}
