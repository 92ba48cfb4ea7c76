// Reads the error that an upstream reports: in an error response over HTTP or to a WebSocket handshake, in a body under a status
// of success, or in an event of a stream. The one reader, for every dialect.

import { isObject } from '../../domain/is-object.ts'
import { numberedCode } from '../../domain/logs/log-codes.ts'
import { REMOVED_SECRET, type ReportedFailure } from '../../domain/upstreams/failure-class.ts'
import { parsedJson } from '../../http/wire/parsed-json.ts'

/** For the log; `code` is never empty. */
export type UpstreamError = ReportedFailure

/** The error that an error response with this status reports; without a readable one, the status as its code. */
export function errorOfResponse(status: number, body: Buffer): UpstreamError {
  const code = numberedCode('upstream', status)
  return parseUpstreamError(parsedJson(body.toString('utf8')), code) ?? { code, message: null }
}

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

/** The text without the secrets that were sent to the upstream, the longest first: some upstreams repeat them. */
export function redacted(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) clean = clean.replaceAll(secret, REMOVED_SECRET)
  return clean
}

/** The bytes without those secrets; the same Buffer where none is in them. */
export function redactedBytes(bytes: Buffer, secrets: readonly string[]): Buffer {
  if (!secrets.some((secret) => bytes.includes(secret))) return bytes
  return Buffer.from(redacted(bytes.toString('latin1'), secrets), 'latin1')
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
