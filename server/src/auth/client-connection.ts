// The client's address of a control-plane request: of its connection, or set by the worker that relayed it.
import type { IncomingMessage, RequestListener } from 'node:http'
import { type ClientAddresses, socketAddress } from '../http/wire/client-address.ts'

const setAddresses = new WeakMap<IncomingMessage, string | null>()

/** Sets the client's address of a request whose connection does not show it. Null: not known. */
export function setClientAddress(request: IncomingMessage, address: string | null): void {
  setAddresses.set(request, address)
}

/** Sets the client's address of each request, as trusted proxies name it, and passes the request to `handler`. */
export function setClientAddresses(addresses: ClientAddresses, handler: RequestListener): RequestListener {
  return (request, response) => {
    setClientAddress(request, forwardedAddress(addresses, request))
    handler(request, response)
  }
}

/** The client's IP address, of the connection or as trusted proxies name it in X-Forwarded-For. */
export function forwardedAddress(addresses: ClientAddresses, request: IncomingMessage): string | null {
  return addresses.of(socketAddress(request.socket.remoteAddress), request.headers['x-forwarded-for'])
}

/** The client's IP address; null where it is not known, or the connection has closed. */
export function clientAddressOf(request: IncomingMessage): string | null {
  const address = setAddresses.get(request)
  return address === undefined ? socketAddress(request.socket.remoteAddress) : address
}
