// Changes as they happen, for as long as one listens, across lost connections.
import type { CallOptions } from './options.ts'
import { isTransient, retryDelayMs, wait } from './retry.ts'

export type FollowOptions = Pick<CallOptions, 'signal' | 'maxRetries'>

/**
 * Changes that came together. `mayHaveMissed`: others may have happened before these, because the reader was slow or the connection
 * was lost, or because this is the beginning: read the list now.
 */
export type ChangesEvent<Change> = { readonly changes: readonly Change[]; readonly mayHaveMissed: boolean }

type Opened<Change> = AsyncIterable<{ changes: readonly Change[]; dropped: number }>

/**
 * Opens nothing before it is iterated: `for await (const change of changes)`, or `of changes.events()`, which also says when to read
 * the list. A lost connection is opened again; before the first one a failure is tried `maxRetries` times. Ends with an error that
 * trying again would not help, with the reason of `signal`, or by `break`.
 */
export class ChangeFeed<Change> implements AsyncIterable<Change> {
  readonly #open: (signal: AbortSignal | undefined) => Opened<Change>
  readonly #signal: AbortSignal | undefined
  readonly #maxRetries: number

  constructor(
    open: (signal: AbortSignal | undefined) => Opened<Change>,
    { signal }: FollowOptions,
    maxRetries: number,
  ) {
    this.#open = open
    this.#signal = signal
    this.#maxRetries = maxRetries
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change, void, undefined> {
    for await (const { changes } of this.events()) yield* changes
  }

  async *events(): AsyncGenerator<ChangesEvent<Change>, void, undefined> {
    let connected = false
    for (let attempts = 0; ; attempts++) {
      let isFirst = true
      try {
        for await (const { changes, dropped } of this.#open(this.#signal)) {
          connected = true
          attempts = 0
          yield { changes, mayHaveMissed: isFirst || dropped > 0 }
          isFirst = false
        }
        // Completed: the server has ended the stream, and expects a new subscription.
        connected = true
      } catch (error) {
        const mayRetry = connected || attempts < this.#maxRetries
        if (!mayRetry || !isTransient(error)) throw error
      }
      await wait(retryDelayMs(Math.min(attempts, 10), undefined) ?? 0, this.#signal)
    }
  }
}
