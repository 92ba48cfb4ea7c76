// Watches the response to a request for a client secret, and binds what it makes before the client has the last of it.
import type { Exchange } from '../../http/server/exchange.ts'

// A session with its instructions and tools at their largest; what is longer passes and is bound to nobody.
const RESPONSE_MAX_BYTES = 2 * 1024 * 1024

/**
 * The exchange, whose response is asked for uncompressed. `onResponse` gets the body of a success in JSON; the end of the response
 * waits for the promise that it returns. Nothing of the response is changed.
 */
export function watchedExchange(
  exchange: Exchange,
  onResponse: (body: Buffer) => Promise<unknown> | null,
): Exchange {
  const chunks: Buffer[] = []
  let bytes = 0
  let isWatched = false

  function keep(chunk: Buffer): void {
    bytes += chunk.length
    if (bytes > RESPONSE_MAX_BYTES) isWatched = false
    if (isWatched) chunks.push(chunk)
    else chunks.length = 0
  }

  return {
    method: exchange.method,
    path: exchange.path,
    query: exchange.query,
    headers: { ...exchange.headers, 'accept-encoding': 'identity' },
    clientIp: exchange.clientIp,
    bodyBytes: exchange.bodyBytes,
    get bodyIsHere() {
      return exchange.bodyIsHere
    },
    readBody: (...bounds) => exchange.readBody(...bounds),
    bodyStream: () => exchange.bodyStream(),
    sendHead(status, headers) {
      isWatched = status >= 200 && status < 300 && headers['content-encoding'] === undefined
      exchange.sendHead(status, headers)
    },
    sendChunk(chunk) {
      keep(chunk)
      return exchange.sendChunk(chunk)
    },
    end(lastChunk) {
      if (lastChunk !== undefined) keep(lastChunk)
      const bound = isWatched ? onResponse(Buffer.concat(chunks)) : null
      if (bound === null) return exchange.end(lastChunk)
      bound.finally(() => exchange.end(lastChunk))
    },
    abort: (lastChunk) => exchange.abort(lastChunk),
    listen: (listener) => exchange.listen(listener),
  }
}
