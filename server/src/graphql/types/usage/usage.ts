// Totals over calls.
import { badInput } from '../../../domain/admin-errors.ts'
import { readUsage, type UsageReport } from '../../../services/usage/read-account.ts'
import { builder } from '../../builder.ts'
import { actorOf, type GraphqlContext } from '../../context.ts'
import { DateTimeRangeInput, instant, rangeMs } from '../date-time-range.ts'
import { UsageTotalsRef } from './usage-totals.ts'

// The easternmost time zone, and the same to the west.
const UTC_OFFSET_MAX = 840
/** A report reads the rollups of its whole range: as costly as a page of logs. */
export const USAGE_COMPLEXITY = 100

const ModelUsageRef = builder.objectRef<UsageReport['byModel'][number]>('ModelUsage').implement({
  description:
    'The calls of one requested model. model is null for calls without a model, or with an unknown one.',
  fields: (t) => ({
    model: t.exposeString('model', { nullable: true, description: 'The requested model.' }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Its totals.' }),
  }),
})

const DayUsageRef = builder.objectRef<UsageReport['byDay'][number]>('DayUsage').implement({
  description: 'The calls of one day, in the requested offset. Days without a call are absent.',
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The day.' }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Its totals.' }),
  }),
})

export const UsageReportRef = builder.objectRef<UsageReport>('UsageReport').implement({
  authScopes: { can: 'usage:read' },
  description: 'Totals over the calls of a range: in all, by model, by day. The three agree.',
  fields: (t) => ({
    from: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The beginning of the range: range.from, at the start of its hour; null: the first call.',
      resolve: ({ fromMs }) => instant(fromMs),
    }),
    to: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The end of the range: range.to, at the end of its hour; null: the last call.',
      resolve: ({ toMs }) => instant(toMs),
    }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Over the whole range.' }),
    byModel: t.expose('byModel', { type: [ModelUsageRef], description: 'Most calls first.' }),
    byDay: t.expose('byDay', { type: [DayUsageRef], description: 'Oldest day first.' }),
  }),
})

export const usageArgs = builder.args((t) => ({
  range: t.field({ type: DateTimeRangeInput, required: true, description: 'When the calls began.' }),
  utcOffsetMinutes: t.int({
    required: true,
    defaultValue: 0,
    description: 'Minutes east of UTC, -840 to 840: where the days of byDay begin.',
  }),
}))

type UsageArgs = { range: { from?: Date | null; to?: Date | null }; utcOffsetMinutes: number }

/** The report for `usageArgs`, of one key or of all. Throws BAD_USER_INPUT naming the argument at fault. */
export function usageOf(context: GraphqlContext, args: UsageArgs, apiKeyId?: number): Promise<UsageReport> {
  const utcOffsetMinutes = offsetOf(args)
  return readUsage(context.plane, actorOf(context), {
    ...rangeMs(args.range, 'range'),
    utcOffsetMinutes,
    apiKeyId,
  })
}

/** The offset, if there is a zone that far from UTC. Throws BAD_USER_INPUT otherwise. */
export function offsetOf({ utcOffsetMinutes }: { utcOffsetMinutes: number }): number {
  if (Math.abs(utcOffsetMinutes) > UTC_OFFSET_MAX) {
    throw badInput(
      'utcOffsetMinutes',
      `utcOffsetMinutes must be from -${UTC_OFFSET_MAX} to ${UTC_OFFSET_MAX}.`,
    )
  }
  return utcOffsetMinutes
}

builder.queryField('usage', (t) =>
  t.field({
    authScopes: { can: 'usage:read' },
    type: UsageReportRef,
    description: 'Totals over all calls that began in a range, widened to whole hours.',
    args: usageArgs,
    complexity: USAGE_COMPLEXITY,
    resolve: (_root, args, context) => usageOf(context, args),
  }),
)
