// Sums over calls, as every report gives them.
import { usdOf } from '../../../domain/pricing/money.ts'
import type { UsageTotals } from '../../../domain/usage/usage-totals.ts'
import { builder } from '../../builder.ts'

export const UsageTotalsRef = builder.objectRef<UsageTotals>('UsageTotals').implement({
  description:
    'Sums over calls. Token sums are over the calls whose usage is known. Percentiles are within 4.5 % of a value that was there.',
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
    p50DurationMs: t.exposeFloat('p50DurationMs', {
      nullable: true,
      description: 'Half of all calls took no longer; null when there was no call.',
    }),
    p95DurationMs: t.exposeFloat('p95DurationMs', {
      nullable: true,
      description: '95 % of all calls took no longer; null when there was no call.',
    }),
    p99DurationMs: t.exposeFloat('p99DurationMs', {
      nullable: true,
      description: '99 % of all calls took no longer; null when there was no call.',
    }),
    p50TimeToFirstTokenMs: t.exposeFloat('p50TimeToFirstTokenMs', {
      nullable: true,
      description: 'Half of the answers that began had begun by then; null when none did.',
    }),
    p95TimeToFirstTokenMs: t.exposeFloat('p95TimeToFirstTokenMs', {
      nullable: true,
      description: '95 % of the answers that began had begun by then; null when none did.',
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
    costUsd: t.field({
      type: 'Decimal',
      description: 'What the calls whose cost is known have cost, in US dollars, exactly.',
      resolve: ({ costNanoUsd }) => usdOf(BigInt(costNanoUsd)),
    }),
    unpricedCalls: t.expose('unpricedCalls', {
      type: 'SafeInt',
      description: 'Calls that cost something nobody knows: they are not in costUsd.',
    }),
    requestBytes: t.expose('requestBytes', { type: 'SafeInt', description: "Bytes of the calls' bodies." }),
    responseBytes: t.expose('responseBytes', {
      type: 'SafeInt',
      description: "Bytes of the answers' bodies.",
    }),
  }),
})
