// An Exchange on a connection whose request was an upgrade and gets a response in plain HTTP instead.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Exchange } from '../../../http/server/exchange.ts'
import { nodeExchange } from '../../../http/server/node-exchange.ts'
import type { ClientAddresses } from '../../../http/wire/client-address.ts'

/** The request's parts, and one response, after which the connection is closed. The socket is untouched until it begins. */
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
      // Node detaches a connection that is to be upgraded.
      if (!request.socket.destroyed) response.assignSocket(request.socket)
      exchange.sendHead(status, headers)
    },
  }
}
