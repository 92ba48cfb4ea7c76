// Sends one operation: bounds its time, retries queries, and maps failures to our own errors.
import { getSdk, type Sdk } from '../generated/operations.ts'
import { ConnectionError, LatchkeyError, TimeoutError } from './errors.ts'
import type { CallOptions, ResolvedOptions } from './options.ts'
import { dataOf, operationOf, post } from './post.ts'
import { isRetryable, retryDelayMs, wait } from './retry.ts'

/** Runs one generated operation; the callback must hand the signal on. */
export type Send = <T>(
  operation: (operations: Operations, signal: AbortSignal | undefined) => Promise<T>,
  options?: CallOptions,
) => Promise<T>

/** The generated operations that have one response; a subscription has many and is opened by `subscribe.ts`. */
type Operations = ReturnType<typeof getSdk<AbortSignal>>

/** Binds the generated operations to a server. Opens nothing until the first call. */
export function createTransport(options: ResolvedOptions): Send {
  const operations: Sdk = getSdk<AbortSignal>((document, variables, signal) =>
    attempt(
      () => sendOnce(options, document, variables, signal),
      // A mutation whose response was lost may have happened, so it is never retried.
      operationOf(document).type === 'query' ? options.maxRetries : 0,
      signal,
    ),
  )
  return (operation, { signal } = {}) => operation(operations, signal)
}

async function attempt<T>(
  action: () => Promise<T>,
  maxRetries: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let attempts = 0; ; attempts++) {
    try {
      return await action()
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const delayMs = attempts < maxRetries && isRetryable(error) ? retryDelayMs(attempts, error) : undefined
      if (delayMs === undefined) throw error
      await wait(delayMs, signal)
    }
  }
}

/** One attempt, up to the last byte of the body, so that the timeout covers all of it and every network error surfaces here. */
async function sendOnce<Data>(
  options: ResolvedOptions,
  document: string,
  variables: unknown,
  signal: AbortSignal | undefined,
): Promise<Data> {
  const timeout = AbortSignal.timeout(options.timeoutMs)
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout])
  let response: Response
  let text: string
  try {
    response = await post(options, document, variables, accept, either)
    text = await response.text()
  } catch (cause) {
    if (cause instanceof LatchkeyError) throw cause
    if (timeout.aborted) throw new TimeoutError(`No response within ${options.timeoutMs} ms.`, { cause })
    throw new ConnectionError('The server could not be reached.', { cause })
  }
  return dataOf(response, text)
}

/** https://graphql.github.io/graphql-over-http/draft/#sec-Accept */
const accept = 'application/graphql-response+json, application/json'
