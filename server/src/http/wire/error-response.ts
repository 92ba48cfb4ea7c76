// The one place that renders a CallError as OpenAI does: https://platform.openai.com/docs/guides/error-codes.
import type { CallError } from '../../domain/errors.ts'
import { rateLimitHeaders } from '../../domain/policy/rate-limits.ts'
import type { SharedBy } from '../../domain/policy/verdict.ts'

/**
 * The body: the four members that OpenAI's SDKs read, `code` a string or null; beside them `more_info` of a denial, where the
 * address of the console is known.
 */
export function errorBody(error: CallError): Buffer {
  return Buffer.from(JSON.stringify({ error: envelope(error) }))
}

/**
 * A failure after the head has been sent: an event that OpenAI's SDKs raise as an APIError. It begins with a line end,
 * which completes an event whose blank line had not come; after a whole event it means nothing. The Responses API
 * has a form of its own, and numbers its events; null for any other stream.
 */
export function errorEvent(error: CallError, sequenceNumber: number | null): Buffer {
  if (sequenceNumber === null) return Buffer.from(`\ndata: ${JSON.stringify({ error: envelope(error) })}\n\n`)
  const { message, code, param } = envelope(error)
  const event = { type: 'error', code, message, param, sequence_number: sequenceNumber }
  return Buffer.from(`\nevent: error\ndata: ${JSON.stringify(event)}\n\n`)
}

/**
 * The error as a message of a WebSocket of the Responses API: https://platform.openai.com/docs/guides/websocket-mode. `streamId`
 * null: the request named none.
 */
export function errorMessage(error: CallError, streamId: string | null): Buffer {
  const { message, code, param } = envelope(error)
  const stream = streamId === null ? {} : { stream_id: streamId }
  const event = { type: 'error', status: error.httpStatus, code, message, param, sequence_number: 0 }
  return Buffer.from(JSON.stringify({ ...event, ...stream, error: envelope(error) }))
}

/** Headers of an error response; SDKs obey `x-should-retry` before they look at the status. */
export function errorHeaders(error: CallError): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-latchkey-error-source': error.source,
    // OpenAI's `code` in the body is one for several errors of the gateway; this tells them apart.
    'x-latchkey-error-code': error.code,
    'x-should-retry': String(error.retryable),
    ...(error.rateLimits === null ? {} : rateLimitHeaders(error.rateLimits)),
  }
  // RFC 9110 §11.6.1: a 401 names the authentication scheme.
  if (error.httpStatus === 401) headers['www-authenticate'] = 'Bearer'
  // RFC 9110 §15.5.22: a 426 names the protocol to upgrade to.
  if (error.httpStatus === 426) headers.upgrade = error.code === 'upgrade_required' ? 'websocket' : 'HTTP/1.1'
  if (error.sharedBy !== null) headers['x-latchkey-denied-by'] = sharerOf(error.sharedBy)
  if (error.allow !== null) headers.allow = error.allow.join(', ')
  if (error.httpStatus === 503) headers['retry-after'] = '1'
  if (error.retryAfterMs !== null) {
    // RFC 9110 §10.2.3: whole seconds. OpenAI's SDKs prefer the exact one.
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)))
    headers['retry-after-ms'] = String(Math.ceil(error.retryAfterMs))
  }
  return headers
}

/** In ASCII: `owner own_5`, `label env=prod`. */
function sharerOf({ kind, id, name }: SharedBy): string {
  return kind === 'OWNER' ? `owner ${id}` : `label ${name}`
}

function envelope(error: CallError) {
  const { message, type, param, wireCode: code, moreInfo } = error
  if (moreInfo === null) return { message, type, param, code }
  const { url, contact, rule, window, resetsAtMs } = moreInfo
  const more_info = {
    url,
    rule: rule.toLowerCase(),
    ...(error.sharedBy === null ? {} : { shared_by: sharerOf(error.sharedBy) }),
    window: window?.toLowerCase() ?? null,
    resets_at: resetsAtMs === null ? null : new Date(resetsAtMs).toISOString(),
    contact,
  }
  return { message, type, param, code, more_info }
}
