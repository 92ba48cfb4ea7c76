// Whether a failed query is retried, and after what delay.
import { ApiError, ConnectionError } from './errors.ts'

const firstDelayMs = 500
const longestDelayMs = 8_000
/** The longest delay that is waited for. Beyond it the error is reported. */
const longestHonouredMs = 60_000

/** True for failures that a retry may not meet: no response, 408, 429, 5xx, and a 409 that says when to come again. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  if (!(error instanceof ApiError)) return false
  // The first attempt has not ended yet.
  if (error.status === 409) return error.retryAfterMs !== undefined
  return error.status === 408 || error.status === 429 || error.status >= 500
}

/** The same of a stream, whose response of 200 may carry an error of the server. */
export function isTransient(error: unknown): boolean {
  if (isRetryable(error)) return true
  return error instanceof ApiError && (error.code === 'INTERNAL' || error.code === 'UNAVAILABLE')
}

/** The delay before the attempt after `attempt` (0 for the first), or undefined when the server requested too long a delay. */
export function retryDelayMs(attempt: number, error: unknown, random = Math.random): number | undefined {
  const advised = error instanceof ApiError ? error.retryAfterMs : undefined
  if (advised !== undefined) return advised <= longestHonouredMs ? advised : undefined
  // Up to a quarter less, so that clients that failed together do not come back together.
  return Math.min(firstDelayMs * 2 ** attempt, longestDelayMs) * (1 - random() * 0.25)
}

/** What `retry-after-ms`, or else `retry-after` (seconds or a date, RFC 9110 §10.2.3), says, in milliseconds. */
export function retryAfterMs(headers: Headers, now = Date.now()): number | undefined {
  const milliseconds = headers.get('retry-after-ms')
  if (milliseconds !== null && /^\d+(\.\d+)?$/.test(milliseconds)) return Number(milliseconds)
  const value = headers.get('retry-after')
  if (value === null) return undefined
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it is aborted. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    function stop() {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}
