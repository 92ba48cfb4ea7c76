// An Exchange over node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { normalPath } from '../../domain/endpoints/wire-path.ts'
import { type ClientAddresses, socketAddress } from '../wire/client-address.ts'
import { joined } from '../wire/joined.ts'
import type { Exchange, WholeBody } from './exchange.ts'

/**
 * Wraps one request and its response. The url must start with `/v1`. The connection of a client that takes no byte of an ended
 * response for `clientIdleMs` is closed.
 */
export function nodeExchange(
  request: IncomingMessage,
  response: ServerResponse,
  clientIdleMs: number,
  addresses: ClientAddresses,
): Exchange {
  const url = request.url ?? '/'
  const queryAt = url.indexOf('?')
  const declared = request.headers['content-length']
  const hasBody =
    declared === undefined ? request.headers['transfer-encoding'] !== undefined : declared !== '0'
  let written = false
  return {
    method: request.method ?? 'GET',
    path: inNormalForm(queryAt === -1 ? url : url.slice(0, queryAt)),
    query: queryAt === -1 ? '' : url.slice(queryAt),
    headers: request.headers,
    clientIp: addresses.of(socketAddress(request.socket.remoteAddress), request.headers['x-forwarded-for']),
    bodyBytes: declared === undefined ? null : Number(declared),
    get bodyIsHere() {
      return !hasBody || request.complete
    },
    readBody: (maxBytes, takes) => readBody(request, maxBytes, declared === undefined ? takes : undefined),
    bodyStream: () => (hasBody ? request : null),
    sendHead: (status, headers) => {
      response.writeHead(status, headers)
      // Node holds a head back until the first chunk, which for a stream may take minutes.
      if (/^text\/event-stream\b/i.test(String(headers['content-type']))) {
        setImmediate(() => {
          if (!written && !response.writableEnded) response.flushHeaders()
        })
      }
    },
    sendChunk: (chunk) => {
      written = true
      return response.write(chunk)
    },
    end: (lastChunk) => {
      if (lastChunk === undefined || lastChunk.length === 0) response.end()
      else response.end(lastChunk)
      // The remaining bytes of the body are discarded: unread bytes would block the connection for the next call on it. Node does
      // that itself, but not once something has begun to read.
      if (!request.complete) request.unpipe().resume()
      // Node checks whether anything was taken before it destroys, and sets a timeout of its own once the response is sent.
      const { socket } = response
      if (socket !== null && socket.writableLength > 0) socket.setTimeout(clientIdleMs)
    },
    // Without the terminating chunk, no client takes the response for complete (RFC 9112 §8). An HTTP/1.0 client, such as a
    // proxy in front, knows no chunks and takes any orderly end for a complete response.
    abort: (lastChunk) => {
      if (lastChunk === undefined && request.httpVersionMinor === 0) request.socket.resetAndDestroy()
      else if (lastChunk === undefined) response.destroy()
      else {
        response.write(lastChunk, () => response.destroy())
        response.socket?.setTimeout(clientIdleMs)
      }
    },
    listen: (listener) => {
      response.on('drain', () => listener.onDrain())
      if (response.closed) {
        if (!response.writableFinished) listener.onDisconnect()
        return
      }
      response.once('close', () => {
        if (!response.writableFinished) listener.onDisconnect()
      })
    },
  }
}

/** What is not plain is refused by `targetError`. A path without encoding is in its normal form. */
function inNormalForm(path: string): string {
  return path.includes('%') ? (normalPath(path) ?? path) : path
}

function readBody(
  request: IncomingMessage,
  maxBytes: number,
  takes: ((bytes: number) => boolean) | undefined,
): Promise<WholeBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-large')
  // It disconnected before this, and there will be no event of it.
  if (request.destroyed) return Promise.resolve('disconnected')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let discards = false
    // The remaining body is discarded, so that the client can finish writing and read its response.
    const refuse = (reason: 'too-large' | 'refused') => {
      discards = true
      chunks.length = 0
      resolve(reason)
    }
    request.on('data', (chunk: Buffer) => {
      if (discards) return
      bytes += chunk.length
      if (bytes > maxBytes) refuse('too-large')
      else if (takes?.(chunk.length) === false) refuse('refused')
      else chunks.push(chunk)
    })
    request.on('end', () => resolve(joined(chunks, bytes)))
    request.on('error', () => resolve('disconnected'))
    request.on('close', () => resolve('disconnected'))
  })
}
