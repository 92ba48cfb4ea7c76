// Lets a server of the tests listen where no other does.
import { once } from 'node:events'
import type { Server } from 'node:net'

/** Listens on a free port of 127.0.0.1, and returns it. */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('a server that listens on no port')
  return address.port
}
