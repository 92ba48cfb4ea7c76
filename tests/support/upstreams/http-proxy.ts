// An HTTP proxy for tests: resolves names that exist nowhere else, and keeps the requests that it got.

import { createServer, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { listenOnLoopback } from '../listen-on-loopback.ts'

export type HttpProxy = {
  /** As an upstream's proxyUrl takes it. */
  url: string
  /** `GET http://…` and `CONNECT host:port`, oldest first. */
  asked: string[]
  /** The Proxy-Authorization of each of them. */
  credentials: (string | undefined)[]
  /** Whatever name is requested, the port of this URL serves it from now on; null: all is refused with 407. */
  leadTo(url: string | null): void
  close(): Promise<void>
}

/** Starts on a free port. */
export async function startHttpProxy(): Promise<HttpProxy> {
  const asked: string[] = []
  const credentials: (string | undefined)[] = []
  const sockets = new Set<Socket>()
  let port: string | null = null
  const server = createServer((incoming, response) => {
    asked.push(`${incoming.method} ${incoming.url}`)
    credentials.push(incoming.headers['proxy-authorization'])
    if (port === null) return response.writeHead(407).end('no')
    const { method = '', headers: received } = incoming
    const { 'proxy-authorization': _own, ...headers } = received
    const { pathname, search } = new URL(incoming.url ?? '')
    const onward = request({ port, method, path: pathname + search, headers, agent: false }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, near: Socket) => {
    asked.push(`CONNECT ${incoming.url}`)
    credentials.push(incoming.headers['proxy-authorization'])
    if (port === null)
      return near.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n')
    const far = connect(Number(port), '127.0.0.1', () => near.write('HTTP/1.1 200 OK\r\n\r\n'))
    keep(far)
    near.pipe(far).pipe(near)
  })
  server.on('connection', keep)
  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  const ownPort = await listenOnLoopback(server)
  return {
    url: `http://127.0.0.1:${ownPort}/`,
    asked,
    credentials,
    leadTo(url) {
      port = url === null ? null : new URL(url).port
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
