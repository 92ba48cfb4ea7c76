// The gateway behind node:http: requests under /v1 in, exchanges out.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { GATEWAY_HEADERS } from '../../http/server/cors.ts'
import { nodeExchange } from '../../http/server/node-exchange.ts'
import type { Gateway } from '../gateway.ts'
import { handleCall } from './handle-call.ts'
import { repeatedHeader } from './header-faults.ts'

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
    const exchange = nodeExchange(request, response, gateway.clientIdleMs, gateway.addresses)
    // The parser reads what of the body came with the head before microtasks run.
    queueMicrotask(() => handleCall(gateway, exchange, fault))
  }
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '86400',
  })
  response.end()
}
