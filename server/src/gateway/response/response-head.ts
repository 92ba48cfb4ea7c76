// The head of an upstream's answer, as it goes to the caller.
import type { IncomingHttpHeaders } from 'node:http'
import { headersToClient } from '../../http/wire/headers.ts'
import type { Call } from '../call/call.ts'

// No proxy between the gateway and the caller may hold events back.
const STREAM_HEADERS = { 'cache-control': 'no-cache', 'x-accel-buffering': 'no' }

/** `changed`: the body may get another length on its way. */
export function responseHead(
  call: Call,
  status: number,
  headers: IncomingHttpHeaders,
  {
    isEventStream,
    changed,
    secrets,
  }: { isEventStream: boolean; changed: boolean; secrets: readonly string[] },
): Record<string, string | string[]> {
  const head = headersToClient(headers, !changed, secrets)
  for (const name in call.responseHeaders) head[name] = call.responseHeaders[name] ?? ''
  if (isEventStream) Object.assign(head, STREAM_HEADERS)
  if (status >= 400) head['x-latchkey-error-source'] = 'upstream'
  if (headers['openai-processing-ms'] === undefined)
    head['openai-processing-ms'] = String(Math.round(call.elapsedMs()))
  head['x-request-id'] = call.id
  return head
}
