// The response to a handshake that the upstream refused.
import type { IncomingHttpHeaders } from 'node:http'
import { type CallError, callError } from '../../../domain/errors.ts'
import { printable } from '../../../domain/logs/printable-text.ts'
import { refusesCredential } from '../../../domain/upstreams/failure-class.ts'
import type { Exchange } from '../../../http/server/exchange.ts'
import { headersToClient } from '../../../http/wire/headers.ts'
import type { Call } from '../../call/call.ts'
import { beginsAsPage, isPageType, pageReplacement } from '../../metering/error-page.ts'
import { NO_BYTES } from '../../metering/response-meter.ts'
import { errorOfResponse, redactedBytes } from '../../metering/upstream-error.ts'
import { respondWithError } from '../../response/respond-with-error.ts'
import { noWebSocketUpstream } from '../session-routes.ts'
import type { UpstreamReply } from './connect-upstream.ts'
import { hasNoWebSocket } from './connect-with-failover.ts'

/**
 * The upstream's response is the client's, unless it is about the gateway's own request. `hasHttp`: where the upstream opens no
 * WebSocket, the response asks the client to send the call over HTTP. `hasClientSecret`: the credential was the client's own.
 */
export function passRefusal(
  call: Call,
  exchange: Exchange,
  { status, headers, body }: Extract<UpstreamReply, { kind: 'refused' }>,
  secrets: readonly string[],
  hasHttp: boolean,
  hasClientSecret: boolean,
): void {
  call.note({ upstreamRequestId: printable(requestId(headers), 128) })
  const isPage = isPageType(headers['content-type'] ?? '') || beginsAsPage(body)
  const cleanBody = isPage ? pageReplacement(status) : redactedBytes(body, secrets)
  const error = errorOfResponse(status, isPage ? NO_BYTES : cleanBody)
  if (!hasClientSecret && refusesCredential(status, error))
    return fail(call, exchange, callError('upstream_refused_credential'))
  if (hasHttp && hasNoWebSocket(status)) return fail(call, exchange, noWebSocketUpstream(exchange.path))
  if (status >= 300 && status < 400 && headers.location !== undefined)
    return fail(call, exchange, callError('upstream_redirected'))
  if (status < 400) return fail(call, exchange, callError('upstream_refused_upgrade'))
  const head = headersToClient(headers, false, secrets)
  if (isPage) {
    head['content-type'] = 'application/json; charset=utf-8'
    delete head['content-encoding']
  }
  call.note({ httpStatus: status })
  call.noteError(error)
  call.countResponseBytes(cleanBody.length)
  call.finish('ERROR', () => {
    exchange.sendHead(status, {
      ...head,
      ...call.responseHeaders,
      'content-length': String(cleanBody.length),
      'x-latchkey-error-source': 'upstream',
      'x-request-id': call.id,
    })
    exchange.end(cleanBody)
  })
}

/** The upstream's own id of the request; null where it sent none. */
export function requestId(headers: IncomingHttpHeaders): string | null {
  return [headers['x-request-id']].flat()[0] ?? null
}

function fail(call: Call, exchange: Exchange, error: CallError): void {
  respondWithError(call, exchange, error, 'ERROR')
}
