// Usage over time, in groups.
import { badInput } from '../../../domain/admin-errors.ts'
import { canonicalTimeZone } from '../../../domain/time.ts'
import type { Period } from '../../../domain/usage/periods.ts'
import type { ReportDimension } from '../../../domain/usage/rollup.ts'
import type { UsagePoint } from '../../../domain/usage/rollup-changes.ts'
import { type LabelledUsageGroup, readUsageSeries } from '../../../services/usage/read-usage-series.ts'
import { builder } from '../../builder.ts'
import { actorOf } from '../../context.ts'
import { apiKeyNumberOf } from '../../global-id.ts'
import { inTurns } from '../../in-turns.ts'
import { DateTimeRangeInput, instant, rangeMs } from '../date-time-range.ts'
import { offsetOf, USAGE_COMPLEXITY } from './usage.ts'
import { labelOf } from './usage-breakdown.ts'
import { UsageTotalsRef } from './usage-totals.ts'

const GROUPS_MAX = 50
const GROUPS_DEFAULT = 10

const BucketEnum = builder.enumType('UsageBucket', {
  description: 'The length of a point of a series.',
  values: {
    HOUR: { value: 'HOUR' as Period, description: 'An hour of UTC.' },
    DAY: { value: 'DAY' as Period, description: 'A day in the requested time zone or offset.' },
    WEEK: { value: 'WEEK' as Period, description: 'A week in the requested time zone, from Monday on.' },
    MONTH: { value: 'MONTH' as Period, description: 'A calendar month in the requested time zone.' },
  },
})

const DimensionEnum = builder.enumType('UsageDimension', {
  description: 'What calls are grouped by.',
  values: {
    MODEL: { value: 'MODEL' as ReportDimension, description: 'The requested model.' },
    API_KEY: {
      value: 'KEY' as ReportDimension,
      description: 'The API key; all deleted keys are one group, and calls without a known key are in none.',
    },
    UPSTREAM: { value: 'UPSTREAM' as ReportDimension, description: 'The upstream.' },
    ENDPOINT: {
      value: 'ENDPOINT' as ReportDimension,
      description: 'The path, without what is particular to one call: `/v1/files/*`.',
    },
    OUTCOME: { value: 'OUTCOME' as ReportDimension, description: 'The outcome.' },
    OWNER: {
      value: 'OWNER' as ReportDimension,
      description: 'Whose the key was at the time of the call; calls of nobody are in no group.',
    },
    LABEL: {
      value: 'LABEL' as ReportDimension,
      description:
        'The labels that the key had at the time of the call, as `env=prod`. A call counts in each of them.',
    },
    TAG: {
      value: 'TAG' as ReportDimension,
      description:
        'What clients have tagged calls with, as `feature=search`. A call counts in each of its tags; `other` are those beyond 1,000 in an hour or a day.',
    },
  },
})

const RankEnum = builder.enumType('UsageRank', {
  description: 'What groups are ranked by.',
  values: {
    CALLS: { value: 'CALLS' as const, description: 'How many calls they have.' },
    COST: { value: 'COST' as const, description: 'What their calls cost, as far as that is known.' },
  },
})

const PointRef = builder.objectRef<UsagePoint>('UsagePoint').implement({
  description: 'The calls of one hour, day, week or month.',
  fields: (t) => ({
    at: t.field({
      type: 'DateTime',
      description: 'When it begins, which may be before the range.',
      resolve: ({ atMs }) => instant(atMs),
    }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Its totals.' }),
  }),
})

const GroupRef = builder.objectRef<LabelledUsageGroup>('UsageGroup').implement({
  description: 'A group of calls over time. Its totals are the sum of its points.',
  fields: (t) => ({
    key: t.exposeString('key', {
      nullable: true,
      description:
        'The model, upstream, endpoint, outcome, label or tag, or the id of the API key or owner; `deleted` for all deleted keys together; null for calls that named none, and without groupBy.',
    }),
    label: t.exposeString('label', {
      description: 'What to show: the key itself, or the name of the API key or owner.',
    }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Over the whole range.' }),
    points: t.field({
      type: [PointRef],
      description: 'Oldest first. Hours or days without a call are absent.',
      resolve: ({ points }) => inTurns(points),
      // All groups together have at most 6,000 points, however many groups are asked for.
      complexity: { field: 10, multiplier: 5 },
    }),
  }),
})

builder.queryField('usageSeries', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: [GroupRef],
    description:
      'Calls that began in a range, over time, in the groups with the most calls or the highest cost. A group has at most 2,400 points, 100 days of hours, and all groups together 6,000.',
    args: {
      range: t.arg({
        type: DateTimeRangeInput,
        required: true,
        description: 'When the calls began; widened to whole hours.',
      }),
      bucket: t.arg({ type: BucketEnum, required: true, description: 'The length of a point.' }),
      groupBy: t.arg({ type: DimensionEnum, description: 'Absent: all calls in one group.' }),
      apiKeyId: t.arg.id({
        description: 'Only the calls of this key. Works with groupBy: MODEL, or without groupBy.',
      }),
      label: t.arg.string({
        description: 'The name of a label: only its values. Works with groupBy: LABEL alone.',
      }),
      first: t.arg.int({
        required: true,
        defaultValue: GROUPS_DEFAULT,
        description: `0 to ${GROUPS_MAX}: how many groups at most.`,
      }),
      rank: t.arg({
        type: RankEnum,
        required: true,
        defaultValue: 'CALLS',
        description: 'What groups are ranked by; the first ones are returned.',
      }),
      utcOffsetMinutes: t.arg.int({
        required: true,
        defaultValue: 0,
        description:
          'Minutes east of UTC, -840 to 840: where days begin. An hour belongs to the day that it begins in.',
      }),
      timeZone: t.arg.string({
        description:
          'Whose days, weeks and months: a name of the IANA database, such as `Europe/Berlin`; absent: utcOffsetMinutes decides, and weeks and months are of UTC. Days have 23 or 25 hours where clocks change. An hour of UTC belongs to the day that it begins in: exact where the zone is whole hours from UTC; elsewhere up to 45 minutes count for the day before.',
      }),
    },
    complexity: ({ first }) => ({
      field: USAGE_COMPLEXITY,
      multiplier: Math.min(Math.max(first, 1), GROUPS_MAX),
    }),
    resolve: (_root, args, context) => {
      const { bucket, groupBy, apiKeyId, first, rank } = args
      const label = labelOf('label', args.label)
      if (first < 0 || first > GROUPS_MAX) {
        throw badInput('first', `first must be from 0 to ${GROUPS_MAX}; it is ${first}.`)
      }
      if (first === 0) return []
      return readUsageSeries(context.plane, actorOf(context), {
        ...rangeMs(args.range, 'range'),
        bucket,
        groupBy: groupBy ?? null,
        ...(apiKeyId != null && { apiKeyId: apiKeyNumberOf(apiKeyId, 'apiKeyId') }),
        ...(label !== null && { label }),
        first,
        rank,
        utcOffsetMinutes: offsetOf(args),
        ...timeZoneOf(args.timeZone),
      })
    },
  }),
)

function timeZoneOf(sent: string | null | undefined): { timeZone?: string } {
  if (sent == null) return {}
  const timeZone = canonicalTimeZone(sent)
  if (timeZone !== null) return { timeZone }
  throw badInput('timeZone', 'timeZone must be a name of the IANA time zone database, such as Europe/Berlin.')
}
