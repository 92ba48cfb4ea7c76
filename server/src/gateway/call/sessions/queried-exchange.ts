// An exchange with another query, for the upstream to read.
import type { Exchange } from '../../../http/server/exchange.ts'

/** The exchange, with this query in place of the client's; with its question mark. */
export function queriedExchange(exchange: Exchange, query: string): Exchange {
  return {
    method: exchange.method,
    path: exchange.path,
    query,
    headers: exchange.headers,
    clientIp: exchange.clientIp,
    bodyBytes: exchange.bodyBytes,
    get bodyIsHere() {
      return exchange.bodyIsHere
    },
    readBody: (...bounds) => exchange.readBody(...bounds),
    bodyStream: () => exchange.bodyStream(),
    sendHead: (status, headers) => exchange.sendHead(status, headers),
    sendChunk: (chunk) => exchange.sendChunk(chunk),
    end: (lastChunk) => exchange.end(lastChunk),
    abort: (lastChunk) => exchange.abort(lastChunk),
    listen: (listener) => exchange.listen(listener),
  }
}
