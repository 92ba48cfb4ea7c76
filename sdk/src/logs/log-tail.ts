// The live tail: request logs as their calls end, for as long as one listens, across lost connections.

import {
  type RequestLogFilter,
  TailRequestLogsDocument,
  type TailRequestLogsSubscription,
} from '../generated/operations.ts'
import type { CallOptions } from '../transport/options.ts'
import { isTransient, retryDelayMs, wait } from '../transport/retry.ts'
import type { Subscribe } from '../transport/subscribe.ts'
import type { RequestLog } from '../types.ts'

export type TailOptions = CallOptions & {
  /** The last request log that was seen: begins with what came since. Default: with the next call that ends. */
  after?: string | undefined
}

/** Logs that came together, at most every 250 ms, and how many matching ones before them were skipped. */
export type TailEvent = { readonly logs: readonly RequestLog[]; readonly dropped: number }

// More than the server sends again after a lost connection.
const REMEMBERED = 2_000

/**
 * Opens nothing before it is iterated: `for await (const log of tail)`, or `of tail.events()` for what came together.
 * A lost connection is opened again, with what was missed meanwhile; before the first connection a failure is tried
 * `maxRetries` times. Ends with an error that trying again would not help, with the reason of `signal`, or by `break`.
 */
export class LogTail implements AsyncIterable<RequestLog> {
  readonly #subscribe: Subscribe
  readonly #filter: RequestLogFilter | undefined
  readonly #options: TailOptions
  readonly #maxRetries: number
  #dropped = 0

  constructor(
    subscribe: Subscribe,
    filter: RequestLogFilter | undefined,
    options: TailOptions,
    maxRetries: number,
  ) {
    this.#subscribe = subscribe
    this.#filter = filter
    this.#options = options
    this.#maxRetries = maxRetries
  }

  /** How many matching logs were skipped so far, because the reader was slow or away for long. */
  get dropped(): number {
    return this.#dropped
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RequestLog, void, undefined> {
    for await (const { logs } of this.events()) yield* logs
  }

  async *events(): AsyncGenerator<TailEvent, void, undefined> {
    const { signal } = this.#options
    const seen = new Set<string>()
    let { after } = this.#options
    let connected = false
    for (let attempts = 0; ; attempts++) {
      try {
        const variables = { filter: this.#filter, after }
        for await (const { requestLogTail } of this.#subscribe<TailRequestLogsSubscription>(
          TailRequestLogsDocument,
          variables,
          signal,
        )) {
          connected = true
          attempts = 0
          const logs = requestLogTail.logs.filter(({ id }) => !seen.has(id))
          for (const { id } of logs) remember(seen, id)
          after = requestLogTail.logs.at(-1)?.id ?? after
          this.#dropped += requestLogTail.dropped
          yield { logs, dropped: requestLogTail.dropped }
        }
        // Completed: the server has ended the stream, and expects a new subscription.
        connected = true
      } catch (error) {
        const mayRetry = connected || attempts < this.#maxRetries
        if (!mayRetry || !isTransient(error)) throw error
      }
      await wait(retryDelayMs(Math.min(attempts, 10), undefined) ?? 0, signal)
    }
  }
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id)
  if (seen.size <= REMEMBERED) return
  const [oldest] = seen
  if (oldest !== undefined) seen.delete(oldest)
}
