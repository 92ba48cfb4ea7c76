// Totals over calls, as every report has them.
import { usdOf } from '../../../domain/pricing/money.ts'
import type { RollupTotals } from '../../../domain/usage/rollup.ts'
import type { UsageTotals } from '../../../domain/usage/usage-totals.ts'
import { builder } from '../../builder.ts'

/** What all totals have, whatever they were read from. */
export type CallTotals = Omit<RollupTotals, 'durationMs'>

export const CallTotalsRef = builder.interfaceRef<CallTotals>('CallTotals').implement({
  description: 'Counts and costs of calls. Tokens are of the calls whose usage is known.',
  fields: (t) => ({
    calls: t.expose('calls', { type: 'SafeInt', description: 'Calls of every outcome.' }),
    successes: t.expose('successes', { type: 'SafeInt', description: 'Calls with the outcome SUCCESS.' }),
    failures: t.field({
      type: 'SafeInt',
      description: 'Every outcome but SUCCESS.',
      resolve: ({ calls, successes }) => calls - successes,
    }),
    errors: t.field({
      type: 'SafeInt',
      description: 'Calls with the outcome ERROR: of the upstream, or of the gateway after it admitted them.',
      resolve: ({ calls, successes, denied, cancelled, interrupted }) =>
        calls - successes - denied - cancelled - interrupted,
    }),
    denied: t.expose('denied', {
      type: 'SafeInt',
      description: 'Calls with the outcome DENIED: without a valid key, or against the rules of one.',
    }),
    cancelled: t.expose('cancelled', {
      type: 'SafeInt',
      description: 'Calls with the outcome CANCELLED: the client disconnected before the end.',
    }),
    interrupted: t.expose('interrupted', {
      type: 'SafeInt',
      description: 'Calls with the outcome INTERRUPTED: the process of the gateway ended.',
    }),
    inputTokens: t.expose('inputTokens', { type: 'SafeInt', description: 'Tokens sent to models.' }),
    outputTokens: t.expose('outputTokens', { type: 'SafeInt', description: 'Tokens that models wrote.' }),
    cachedInputTokens: t.expose('cachedInputTokens', {
      type: 'SafeInt',
      description: 'The part of inputTokens that came from an upstream cache.',
    }),
    cacheWriteInputTokens: t.expose('cacheWriteInputTokens', {
      type: 'SafeInt',
      description: 'The part of inputTokens that was written to an upstream cache, where that is reported.',
    }),
    cacheSavedUsd: t.field({
      type: 'Decimal',
      description:
        'What the cached input tokens would have cost more at the price of other input, in US dollars, of the calls whose price is known.',
      resolve: ({ cacheSavedNanoUsd }) => usdOf(BigInt(cacheSavedNanoUsd)),
    }),
    reasoningTokens: t.expose('reasoningTokens', {
      type: 'SafeInt',
      description: 'The part of outputTokens that was reasoning.',
    }),
    costUsd: t.field({
      type: 'Decimal',
      description: 'The exact cost of the calls whose cost is known, in US dollars.',
      resolve: ({ costNanoUsd }) => usdOf(BigInt(costNanoUsd)),
    }),
    unpricedCalls: t.expose('unpricedCalls', {
      type: 'SafeInt',
      description: 'Calls whose cost is not known: they are not in costUsd.',
    }),
    requestBytes: t.expose('requestBytes', { type: 'SafeInt', description: "Bytes of the calls' bodies." }),
    responseBytes: t.expose('responseBytes', {
      type: 'SafeInt',
      description: "Bytes of the responses' bodies.",
    }),
  }),
})

export const UsageTotalsRef = builder.objectRef<UsageTotals>('UsageTotals').implement({
  description:
    'Totals over calls, with rates and durations. Percentiles are within 4.5 % of an observed value.',
  interfaces: [CallTotalsRef],
  fields: (t) => ({
    successRate: t.exposeFloat('successRate', {
      nullable: true,
      description: 'successes / calls, from 0 to 1; null when there was no call.',
    }),
    admittedSuccessRate: t.exposeFloat('admittedSuccessRate', {
      nullable: true,
      description: 'successes / (calls - denied), from 0 to 1; null when no call was admitted.',
    }),
    meanDurationMs: t.exposeFloat('meanDurationMs', {
      nullable: true,
      description: 'Mean of durationMs over all calls; null when there was no call.',
    }),
    p50DurationMs: t.exposeFloat('p50DurationMs', {
      nullable: true,
      description: 'The median over all calls; null when there was no call.',
    }),
    p95DurationMs: t.exposeFloat('p95DurationMs', {
      nullable: true,
      description: 'The 95th percentile over all calls; null when there was no call.',
    }),
    p99DurationMs: t.exposeFloat('p99DurationMs', {
      nullable: true,
      description: 'The 99th percentile over all calls; null when there was no call.',
    }),
    p50TimeToFirstTokenMs: t.exposeFloat('p50TimeToFirstTokenMs', {
      nullable: true,
      description: 'The median over responses that began; null when none did.',
    }),
    p95TimeToFirstTokenMs: t.exposeFloat('p95TimeToFirstTokenMs', {
      nullable: true,
      description: 'The 95th percentile over responses that began; null when none did.',
    }),
  }),
})
