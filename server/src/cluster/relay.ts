// Carries a worker's requests that are not the gateway's to the owner and its answers back, as they come.
import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { forwardedAddress } from '../auth/client-address.ts'
import { HOP_BY_HOP } from '../domain/upstreams/hop-by-hop.ts'
import type { ClientAddresses } from '../http/wire/client-address.ts'
import { CLIENT_ADDRESS_HEADER, CONNECTION_HEADER } from './relayed-request.ts'

// The owner answers as the worker would, so that credentials for a proxy and the framing cross to it; `transfer-encoding` goes
// with the request, where Node frames the body by it, and is left out of the response, where Node sets it.
const CROSSES_TO_OWNER = ['proxy-authenticate', 'proxy-authorization', 'transfer-encoding']
const NOT_RELAYED = new Set([
  ...HOP_BY_HOP.filter((name) => !CROSSES_TO_OWNER.includes(name)),
  // The worker has answered it already.
  'expect',
])

export type Relay = {
  handle(request: IncomingMessage, response: ServerResponse): void
  close(): void
}

/** Relays to the owner's socket at this path. */
export function createRelay(socketPath: string, addresses: ClientAddresses): Relay {
  // The owner never lets go of an idle connection, so that none is closing while it is taken for the next request.
  const agent = new Agent({ keepAlive: true })
  return {
    handle(request, response) {
      const sent = httpRequest({
        agent,
        socketPath,
        method: request.method ?? 'GET',
        path: request.url ?? '/',
        headers: headersToOwner(request, forwardedAddress(addresses, request)),
        setHost: false,
      })
      sent.on('response', (upstreamResponse) => passBack(upstreamResponse, response))
      sent.on('error', () => {
        if (response.headersSent) return void response.destroy()
        response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' })
        response.end('Latchkey is starting or stopping; try again.\n')
      })
      response.once('close', () => {
        if (!response.writableFinished) sent.destroy()
      })
      request.once('close', () => {
        // Its rest will not come.
        if (!request.complete) sent.destroy()
      })
      request.pipe(sent)
    },
    close: () => agent.destroy(),
  }
}

function headersToOwner(request: IncomingMessage, clientAddress: string | null): string[] {
  const headers = passedOn(request.rawHeaders, (name) => name !== CLIENT_ADDRESS_HEADER)
  headers.push(CLIENT_ADDRESS_HEADER, clientAddress ?? '')
  return headers
}

function passBack(upstreamResponse: IncomingMessage, response: ServerResponse): void {
  const headers = passedOn(
    upstreamResponse.rawHeaders,
    (name) => name !== 'transfer-encoding' && name !== CONNECTION_HEADER,
  )
  const connection = upstreamResponse.headers[CONNECTION_HEADER]
  if (typeof connection === 'string') headers.push('connection', connection)
  response.writeHead(upstreamResponse.statusCode ?? 502, upstreamResponse.statusMessage, headers)
  // The first event of a stream may be minutes away.
  if (upstreamResponse.headers['content-type']?.startsWith('text/event-stream')) response.flushHeaders()
  pipeline(upstreamResponse, response, (error) => {
    // Half an answer must not pass for a whole one.
    if (error) response.destroy()
  })
}

function passedOn(raw: readonly string[], wanted: (name: string) => boolean): string[] {
  const headers: string[] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? ''
    const lower = name.toLowerCase()
    if (!NOT_RELAYED.has(lower) && wanted(lower)) headers.push(name, raw[at + 1] ?? '')
  }
  return headers
}
