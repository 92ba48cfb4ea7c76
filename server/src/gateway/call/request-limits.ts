// The errors of a request body that is too large, or not encoded as it says.
import { type CallError, callError } from '../../domain/errors.ts'
import type { Encoding } from '../../http/wire/content-encoding.ts'

/** The 413 of a body of more than `maxBytes`. */
export function tooLarge(maxBytes: number): CallError {
  const size = maxBytes >= 2 ** 20 ? `${Math.floor(maxBytes / 2 ** 20)} MiB` : `${maxBytes} bytes`
  return callError('request_too_large', {
    message: `The request body is larger than the ${size} that this endpoint accepts.`,
  })
}

/** The 400 of a body that is not of the Content-Encoding that it names. */
export function notEncoded(encoding: Encoding): CallError {
  return callError('invalid_request', {
    message: `The request body is not valid ${encoding}, which its Content-Encoding names.`,
  })
}

const MEMORY_RETRY_MS = 1_000

/** The 503 of a body for which there is no memory now. */
export function memoryFull(): CallError {
  return callError('request_memory_full', { retryAfterMs: MEMORY_RETRY_MS })
}
