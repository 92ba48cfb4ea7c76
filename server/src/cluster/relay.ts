// A worker's proxy to the owner: carries requests that are not the gateway's to the owner, and the responses back, as they
// arrive.
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { type ClientConnection, forwardedConnection } from '../auth/client-connection.ts'
import { HOP_BY_HOP } from '../domain/upstreams/hop-by-hop.ts'
import type { ClientAddresses } from '../http/wire/client-address.ts'
import { CLIENT_ADDRESS_HEADER, CLIENT_SCHEME_HEADER, CONNECTION_HEADER } from './relayed-request.ts'

// The owner responds in place of the worker, so that credentials for a proxy and the framing go on to it. `transfer-encoding`
// is kept in the request, where Node frames the body by it, and removed from the response, where Node sets it.
const KEPT_FOR_OWNER = ['proxy-authenticate', 'proxy-authorization', 'transfer-encoding']
const NOT_RELAYED = new Set([
  ...HOP_BY_HOP.filter((name) => !KEPT_FOR_OWNER.includes(name)),
  // Node has responded to it in the worker (100 Continue).
  'expect',
])

export type Relay = {
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): void
}

/** Relays to the owner's socket at this path. The owner gets the client's address and scheme, as trusted proxies name them, in headers. */
export function createRelay(socketPath: string, addresses: ClientAddresses): Relay {
  // The owner never closes an idle connection, so that none is closing when the next request takes it.
  const agent = new Agent({ keepAlive: true })
  return {
    handle(request, response) {
      const sent = httpRequest({
        agent,
        socketPath,
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: headersToOwner(request, forwardedConnection(addresses, request)),
        setHost: false,
      })
      sent.on('response', (ownerResponse) => sendBack(ownerResponse, response))
      sent.on('error', () => {
        if (response.headersSent) return void response.destroy()
        response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' })
        response.end('Latchkey is starting or stopping; try again.\n')
      })
      response.once('close', () => {
        if (!response.writableFinished) sent.destroy()
      })
      request.once('close', () => {
        // The client has aborted the request within its body.
        if (!request.complete) sent.destroy()
      })
      request.pipe(sent)
    },
    close: () => agent.destroy(),
  }
}

function headersToOwner(request: IncomingMessage, { address, isHttps }: ClientConnection): string[] {
  const headers = endToEndHeaders(
    request.rawHeaders,
    (name) => name !== CLIENT_ADDRESS_HEADER && name !== CLIENT_SCHEME_HEADER,
  )
  headers.push(CLIENT_ADDRESS_HEADER, address ?? '', CLIENT_SCHEME_HEADER, isHttps ? 'https' : 'http')
  return headers
}

function sendBack(ownerResponse: IncomingMessage, response: ServerResponse): void {
  const headers = endToEndHeaders(
    ownerResponse.rawHeaders,
    (name) => name !== 'transfer-encoding' && name !== CONNECTION_HEADER,
  )
  const connection = ownerResponse.headers[CONNECTION_HEADER]
  if (typeof connection === 'string') headers.push('connection', connection)
  response.writeHead(ownerResponse.statusCode ?? 502, ownerResponse.statusMessage, headers)
  // The first event of a stream may be minutes away.
  if (ownerResponse.headers['content-type']?.startsWith('text/event-stream')) response.flushHeaders()
  pipeline(ownerResponse, response, (error) => {
    // A truncated response must not pass for a whole one.
    if (error) response.destroy()
  })
}

function endToEndHeaders(raw: readonly string[], wanted: (name: string) => boolean): string[] {
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (!NOT_RELAYED.has(lower) && wanted(lower)) headers.push(name, raw[at + 1] ?? '')
  }
  return headers
}
