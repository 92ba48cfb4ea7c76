// The gateway's response to a client's handshake, once the upstream has opened its side.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { WebSocket, WebSocketServer } from 'ws'
import { headersToClient } from '../../../http/wire/headers.ts'
import type { RealtimeLimits } from '../limits.ts'
import { REALTIME_PROTOCOL } from './handshake.ts'

/** Sends the 101, with `responseLines` as headers; null where the client has disconnected. */
export function acceptClient(
  server: typeof WebSocketServer,
  limits: RealtimeLimits,
  request: IncomingMessage,
  early: Buffer,
  responseLines: string[],
): WebSocket | null {
  let accepted = null as WebSocket | null
  const handshake = new server({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.messageBytes,
    handleProtocols: (offered) => offered.has(REALTIME_PROTOCOL) && REALTIME_PROTOCOL,
  })
  handshake.on('headers', (lines) => lines.push(...responseLines))
  handshake.handleUpgrade(request, request.socket, early, (client) => {
    accepted = client
  })
  return accepted
}

/** The headers of the upstream's response beside those of the handshake: its rate limits, its version. */
export function headerLines(headers: IncomingHttpHeaders, secrets: readonly string[]): string[] {
  return Object.entries(headersToClient(headers, false, secrets))
    .filter(([name]) => !name.startsWith('sec-') && !name.startsWith('content-') && name !== 'date')
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`))
}
