// Metrics of calls, from the call tally: outcomes, durations, tokens, cost, and attempts at upstreams.
import { Histogram, type MetricType, type Registry } from 'prom-client'
import { BUCKET_SECONDS, type CallTally, type DurationTally } from './call-tally.ts'
import { growing, growingByLabels } from './process-metrics.ts'

const NANO = 1e9

/** Adds them. Calls count when they have ended; in all processes that serve the gateway, where there are workers. */
export function watchCalls(registry: Registry, calls: CallTally): void {
  growingByLabels(registry, 'latchkey_calls_total', 'Calls that have ended, by outcome.', ['outcome'], () =>
    calls.durations().map(({ outcome, count }) => [{ outcome }, count]),
  )
  registry.registerMetric(
    new TalliedHistogram(
      'latchkey_call_duration_seconds',
      'From accepting a call to its last byte, by outcome.',
      ['outcome'],
      () => calls.durations().map(({ outcome, ...tally }) => [{ outcome }, tally]),
    ),
  )
  registry.registerMetric(
    new TalliedHistogram(
      'latchkey_time_to_first_token_seconds',
      'From accepting a call to the first token of its response, of the calls that had one.',
      [],
      () => [[{}, calls.firstTokens]],
    ),
  )
  growingByLabels(
    registry,
    'latchkey_tokens_total',
    'Tokens of calls that have ended, by kind; input includes cached_input.',
    ['kind'],
    () => Object.entries(calls.tokens).map(([kind, count]) => [{ kind }, count]),
  )
  growing(
    registry,
    'latchkey_cost_usd_total',
    'What the calls cost whose cost is known.',
    () => calls.costNanoUsd() / NANO,
  )
  growingByLabels(
    registry,
    'latchkey_upstream_attempts_total',
    'Attempts of calls that have ended, by upstream and result: ok, or how they failed.',
    ['upstream', 'result'],
    () => calls.upstreams().map(({ attempts, ...labels }) => [labels, attempts]),
  )
}

type Labels = Record<string, string>

/** A histogram whose values have been counted already. */
class TalliedHistogram extends Histogram<string> {
  readonly #name: string
  readonly #help: string
  readonly #read: () => [Labels, DurationTally][]

  constructor(name: string, help: string, labelNames: string[], read: () => [Labels, DurationTally][]) {
    super({ name, help, labelNames, buckets: [...BUCKET_SECONDS], registers: [] })
    this.#name = name
    this.#help = help
    this.#read = read
  }

  override async get(): ReturnType<Histogram<string>['get']> {
    return {
      name: this.#name,
      help: this.#help,
      // The library declares an enum, and exports none at run time.
      type: 'histogram' as unknown as MetricType,
      aggregator: 'sum',
      collect: () => undefined,
      values: this.#read().flatMap(([labels, tally]) => samplesOf(this.#name, labels, tally)),
    }
  }

  /** What a registry calls in place of `get` for the text format. */
  getForPromString(): ReturnType<Histogram<string>['get']> {
    return this.get()
  }
}

type Sample = Awaited<ReturnType<Histogram<string>['get']>>['values'][number]

/** https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries: buckets are cumulative. */
function samplesOf(name: string, labels: Labels, { count, seconds, buckets }: DurationTally): Sample[] {
  let upTo = 0
  const samples: Sample[] = buckets.map((inBucket, at) => {
    upTo += inBucket
    const le = BUCKET_SECONDS[at] ?? '+Inf'
    return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: upTo } as Sample
  })
  samples.push({ metricName: `${name}_sum`, labels, value: seconds } as Sample)
  samples.push({ metricName: `${name}_count`, labels, value: count } as Sample)
  return samples
}
