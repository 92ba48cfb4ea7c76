// An upstream that is handed requests before their bodies have come, for tests of streaming in both directions.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'

export type HttpUpstream = { baseUrl: string; close(): Promise<void> }

/** Starts on a free port. */
export async function startHttpUpstream(listener: RequestListener): Promise<HttpUpstream> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
