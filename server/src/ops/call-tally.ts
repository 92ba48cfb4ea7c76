// What is counted of calls for Prometheus, on the thread that answers them: plain numbers, so that nothing of its library is
// loaded before the first scrape.
import { type CallRecord, OUTCOMES, type Outcome } from '../domain/logs/call-record.ts'

// OpenTelemetry's advice for durations of generative AI calls: 0.01 s, doubling.
export const BUCKET_SECONDS: readonly number[] = Array.from({ length: 14 }, (_, n) => 0.01 * 2 ** n)

export type OutcomeTally = {
  outcome: Outcome
  calls: number
  seconds: number
  /** Calls by the first bound that they do not exceed; the last are those over all bounds. */
  buckets: number[]
}

export type CallTally = {
  count(record: Pick<CallRecord, 'outcome' | 'durationMs'>): void
  /** By outcome; those that no call has had are left out. */
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
    count({ outcome, durationMs }) {
      const tally = tallies.get(outcome)
      if (tally === undefined) return
      const seconds = durationMs / 1_000
      let bucket = 0
      while (bucket < BUCKET_SECONDS.length && seconds > (BUCKET_SECONDS[bucket] ?? 0)) bucket++
      tally.calls++
      tally.seconds += seconds
      tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1
    },
    read: () => [...tallies.values()].filter(({ calls }) => calls > 0),
  }
}
