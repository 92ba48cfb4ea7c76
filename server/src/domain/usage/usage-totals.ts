// A rollup as a report shows it: counts, rates, means and percentiles.
import { percentile } from './histogram.ts'
import type { Rollup, RollupTotals } from './rollup.ts'

export type UsageTotals = Omit<RollupTotals, 'durationMs'> & {
  /** Every outcome but SUCCESS. */
  failures: number
  /** The outcome ERROR: of the upstream or of the gateway, after the call was admitted. */
  errors: number
  /** 0 to 1; null when there was no call. */
  successRate: number | null
  /** The same of the calls that were not denied; null when there was none. */
  admittedSuccessRate: number | null
  meanDurationMs: number | null
  /** Within 4.5 % of a duration that was there; null when there was no call. */
  p50DurationMs: number | null
  p95DurationMs: number | null
  p99DurationMs: number | null
  /** Of streamed responses that began; null when there was none. */
  p50TimeToFirstTokenMs: number | null
  p95TimeToFirstTokenMs: number | null
}

/** What a report shows of a rollup. */
export function totalsOf(rollup: Rollup): UsageTotals {
  const { calls, successes, denied, cancelled, interrupted, durationMs, durations, firstTokens, ...totals } =
    rollup
  return {
    ...totals,
    calls,
    successes,
    denied,
    cancelled,
    interrupted,
    failures: calls - successes,
    errors: calls - successes - denied - cancelled - interrupted,
    successRate: calls === 0 ? null : successes / calls,
    admittedSuccessRate: calls === denied ? null : successes / (calls - denied),
    meanDurationMs: calls === 0 ? null : durationMs / calls,
    p50DurationMs: percentile(durations, 0.5),
    p95DurationMs: percentile(durations, 0.95),
    p99DurationMs: percentile(durations, 0.99),
    p50TimeToFirstTokenMs: percentile(firstTokens, 0.5),
    p95TimeToFirstTokenMs: percentile(firstTokens, 0.95),
  }
}
