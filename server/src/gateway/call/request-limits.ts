// The error of a request body that is too large.
import { type CallError, callError } from '../../domain/errors.ts'

/** The 413 of a body of more than `maxBytes`. */
export function tooLarge(maxBytes: number): CallError {
  const size = maxBytes >= 2 ** 20 ? `${Math.floor(maxBytes / 2 ** 20)} MiB` : `${maxBytes} bytes`
  return callError('request_too_large', {
    message: `The request body is larger than the ${size} that this endpoint accepts.`,
  })
}
