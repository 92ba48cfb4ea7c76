// An Exchange on a connection that asked to be upgraded and is answered in plain HTTP instead.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../../http/server/exchange.ts'
import { nodeExchange } from '../../http/server/node-exchange.ts'
import type { ClientAddresses } from '../../http/wire/client-address.ts'

/** The request's parts, and one answer after which the connection is closed. Nothing is touched until the answer begins. */
export function refusalExchange(
  request: IncomingMessage,
  clientIdleMs: number,
  addresses: ClientAddresses,
): Exchange {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.once('finish', () => request.socket.destroySoon())
  const exchange = nodeExchange(request, response, clientIdleMs, addresses)
  return {
    ...exchange,
    sendHead(status, headers) {
      // Node has let go of the connection when it was to be upgraded.
      if (!request.socket.destroyed) response.assignSocket(request.socket)
      exchange.sendHead(status, headers)
    },
  }
}
