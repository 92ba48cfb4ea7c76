// Sums over calls.
import { badInput } from '../../domain/admin-errors.ts'
import { readUsage, type UsageReport, type UsageTotals } from '../../services/read-account.ts'
import { builder } from '../builder.ts'
import type { GraphqlContext } from '../context.ts'
import { DateTimeRangeInput, rangeMs } from './date-time-range.ts'

// East of UTC as far as zones go, and the same to the west.
const UTC_OFFSET_MAX = 840
/** A report reads every call of its range: worth as much as a page of logs. */
export const USAGE_COMPLEXITY = 100

const UsageTotalsRef = builder.objectRef<UsageTotals>('UsageTotals').implement({
  description: 'Sums over calls. Token sums are over the calls whose usage is known.',
  fields: (t) => ({
    calls: t.expose('calls', { type: 'SafeInt', description: 'Calls of every outcome.' }),
    successes: t.expose('successes', { type: 'SafeInt', description: 'Calls with the outcome SUCCESS.' }),
    failures: t.expose('failures', { type: 'SafeInt', description: 'Every outcome but SUCCESS.' }),
    successRate: t.exposeFloat('successRate', {
      nullable: true,
      description: 'successes / calls, from 0 to 1; null when there was no call.',
    }),
    meanDurationMs: t.exposeFloat('meanDurationMs', {
      nullable: true,
      description: 'Mean of durationMs over all calls; null when there was no call.',
    }),
    inputTokens: t.expose('inputTokens', { type: 'SafeInt', description: 'Tokens sent to models.' }),
    outputTokens: t.expose('outputTokens', { type: 'SafeInt', description: 'Tokens that models wrote.' }),
    cachedInputTokens: t.expose('cachedInputTokens', {
      type: 'SafeInt',
      description: 'The part of inputTokens that came from an upstream cache.',
    }),
    reasoningTokens: t.expose('reasoningTokens', {
      type: 'SafeInt',
      description: 'The part of outputTokens that was reasoning.',
    }),
    requestBytes: t.expose('requestBytes', { type: 'SafeInt', description: "Bytes of the calls' bodies." }),
    responseBytes: t.expose('responseBytes', {
      type: 'SafeInt',
      description: "Bytes of the answers' bodies.",
    }),
  }),
})

const ModelUsageRef = builder.objectRef<UsageReport['byModel'][number]>('ModelUsage').implement({
  description: "One requested model's share. model is null for calls that named none, or none that exists.",
  fields: (t) => ({
    model: t.exposeString('model', { nullable: true, description: 'The model as the caller named it.' }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Its sums.' }),
  }),
})

const DayUsageRef = builder.objectRef<UsageReport['byDay'][number]>('DayUsage').implement({
  description: "One day's share, in the offset asked for; days without a call are left out.",
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The day.' }),
    totals: t.expose('totals', { type: UsageTotalsRef, description: 'Its sums.' }),
  }),
})

export const UsageReportRef = builder.objectRef<UsageReport>('UsageReport').implement({
  description: 'Sums over the calls of a range: in all, by model, by day. The three agree.',
  fields: (t) => ({
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
export function usageOf({ plane }: GraphqlContext, args: UsageArgs, apiKeyId?: number): Promise<UsageReport> {
  const { utcOffsetMinutes } = args
  if (Math.abs(utcOffsetMinutes) > UTC_OFFSET_MAX) {
    throw badInput(
      'utcOffsetMinutes',
      `utcOffsetMinutes must be from -${UTC_OFFSET_MAX} to ${UTC_OFFSET_MAX}.`,
    )
  }
  return readUsage(plane, { ...rangeMs(args.range, 'range'), utcOffsetMinutes, apiKeyId })
}

builder.queryField('usage', (t) =>
  t.field({
    type: UsageReportRef,
    description: 'Sums over all calls that began in a range.',
    args: usageArgs,
    complexity: USAGE_COMPLEXITY,
    resolve: (_root, args, context) => usageOf(context, args),
  }),
)
