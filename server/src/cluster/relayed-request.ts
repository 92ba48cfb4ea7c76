// The owner's end of the relay: a socket that only its workers can reach; each request on it names its client's address.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setClientConnection } from '../auth/client-connection.ts'

/** Set by a worker on every request that it relays; a field of this name from outside is dropped. */
export const CLIENT_ADDRESS_HEADER = 'x-latchkey-client-address'

/** The same of the scheme of the client's connection: `https` or `http`. */
export const CLIENT_SCHEME_HEADER = 'x-latchkey-client-scheme'

/** The `connection` field for the client's connection; the one between worker and owner stays open. */
export const CONNECTION_HEADER = 'x-latchkey-connection'

export type RelayedRequests = {
  /** Path of the socket that workers connect to. */
  socketPath: string
  /** Resolves once workers can connect. */
  listen(): Promise<void>
  /** Closes all connections, and removes the socket. */
  close(): Promise<void>
}

/**
 * Hands the requests that workers relay to `handler`; nothing listens yet. Only this user may enter the folder of the socket
 * (mkdtemp: mode 0700).
 */
export function receiveRelayed(handler: RequestListener): RelayedRequests {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-'))
  const socketPath = join(folder, 'owner')
  // The worker enforces HTTP's limits on clients; its own connections stay open for as long as it runs.
  const limits = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0, requireHostHeader: false }
  const options = { ...limits, maxHeaderSize: 40 * 1024, ServerResponse: RelayedResponse }
  const server = createServer(options, (request, response) => {
    const { [CLIENT_ADDRESS_HEADER]: address, [CLIENT_SCHEME_HEADER]: scheme } = request.headers
    setClientConnection(request, {
      address: typeof address === 'string' && address !== '' ? address : null,
      isHttps: scheme === 'https',
    })
    delete request.headers[CLIENT_ADDRESS_HEADER]
    delete request.headers[CLIENT_SCHEME_HEADER]
    // What follows of a refused body is read and dropped: closing the connection could lose the response before the client has read it.
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
