// One request and its retries, whatever the API behind it.
import { ConnectionError, TimeoutError } from './errors.ts'
import type { ResolvedOptions } from './options.ts'
import { isRetryable, retryDelayMs, wait } from './retry.ts'

/** Runs an action until it succeeds, fails for good, or was retried as often as may be. Rejects with an aborted signal's reason. */
export async function attempt<T>(
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

/** Fetches up to the last byte of the body, so that the timeout covers all of it and every network error surfaces here. */
export async function fetchWhole(
  { fetch, timeoutMs }: Pick<ResolvedOptions, 'fetch' | 'timeoutMs'>,
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit,
): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  try {
    const response = await fetch(input, { ...init, signal })
    const { status, headers } = response
    return new Response((await response.text()) || null, { status, headers })
  } catch (cause) {
    if (timeout.aborted) throw new TimeoutError(`No response within ${timeoutMs} ms.`, { cause })
    throw unreachable(input instanceof Request ? input.url : input, cause)
  }
}

/** What a request rejects with that got no response. The message names the server and, where the platform tells it, the reason. */
export function unreachable(url: string | URL, cause: unknown): ConnectionError {
  const reason = reasonOf(cause)
  return new ConnectionError(
    `The server at ${new URL(url).origin} could not be reached${reason === undefined ? '' : ` (${reason})`}. Check the address, and that it runs.`,
    { cause },
  )
}

/** Such as ECONNREFUSED: Node's `fetch` has it in the cause of its error. */
function reasonOf(error: unknown): string | undefined {
  const { code } =
    (error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined) ?? {}
  return typeof code === 'string' ? code : undefined
}
