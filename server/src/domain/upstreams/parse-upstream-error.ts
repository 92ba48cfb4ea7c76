// Parses the error that an upstream reports: in an error response over HTTP or to a WebSocket handshake, in a body under a status
// of success, in an event of a stream, or to the test of a connection. The one parser, for every dialect.
import { isObject } from '../is-object.ts'
import type { ReportedFailure } from './failure-class.ts'

/** For the log; `code` is never empty. */
export type UpstreamError = ReportedFailure

/**
 * The error in a parsed body or event; null where it reports none. Known forms: OpenAI's `{error: {…}}`, Gemini's
 * `[{error: {…}}]`, OpenRouter's `error` beside the members of a chunk (its code is a number), the Responses API's
 * `{type: "error", code, message}` and `{type: "response.failed", response: {error: {…}}}`.
 */
export function parseUpstreamError(parsed: unknown, fallbackCode: string): UpstreamError | null {
  const body = Array.isArray(parsed) ? parsed[0] : parsed
  if (!isObject(body)) return null
  if (body.type === 'error' && !isObject(body.error)) return errorIn(body, fallbackCode, [body.code])
  if (body.type === 'response.failed') {
    const { error } = isObject(body.response) ? body.response : {}
    return errorIn(isObject(error) ? error : {}, fallbackCode)
  }
  if (typeof body.error === 'string') return { code: fallbackCode, message: body.error }
  return isObject(body.error) ? errorIn(body.error, fallbackCode) : null
}

function errorIn(
  error: Record<string, unknown>,
  fallbackCode: string,
  names: unknown[] = [error.code, error.status, error.type],
): UpstreamError {
  // Beside a name, a number adds nothing to the status.
  const name = names.find((value) => typeof value === 'string' && value !== '')
  const number = names.find((value) => typeof value === 'number' && Number.isFinite(value))
  return {
    code: typeof name === 'string' ? name : typeof number === 'number' ? String(number) : fallbackCode,
    message: typeof error.message === 'string' ? error.message : null,
  }
}
