// An Exchange on a connection that asked to be upgraded and is answered in plain HTTP instead.
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { ClientAddresses } from '../../domain/client-address.ts'
import type { Exchange } from '../exchange.ts'
import { nodeExchange } from '../node-exchange.ts'

/** The request's parts, and one answer after which the connection is closed. Nothing is touched until the answer begins. */
export function refusalExchange(
  request: IncomingMessage,
  callerIdleMs: number,
  addresses: ClientAddresses,
): Exchange {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.once('finish', () => request.socket.destroySoon())
  const exchange = nodeExchange(request, response, callerIdleMs, addresses)
  return {
    ...exchange,
    sendHead(status, headers) {
      // Node has let go of the connection when it was to be upgraded.
      if (!request.socket.destroyed) response.assignSocket(request.socket)
      exchange.sendHead(status, headers)
    },
  }
}
