// A network between a program and its database that can fall silent: connections stay open, and nothing comes.
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type SilentProxy = {
  /** The database's url, through the proxy. */
  url: string
  fallSilent(): void
  /** Lets everything through again, what was sent meanwhile too. */
  speak(): void
  close(): Promise<void>
}

/** Starts between a free port and the server of a url. */
export async function startSilentProxy(databaseUrl: string): Promise<SilentProxy> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let silent = false
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    if (silent) socket.pause()
  }
  const forward = (from: Socket, to: Socket) => {
    from.on('data', (bytes) => to.write(bytes))
    from.on('end', () => to.end())
    from.on('close', () => to.destroy())
    // Listening makes a socket flow.
    if (silent) from.pause()
  }
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname)
    keep(near)
    keep(far)
    forward(near, far)
    forward(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const own = new URL(databaseUrl)
  own.port = String(typeof address === 'object' && address !== null ? address.port : 0)
  return {
    url: own.href,
    fallSilent() {
      silent = true
      for (const socket of sockets) socket.pause()
    },
    speak() {
      silent = false
      for (const socket of sockets) socket.resume()
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
