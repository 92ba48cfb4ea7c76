// Usage: totals over calls.

import type {
  DateTimeRange,
  UsageBucket,
  UsageDimension,
  UsageGrouping,
  UsageOrder,
  UsageRank,
} from '../generated/operations.ts'
import { found } from '../transport/errors.ts'
import type { CallOptions } from '../transport/options.ts'
import type { Send } from '../transport/transport.ts'
import type { UsageBreakdown, UsageGroup, UsageReport, UsageShare } from '../types.ts'

export type UsageArgs = {
  /** Half-open: `from` is included, `to` is not; an absent bound is open. Widened to whole hours. */
  range: DateTimeRange
  /** Where a day starts, in minutes east of UTC. Default: 0. */
  utcOffsetMinutes?: number | undefined
  /** One API key's usage instead of everyone's. */
  apiKeyId?: string | undefined
}

export type UsageSeriesArgs = UsageArgs & {
  /** Whose days, weeks and months: of the IANA database. Default: utcOffsetMinutes decides; weeks and months are of UTC. */
  timeZone?: string | undefined
  /** How long a point is. */
  bucket: UsageBucket
  /** Default: all calls in one group. */
  groupBy?: UsageDimension | undefined
  /** With `groupBy: 'LABEL'`: the name of the label, of which alone there are values. */
  label?: string | undefined
  /** How many groups at most: 0 to 50. Default: 10. */
  first?: number | undefined
  /** Which groups come first. Default: those with the most calls. */
  rank?: UsageRank | undefined
}

export type UsageBreakdownArgs = {
  /** Half-open; an absent bound is open. Widened to whole hours. */
  range: DateTimeRange
  by: UsageGrouping
  /** The name of the label, for LABEL. */
  label?: string | undefined
  /** The name of the tags, for `by: 'TAG'`. Default: of any. */
  tag?: string | undefined
  /** The second value, such as MODEL within API_KEY. */
  within?: UsageGrouping | undefined
  /** Only the keys of these owners, 1 to 50; for API_KEY, OWNER and LABEL, alone or with MODEL or each other. Default: of all. */
  ownerIds?: string[] | undefined
  /** How many values at most: 1 to 50. Default: 10. */
  first?: number | undefined
  /** How many within each at most: 1 to 20. Default: 5. */
  firstWithin?: number | undefined
  /** Which come first. Default: COST. COST_CHANGE and CALLS_CHANGE are the top movers. */
  order?: UsageOrder | undefined
}

export type UsageByKeyArgs = Pick<UsageBreakdownArgs, 'range' | 'order'>

export type Usage = {
  /** What was called in a range: in total, by model and by day. Rejects with a NotFoundError for an unknown key. */
  (args: UsageArgs, options?: CallOptions): Promise<UsageReport>
  /** Usage over time, in groups. Hours or days without a call are absent. */
  series(args: UsageSeriesArgs, options?: CallOptions): Promise<readonly UsageGroup[]>
  /** Usage by one value or by two at once, each beside the period before. */
  breakdown(args: UsageBreakdownArgs, options?: CallOptions): Promise<UsageBreakdown>
  /** What each key used, read in pages: `for await (const { key, totals } of latchkey.usage.byKey({ range }))`. */
  byKey(args: UsageByKeyArgs, options?: CallOptions): AsyncGenerator<UsageShare, void, undefined>
}

/** The usage of the server that `send` talks to. */
export function createUsage(send: Send): Usage {
  async function report({ apiKeyId, ...args }: UsageArgs, options?: CallOptions): Promise<UsageReport> {
    if (apiKeyId === undefined) {
      return (await send((api, signal) => api.GetUsage(args, signal), options)).usage
    }
    const { apiKey } = await send(
      (api, signal) => api.GetApiKeyUsage({ id: apiKeyId, ...args }, signal),
      options,
    )
    return found(apiKey, 'There is no such API key.').usage
  }

  async function series(args: UsageSeriesArgs, options?: CallOptions): Promise<readonly UsageGroup[]> {
    return (await send((api, signal) => api.GetUsageSeries(args, signal), options)).usageSeries
  }

  async function breakdown(args: UsageBreakdownArgs, options?: CallOptions): Promise<UsageBreakdown> {
    return (await send((api, signal) => api.GetUsageBreakdown(args, signal), options)).usageBreakdown
  }

  async function* byKey(
    args: UsageByKeyArgs,
    options?: CallOptions,
  ): AsyncGenerator<UsageShare, void, undefined> {
    let after: string | null = null
    do {
      const place: { after?: string } = after === null ? {} : { after }
      const { usageByKey } = await send(
        (api, signal) => api.GetUsageByKey({ ...args, ...place, first: 100 }, signal),
        options,
      )
      yield* usageByKey.nodes
      after = usageByKey.hasNextPage ? usageByKey.endCursor : null
    } while (after !== null)
  }

  return Object.assign(report, { series, breakdown, byKey })
}
