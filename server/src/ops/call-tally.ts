// Counts calls for Prometheus, on the thread that serves them: plain numbers, so that its library is not loaded before the
// first scrape.
import { readAttempts } from '../domain/logs/attempt.ts'
import { type CallRecord, OUTCOMES, type Outcome } from '../domain/logs/call-record.ts'
import type { FailureClass } from '../domain/upstreams/failure-class.ts'

// The buckets that OpenTelemetry's semantic conventions advise for generative AI clients: 0.01 s, doubling.
export const BUCKET_SECONDS: readonly number[] = Array.from({ length: 14 }, (_, n) => 0.01 * 2 ** n)

export type DurationTally = {
  count: number
  seconds: number
  /** Counts by the first bound that is not exceeded; the last is of those above all bounds. */
  buckets: number[]
}

/** What became of an attempt: `ok`, or how it failed. */
export type AttemptResult = 'ok' | FailureClass

export type UpstreamTally = { upstream: string; result: AttemptResult; attempts: number }

export type TokenTally = { input: number; cached_input: number; output: number }

type Counted = Pick<
  CallRecord,
  | 'outcome'
  | 'durationMs'
  | 'calls'
  | 'timeToFirstTokenMs'
  | 'inputTokens'
  | 'cachedInputTokens'
  | 'outputTokens'
  | 'costNanoUsd'
  | 'upstream'
  | 'attempts'
>

/** What has been counted since the process started; each part is put together when it is read. */
export type CallTally = {
  count(record: Counted): void
  /** From accepting a call to its last byte, by outcome, without outcomes that no call has had. */
  durations(): (DurationTally & { outcome: Outcome })[]
  /** From accepting a call to its first token, of those that had one. */
  readonly firstTokens: DurationTally
  readonly tokens: TokenTally
  /** Of the calls whose cost is known; a whole number of nano-dollars is exact below 2^53. */
  costNanoUsd(): number
  upstreams(): UpstreamTally[]
}

/** Counts in constant memory: by outcome, and by the upstreams that admins have named. */
export function createCallTally(): CallTally {
  const durations = new Map<Outcome, DurationTally>(OUTCOMES.map((outcome) => [outcome, noDurations()]))
  const firstTokens = noDurations()
  const tokens: TokenTally = { input: 0, cached_input: 0, output: 0 }
  const upstreams = new Map<string, Map<AttemptResult, number>>()
  let costNanoUsd = 0

  function countAttempt(upstream: string, result: AttemptResult): void {
    const results = upstreams.get(upstream) ?? new Map<AttemptResult, number>()
    upstreams.set(upstream, results)
    results.set(result, (results.get(result) ?? 0) + 1)
  }

  return {
    count(record) {
      const tally = durations.get(record.outcome)
      if (tally === undefined) return
      add(tally, record.durationMs, record.calls ?? 1)
      if (record.timeToFirstTokenMs !== null) add(firstTokens, record.timeToFirstTokenMs, 1)
      tokens.input += record.inputTokens ?? 0
      tokens.cached_input += record.cachedInputTokens ?? 0
      tokens.output += record.outputTokens ?? 0
      costNanoUsd += record.costNanoUsd ?? 0
      // Without a list of attempts there was one, which did not fail.
      if (record.attempts !== null)
        for (const { upstream, failure } of readAttempts(record.attempts))
          countAttempt(upstream, failure ?? 'ok')
      else if (record.upstream !== null) countAttempt(record.upstream, 'ok')
    },
    durations: () =>
      [...durations].flatMap(([outcome, tally]) => (tally.count > 0 ? [{ outcome, ...tally }] : [])),
    firstTokens,
    tokens,
    costNanoUsd: () => costNanoUsd,
    upstreams: () =>
      [...upstreams].flatMap(([upstream, results]) =>
        [...results].map(([result, attempts]) => ({ upstream, result, attempts })),
      ),
  }
}

function noDurations(): DurationTally {
  return { count: 0, seconds: 0, buckets: Array.from({ length: BUCKET_SECONDS.length + 1 }, () => 0) }
}

function add(tally: DurationTally, milliseconds: number, times: number): void {
  const seconds = milliseconds / 1_000
  let bucket = 0
  while (bucket < BUCKET_SECONDS.length && seconds > (BUCKET_SECONDS[bucket] ?? 0)) bucket++
  tally.count += times
  tally.seconds += seconds * times
  tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + times
}
