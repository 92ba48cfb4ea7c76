// The owner's side of the relay: a socket that only its workers can reach, on which every request says whose it is.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setClientAddress } from '../auth/client-address.ts'

/** Set by a worker on every request that it relays, in the place of one that came from outside. */
export const CLIENT_ADDRESS_HEADER = 'x-latchkey-client-address'

/** Says in an answer that the caller's connection is to end with it; the one between owner and worker stays. */
export const CONNECTION_HEADER = 'x-latchkey-connection'

export type RelayedRequests = {
  /** Where workers connect. */
  socketPath: string
  /** Resolves once workers can connect. */
  listen(): Promise<void>
  /** Ends what is still connected, and removes the socket. */
  close(): Promise<void>
}

/** Hands the requests that workers relay to `handler`; nothing listens yet. The folder of the socket is for this user alone. */
export function receiveRelayed(handler: RequestListener): RelayedRequests {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const socketPath = join(folder, 'owner')
  // The worker in front holds requests to HTTP's limits; its connections stay for as long as it does.
  const limits = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0, requireHostHeader: false }
  const options = { ...limits, maxHeaderSize: 40 * 1024, ServerResponse: RelayedResponse }
  const server = createServer(options, (request, response) => {
    const address = request.headers[CLIENT_ADDRESS_HEADER]
    setClientAddress(request, typeof address === 'string' && address !== '' ? address : null)
    delete request.headers[CLIENT_ADDRESS_HEADER]
    // The rest of a refused body is let through unread: closing on it could cost the worker the answer.
    response.once('finish', () => {
      if (!request.complete) request.resume()
    })
    handler(request, response)
  })
  return {
    socketPath,
    listen: () =>
      new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(socketPath, () => {
          server.off('error', reject)
          resolve()
        })
      }),
    async close() {
      if (server.listening) {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeAllConnections()
        await closed
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

class RelayedResponse extends ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(name.toLowerCase() === 'connection' ? CONNECTION_HEADER : name, value)
  }
}
