// An upstream that is handed requests before their bodies have come, for tests of streaming in both directions.

import { createServer, type RequestListener } from 'node:http'
import { listenOnLoopback } from '../listen-on-loopback.ts'

export type HttpUpstream = { baseUrl: string; close(): Promise<void> }

/** Starts on a free port. */
export async function startHttpUpstream(listener: RequestListener): Promise<HttpUpstream> {
  const server = createServer(listener)
  const port = await listenOnLoopback(server)
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
