// An Exchange over node:http.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ClientAddresses, socketAddress } from '../wire/client-address.ts'
import type { Exchange, WholeBody } from './exchange.ts'

/**
 * Wraps one request and its response. The url must start with `/v1`. A caller that takes nothing of the rest of its answer
 * for `callerIdleMs` is let go.
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
    path: queryAt === -1 ? url : url.slice(0, queryAt),
    query: queryAt === -1 ? '' : url.slice(queryAt),
    headers: request.headers,
    clientIp: addresses.of(socketAddress(request.socket.remoteAddress), request.headers['x-forwarded-for']),
    bodyBytes: declared === undefined ? null : Number(declared),
    readBody: (maxBytes) => readBody(request, maxBytes),
    bodyStream: () => (hasBody ? request : null),
    sendHead: (status, headers) => {
      response.writeHead(status, headers)
      // Node keeps a head back for the first chunk, which of a stream may be minutes away.
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
      // What is still coming of a body is let through unread: a connection whose bytes nobody takes is stuck for the next
      // call on it. Node sees to that itself, but not once something has begun to read.
      if (!request.complete) request.unpipe().resume()
      // Node looks whether anything was taken before it destroys, and sets a time of its own once the answer is out.
      const { socket } = response
      if (socket !== null && socket.writableLength > 0) socket.setTimeout(clientIdleMs)
    },
    // Without the terminating chunk, no client takes the answer for complete (RFC 9112 §8); one of HTTP/1.0, such as a proxy in
    // front, knows of none and takes any orderly end for it.
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

function readBody(request: IncomingMessage, maxBytes: number): Promise<WholeBody> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-large')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else {
        // The rest is let through unread, so that the caller can finish writing and see its answer.
        chunks.length = 0
        resolve('too-large')
      }
    })
    request.on('end', () => {
      const [only] = chunks
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks))
    })
    request.on('error', () => resolve('gone'))
    request.on('close', () => resolve('gone'))
  })
}
