// The address that an admin's request came from: its connection's, or what a process in front of this one has told of it.
import type { IncomingMessage, RequestListener } from 'node:http'
import { type ClientAddresses, socketAddress } from '../http/wire/client-address.ts'

const told = new WeakMap<IncomingMessage, string | null>()

/** Says where a request came from whose own connection does not tell; to be believed only from a process of ours. */
export function setClientAddress(request: IncomingMessage, address: string | null): void {
  told.set(request, address)
}

/** Hands requests to `handler`, which can then ask where they came from, also through trusted proxies. */
export function setClientAddresses(addresses: ClientAddresses, handler: RequestListener): RequestListener {
  return (request, response) => {
    setClientAddress(request, forwardedAddress(addresses, request))
    handler(request, response)
  }
}

/** The caller's IP address, as the connection shows it or as trusted proxies tell it. */
export function forwardedAddress(addresses: ClientAddresses, request: IncomingMessage): string | null {
  return addresses.of(socketAddress(request.socket.remoteAddress), request.headers['x-forwarded-for'])
}

/** The caller's IP address; null where it is not known, or its connection has closed already. */
export function clientAddressOf(request: IncomingMessage): string | null {
  const address = told.get(request)
  return address === undefined ? socketAddress(request.socket.remoteAddress) : address
}
