// The gateway behind node:http: requests under /v1 in, exchanges out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type CallError, callError } from '../../domain/errors.ts'
import { GATEWAY_HEADERS } from '../../http/server/cors.ts'
import { nodeExchange } from '../../http/server/node-exchange.ts'
import type { Gateway } from '../gateway.ts'
import { handleCall } from './handle-call.ts'

/** Handles every request whose path is under `/v1`. */
export function createGatewayHandler(
  gateway: Gateway,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    for (const [name, value] of Object.entries(GATEWAY_HEADERS)) response.setHeader(name, value)
    if (request.method === 'OPTIONS') return preflight(request, response)
    const fault = repeatedHeader(request.rawHeaders)
    // A proxy in between may have read another request than this one.
    if (fault !== null) response.setHeader('connection', 'close')
    handleCall(gateway, nodeExchange(request, response, gateway.clientIdleMs, gateway.addresses), fault)
  }
}

const TWO_HOSTS = callError('invalid_request', { message: 'A request must have exactly one Host header.' })
const TWO_CREDENTIALS = callError('invalid_request', {
  message: 'A request must have at most one Authorization header.',
})

/**
 * What is wrong with a request in which a header stands twice. RFC 9112 §3.2: more than one Host must be refused; Node takes the
 * first, of Authorization too, and a proxy in front may have judged the other.
 */
function repeatedHeader(rawHeaders: string[]): CallError | null {
  let hosts = 0
  let credentials = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts++
    else if (name?.length === 13 && name.toLowerCase() === 'authorization') credentials++
  }
  if (hosts > 1) return TWO_HOSTS
  return credentials > 1 ? TWO_CREDENTIALS : null
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '86400',
  })
  response.end()
}
