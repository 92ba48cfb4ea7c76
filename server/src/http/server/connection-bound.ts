// Bounds the connections that one network may have open, so that a stranger cannot take every file descriptor and fill the memory.
//
// Owner: the listener of one process; each worker counts its own. Key: the networks of the connection's other end. Bound: the open
// connections. Lifetime: that of a connection.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { networksOf } from '../../domain/client-network.ts'
import { socketAddress } from '../wire/client-address.ts'

export type ConnectionBound = {
  /** Of an IPv4 address or an IPv6 /64; a /56 may have twice as many, a /48 four times. */
  perNetwork: number
  /** Addresses that stand for many clients. */
  isExempt(address: string): boolean
  /** A connection of this address was closed, since its network has too many. */
  onRefused(address: string): void
}

/**
 * Closes each connection past the bound at once, before a byte of it is read. What listens for connections of the server must do
 * so before this.
 */
export function boundConnections(server: Server, bound: ConnectionBound): void {
  const open = new Map<string, number>()
  const takers = server.listeners('connection')

  function close(networks: string[]): void {
    for (const network of networks) {
      const remaining = (open.get(network) ?? 0) - 1
      if (remaining > 0) open.set(network, remaining)
      else open.delete(network)
    }
  }

  /** False: there is no room for one more. */
  function admits(socket: Socket): boolean {
    const address = socketAddress(socket.remoteAddress)
    // Null: of a process on this machine, over a path, or closed already.
    if (address === null || bound.isExempt(address)) return true
    const networks = networksOf(address)
    if (networks.some((network, size) => (open.get(network) ?? 0) >= bound.perNetwork * 2 ** size)) {
      bound.onRefused(address)
      return false
    }
    for (const network of networks) open.set(network, (open.get(network) ?? 0) + 1)
    socket.once('close', () => close(networks))
    return true
  }

  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    if (admits(socket)) for (const take of takers) Reflect.apply(take, server, [socket])
    else socket.destroy()
  })
}
