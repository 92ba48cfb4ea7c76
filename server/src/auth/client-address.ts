// The address that a request came from: its connection's, or what a process in front of this one has told of it.
import type { IncomingMessage } from 'node:http'

const told = new WeakMap<IncomingMessage, string | null>()

/** Says where a request came from whose own connection does not tell; to be believed only from a process of ours. */
export function tellClientAddress(request: IncomingMessage, address: string | null): void {
  told.set(request, address)
}

/** The caller's IP address as its connection shows it; null where that has closed already. */
export function clientAddressOf(request: IncomingMessage): string | null {
  return told.get(request) ?? request.socket.remoteAddress ?? null
}
