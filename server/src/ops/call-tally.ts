// Counts calls for Prometheus, on the thread that serves them: plain numbers, so that its library is not loaded before the
// first scrape.
import { type CallRecord, OUTCOMES, type Outcome } from '../domain/logs/call-record.ts'

// The buckets that OpenTelemetry's semantic conventions advise for generative AI clients: 0.01 s, doubling.
export const BUCKET_SECONDS: readonly number[] = Array.from({ length: 14 }, (_, n) => 0.01 * 2 ** n)

export type OutcomeTally = {
  outcome: Outcome
  calls: number
  seconds: number
  /** Calls by the first bound that they do not exceed; the last count is of those above all bounds. */
  buckets: number[]
}

export type CallTally = {
  count(record: Pick<CallRecord, 'outcome' | 'durationMs' | 'calls'>): void
  /** By outcome, without those that no call has had. */
  read(): OutcomeTally[]
}

export function createCallTally(): CallTally {
  const tallies = new Map<Outcome, OutcomeTally>(
    OUTCOMES.map((outcome) => [
      outcome,
      { outcome, calls: 0, seconds: 0, buckets: Array.from({ length: BUCKET_SECONDS.length + 1 }, () => 0) },
    ]),
  )
  return {
    count({ outcome, durationMs, calls }) {
      const tally = tallies.get(outcome)
      if (tally === undefined) return
      const seconds = durationMs / 1_000
      const times = calls ?? 1
      let bucket = 0
      while (bucket < BUCKET_SECONDS.length && seconds > (BUCKET_SECONDS[bucket] ?? 0)) bucket++
      tally.calls += times
      tally.seconds += seconds * times
      tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + times
    },
    read: () => [...tallies.values()].filter(({ calls }) => calls > 0),
  }
}
