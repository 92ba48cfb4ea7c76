// A rollup as a report shows it: counts, rates, means and percentiles.
import { percentile } from './histogram.ts'
import type { Rollup, RollupTotals } from './rollup.ts'

export type UsageTotals = Omit<RollupTotals, 'durationMs'> & {
  /** Every outcome but SUCCESS. */
  failures: number
  /** 0 to 1; null when there was no call. */
  successRate: number | null
  meanDurationMs: number | null
  /** Within 4.5 % of a duration that was there; null when there was no call. */
  p50DurationMs: number | null
  p95DurationMs: number | null
  p99DurationMs: number | null
  /** Of streamed responses that began; null when there was none. */
  p50TimeToFirstTokenMs: number | null
  p95TimeToFirstTokenMs: number | null
}

export function totalsOf(rollup: Rollup): UsageTotals {
  const { calls, successes, durationMs, durations, firstTokens, ...totals } = rollup
  return {
    ...totals,
    calls,
    successes,
    failures: calls - successes,
    successRate: calls === 0 ? null : successes / calls,
    meanDurationMs: calls === 0 ? null : durationMs / calls,
    p50DurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
    p99DurationMs: percentile(durations, 0.99),
    p50TimeToFirstTokenMs: percentile(firstTokens, 0.5),
    p95TimeToFirstTokenMs: percentile(firstTokens, 0.95),
  }
}
