// What is known of the client's connection of a control-plane request: its address, and whether it is https. Of the connection
// itself, of what trusted proxies say, or set by the worker that relayed the request.
import type { IncomingMessage, RequestListener } from 'node:http'
import { type ClientAddresses, socketAddress } from '../http/wire/client-address.ts'

export type ClientConnection = {
  /** The client's IP address; null: not known. */
  address: string | null
  /** A trusted proxy says that the client's connection to it is https; Latchkey itself speaks http alone. */
  isHttps: boolean
}

const connections = new WeakMap<IncomingMessage, ClientConnection>()

/** Sets what is known of the client of a request whose connection does not show it. */
export function setClientConnection(request: IncomingMessage, connection: ClientConnection): void {
  connections.set(request, connection)
}

/** Sets it for each request, as trusted proxies say it, and passes the request to `handler`. */
export function setClientConnections(addresses: ClientAddresses, handler: RequestListener): RequestListener {
  return (request, response) => {
    setClientConnection(request, forwardedConnection(addresses, request))
    handler(request, response)
  }
}

/** The client's connection; what X-Forwarded-For and X-Forwarded-Proto say is believed of trusted proxies alone. */
export function forwardedConnection(addresses: ClientAddresses, request: IncomingMessage): ClientConnection {
  const peer = socketAddress(request.socket.remoteAddress)
  const { 'x-forwarded-for': forwardedFor, 'x-forwarded-proto': forwardedProto } = request.headers
  return {
    address: addresses.of(peer, forwardedFor),
    isHttps: addresses.trusts(peer) && isHttpsFirst(String(forwardedProto ?? '')),
  }
}

/** The client's IP address; null where it is not known, or the connection has closed. */
export function clientAddressOf(request: IncomingMessage): string | null {
  const connection = connections.get(request)
  return connection === undefined ? socketAddress(request.socket.remoteAddress) : connection.address
}

/** Whether the client's browser uses https: as LATCHKEY_PUBLIC_URL says, where it is set, else as a trusted proxy does. */
export function isHttps(request: IncomingMessage, publicUrl: string | null): boolean {
  if (publicUrl !== null) return publicUrl.startsWith('https:')
  return connections.get(request)?.isHttps === true
}

/** Of several proxies in a row, the first one has the client's connection. */
function isHttpsFirst(forwardedProto: string): boolean {
  return /^\s*https\s*(?:,|$)/i.test(forwardedProto)
}
