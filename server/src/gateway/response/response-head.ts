// The head of an upstream's response, as it is sent to the client.
import { headersToClient } from '../../http/wire/headers.ts'
import type { Call } from '../call/call.ts'
import { isPageType } from '../metering/error-page.ts'
import { single, type UpstreamResponse } from './upstream-response.ts'

// No proxy between the gateway and the client may hold events back.
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

/** `hideUsage`: events may be removed from a stream. A body that may change its length loses its Content-Length. */
export function responseHead(
  call: Call,
  { status, headers, isEventStream, decoded }: UpstreamResponse,
  hideUsage: boolean,
  secrets: readonly string[],
): Record<string, string | string[]> {
  const isChanged = decoded !== null || (isEventStream && hideUsage) || status >= 400
  const head = headersToClient(headers ?? {}, !isChanged, secrets)
  for (const name in call.responseHeaders) head[name] = call.responseHeaders[name] ?? ''
  if (isEventStream) Object.assign(head, STREAM_HEADERS)
  if (status >= 400) {
    head['x-latchkey-error-source'] = 'upstream'
    if (isPageType(single(headers?.['content-type']) ?? '')) {
      head['content-type'] = 'application/json; charset=utf-8'
      delete head['content-encoding']
    }
  }
  if (headers?.['openai-processing-ms'] === undefined)
    head['openai-processing-ms'] = String(Math.round(call.elapsedMs()))
  head['x-request-id'] = call.id
  if (decoded !== null) delete head['content-encoding']
  return head
}
