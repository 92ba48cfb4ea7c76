// The Responses API over a WebSocket: https://platform.openai.com/docs/guides/websocket-mode. A message `response.create` is
// one request, and each event of its response is one message.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Received } from '../upstreams/upstream.ts'
import { BREAKING_OFF, CREATED_EVENT, RequestFailure } from './failures.ts'
import { isObject } from './request.ts'

/** Responds to one request: with its events, or by throwing a RequestFailure. */
export type SocketResponder = (request: Received) => readonly object[]

/** What a server's `upgrade` event calls. Without the key, or at another path, the handshake is refused. */
export function responsesSocket(key: string, respond: SocketResponder) {
  const sessions = new WebSocketServer({ noServer: true })
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { url: path = '', headers } = request
    socket.on('error', () => undefined)
    if (!/^\/v1\/responses(\?|$)/.test(path)) return refuse(socket, '404 Not Found')
    if (headers.authorization !== `Bearer ${key}`) return refuse(socket, '401 Unauthorized')
    sessions.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => undefined)
      peer.on('message', (data) => serve(peer, received(path, headers, Buffer.from(String(data))), respond))
    })
  }
}

function serve(peer: WebSocket, request: Received, respond: SocketResponder): void {
  if (isObject(request.json) && request.json.model === BREAKING_OFF)
    return peer.send(CREATED_EVENT, () => peer.terminate())
  try {
    for (const event of respond(request)) peer.send(JSON.stringify(event))
  } catch (error) {
    if (!(error instanceof RequestFailure)) throw error
    peer.send(JSON.stringify({ type: 'error', status: error.status, ...error.body() }))
  }
}

/** A message as a request: its members without the type of the message. */
function received(path: string, headers: Received['headers'], body: Buffer): Received {
  const message: unknown = JSON.parse(String(body))
  const { type: _, ...json } = isObject(message) ? message : {}
  return { method: 'GET', path, headers, body, json }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
}
